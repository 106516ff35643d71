/**
 * Whether PAM keeps an account shut because of too many wrong passwords (pam_faillock).
 *
 * Knows: faillock.conf(5), the options of its line, and the file that it keeps for each user. Promises: looks only; where
 * PAM does not ask it, nothing is shut, and what cannot be read says nothing. Must never: open the account again.
 */
import { join } from 'node:path';
import { readPlain } from '../plainFile.ts';
import type { SystemFiles } from './systemFiles.ts';

/** Where whoever signs in is asked for a password. */
const pamFiles = ['common-auth', 'system-auth', 'password-auth', 'login', 'su', 'sshd', 'sudo'].map(
  (name) => `pam.d/${name}`,
);

/** Of one wrong password: 52 bytes of where from, two numbers of 16 bits, then seconds since 1970. */
const record = { bytes: 64, statusAt: 54, secondsAt: 56, isValid: 1 } as const;

export interface FailLockRules {
  readonly folder: string;
  /** Wrong passwords that lock; 0: none do. */
  readonly deny: number;
  /** Seconds within which they count. */
  readonly within: number;
  /** Seconds after the last; 0: until a person opens it. */
  readonly lasts: number;
}

const usual: FailLockRules = { folder: '/var/run/faillock', deny: 3, within: 900, lasts: 600 };

function withWord(rules: FailLockRules, name: string, value: string): FailLockRules {
  if (name === 'dir') return { ...rules, folder: value };
  const number = /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  if (name === 'unlock_time') return { ...rules, lasts: value === 'never' ? 0 : (number ?? rules.lasts) };
  if (number === undefined) return rules;
  if (name === 'deny') return { ...rules, deny: number };
  return name === 'fail_interval' ? { ...rules, within: number } : rules;
}

function withWords(rules: FailLockRules, text: string): FailLockRules {
  let found = rules;
  for (const [, name = '', value = ''] of text.replaceAll(/#.*/g, '').matchAll(/\b([a-z_]+)\s*=\s*(\S+)/g))
    found = withWord(found, name, value);
  return found;
}

/** What is asked by `conf` and the lines of PAM's files; undefined where they do not ask it. */
export function failLockRules(conf: string, pam: readonly string[]): FailLockRules | undefined {
  const lines = pam.flatMap((text) =>
    text.split('\n').filter((line) => /^-?auth\s.*\bpam_faillock\.so\b/.test(line.trim())),
  );
  return lines.length === 0 ? undefined : lines.reduce(withWords, withWords(usual, conf));
}

/** Whether what is kept of wrong passwords locks at `now`, epoch ms. */
export function locks(kept: Buffer, rules: FailLockRules, now: number): boolean {
  const times: number[] = [];
  for (let at = 0; at + record.bytes <= kept.length; at += record.bytes)
    if ((kept.readUInt16LE(at + record.statusAt) & record.isValid) !== 0)
      times.push(Number(kept.readBigUInt64LE(at + record.secondsAt)));
  const last = Math.max(...times);
  const counted = times.filter((each) => last - each < rules.within).length;
  if (rules.deny === 0 || counted < rules.deny) return false;
  return rules.lasts === 0 || (last + rules.lasts) * 1000 >= now;
}

/** Whether the account with this name is locked so. */
export async function isFailLocked(files: Pick<SystemFiles, 'read'>, name: string, now: number): Promise<boolean> {
  try {
    const [conf, ...pam] = await Promise.all(['security/faillock.conf', ...pamFiles].map((each) => files.read(each)));
    const rules = failLockRules(
      conf ?? '',
      pam.map((each) => each ?? ''),
    );
    if (rules === undefined || name.includes('/')) return false;
    return locks(await readPlain(join(rules.folder, name)), rules, now);
  } catch {
    // Nobody gave a wrong password yet, or it is not for this process to see: a remark is no reason to leave the account.
    return false;
  }
}
