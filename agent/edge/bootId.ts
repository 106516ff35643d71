/**
 * Which start of the machine this is: retries after a sign-in are counted within one (spec 5.1).
 *
 * Knows: the kernel's own word on Linux. Promises: the same answer until the machine restarts. Where no such word can be
 * had, each start of this program counts as one: then a count begins anew sooner, never later.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const path = '/proc/sys/kernel/random/boot_id';
const ofThisProcess = randomUUID();

/** A text of at most 64 characters. */
export async function readBootId(): Promise<string> {
  const text = (await readFile(path, 'utf8').catch(() => '')).trim();
  return /^[0-9a-f-]{36}$/.test(text) ? text : ofThisProcess;
}
