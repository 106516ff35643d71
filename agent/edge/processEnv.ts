/**
 * Reads the few variables of another process that decide how it reaches a tenant.
 *
 * Knows: Linux shows a process's first environment to its own user. Promises: only the variables named here are read out;
 * whatever else stands in that environment is forgotten at once. Must never: hand on a variable that may be a secret.
 */
import { readFile } from 'node:fs/promises';
import type { Env } from './proxyEnv.ts';

const names = ['HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];
const wanted = new Set([...names, ...names.map((name) => name.toLowerCase())]);

/** Undefined where it cannot be read: another user's process, none, or another system. */
export async function reachingEnvOf(pid: number, folder = '/proc'): Promise<Env | undefined> {
  let text: string;
  try {
    text = await readFile(`${folder}/${pid}/environ`, 'utf8');
  } catch {
    // The answer would have been a help, not a condition.
    return undefined;
  }
  const found: Record<string, string> = {};
  for (const entry of text.split('\0')) {
    const at = entry.indexOf('=');
    if (at > 0 && wanted.has(entry.slice(0, at))) found[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return found;
}
