/**
 * What would keep a real account from being changed, found by looking (`laps doctor`).
 *
 * Promises: no lock is taken, no file made, no password asked for. Must never: be taken for leave; whoever changes the
 * account finds out for itself.
 */
import { access, constants, open } from 'node:fs/promises';
import { inodeWords, shortOf } from '../../core/diskRoom.ts';
import type { AccountObstacle } from '../../core/ports.ts';
import { codeOf } from '../diskError.ts';
import { lookAtDisk } from '../diskLook.ts';
import type { AccountClaims } from './accountClaims.ts';
import type { AccountLocks } from './accountLocks.ts';
import type { Prover } from './prover.ts';
import { type Shut, shutToUs } from './rootPowers.ts';
import type { ShadowLine } from './systemFiles.ts';

const free = (path: string, flag: string): string => `sudo chattr -${flag} ${path}`;
const shutWords: Readonly<Record<string, (path: string) => Shut>> = {
  EROFS: () => ({ problem: 'the file system is read-only', hint: 'mount it writable' }),
  EPERM: (path) => ({ problem: 'it is immutable (chattr -i frees it)', hint: free(path, 'i') }),
  ELOOP: () => ({
    problem: 'it is a symbolic link, and the file itself has to be there',
    hint: 'put the file in the place of the link',
  }),
};

/**
 * Why root itself cannot replace a file, in words, and what to do: it is immutable, append-only, a link, or mounted read-only. It is
 * opened for writing, and nothing is written: only so an append-only one, which cannot be replaced either, is seen.
 */
export async function shutFile(path: string): Promise<Shut | undefined> {
  try {
    const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    await (await open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK)).close();
    return undefined;
  } catch (error) {
    const code = codeOf(error) ?? '';
    const isAppendOnly = code === 'EPERM' && (await isOpenTo(path, constants.W_OK));
    if (isAppendOnly) return { problem: 'it is append-only (chattr -a frees it)', hint: free(path, 'a') };
    const told = shutWords[code]?.(path) ?? (code === 'EACCES' ? await shutToUs(path) : undefined);
    return told ?? { problem: `it cannot be written (${code})`, hint: `see what stands there: ls -ld ${path}` };
  }
}

async function isOpenTo(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** What keeps root from replacing the account files below `etc`. */
export async function unwritable(etc: string, shadowPath: string): Promise<AccountObstacle | undefined> {
  const { problem, ...room } = await lookAtDisk([etc]);
  if (problem !== undefined)
    return { kind: 'unwritable', path: etc, problem, hint: 'mend that (mount, lsattr and ls -ld show what it is)' };
  const short = shortOf(room);
  if (short !== undefined) {
    const full = short === 'inodes' ? inodeWords.because : 'the disk is full';
    return { kind: 'unwritable', path: etc, problem: full, hint: 'free some space there, or remove files there' };
  }
  const shut = await shutFile(shadowPath);
  return shut === undefined ? undefined : { kind: 'unwritable', path: shadowPath, ...shut };
}

/** The first thing that stands in the way of a new password. */
export async function accountObstacle(deps: {
  readonly claims: Pick<AccountClaims, 'elsewhere' | 'obstacle'>;
  readonly locks: Pick<AccountLocks, 'obstacle'>;
  readonly prover: Pick<Prover, 'obstacle'>;
  readonly etc: string;
  readonly shadowPath: string;
  readonly uid: number;
  readonly shadow: Pick<ShadowLine, 'name' | 'field'>;
}): Promise<AccountObstacle | undefined> {
  const unsafe = await deps.claims.obstacle(deps.uid);
  if (unsafe !== undefined) return unsafe;
  const data = await deps.claims.elsewhere(deps.uid);
  if (data !== undefined) return { kind: 'kept', data };
  const unlockable = await deps.locks.obstacle(deps.uid);
  if (unlockable !== undefined) return unlockable;
  const shut = await unwritable(deps.etc, deps.shadowPath);
  if (shut !== undefined) return shut;
  const problem = await deps.prover.obstacle(deps.shadow.name, deps.shadow.field);
  return problem === undefined ? undefined : { kind: 'unprovable', problem };
}
