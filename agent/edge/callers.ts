/**
 * Who runs this program, behind sudo and the like: the accounts that must not be locked out by surprise (contract 6).
 *
 * Must never: trust these words for anything that grants; they can only make the program more careful.
 */
import { readFile } from 'node:fs/promises';
import { codeOf } from './diskError.ts';
import type { Env } from './proxyEnv.ts';

/** What the kernel answers for a process that no login began. */
const noLogin = 0xffffffff;

/** Uids of the people behind this process, root left out. */
export async function callerUids(env: Env, loginuidPath = '/proc/self/loginuid'): Promise<readonly number[]> {
  const login = await readFile(loginuidPath, 'latin1').catch((error: unknown) => {
    // A kernel without audit has none, and in some containers nobody may read it.
    if (['ENOENT', 'EACCES', 'EPERM', 'EINVAL'].includes(codeOf(error) ?? '')) return '';
    throw error;
  });
  const { SUDO_UID, PKEXEC_UID } = env;
  const uids = [SUDO_UID, PKEXEC_UID, login.trim()].filter((text) => text !== undefined && /^\d{1,10}$/.test(text));
  return [...new Set(uids.map(Number))].filter((uid) => uid !== 0 && uid !== noLogin);
}
