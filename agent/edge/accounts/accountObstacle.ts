/**
 * What would keep a real account from being changed, found by looking (`laps doctor`).
 *
 * Promises: no lock is taken, no file made, no password asked for. Must never: be taken for leave; whoever changes the
 * account finds out for itself.
 */
import { access, constants } from 'node:fs/promises';
import { leastFreeBytes } from '../../core/diskRoom.ts';
import type { AccountObstacle } from '../../core/ports.ts';
import { codeOf } from '../diskError.ts';
import { lookAtDisk } from '../diskLook.ts';
import type { AccountClaims } from './accountClaims.ts';
import type { Prover } from './prover.ts';
import type { ShadowLine } from './systemFiles.ts';

/** Why root itself cannot write a file, in words: it is immutable, or mounted read-only. */
export async function shutFile(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EROFS') return 'the file system is read-only';
    return code === 'EPERM' ? 'it is immutable (chattr -i frees it)' : `it cannot be written (${code})`;
  }
}

async function unwritable(etc: string, shadowPath: string): Promise<AccountObstacle | undefined> {
  const { problem, freeBytes } = await lookAtDisk([etc]);
  if (problem !== undefined) return { kind: 'unwritable', path: etc, problem };
  if (freeBytes !== undefined && freeBytes < leastFreeBytes)
    return { kind: 'unwritable', path: etc, problem: 'the disk is full' };
  const shut = await shutFile(shadowPath);
  return shut === undefined ? undefined : { kind: 'unwritable', path: shadowPath, problem: shut };
}

/** The first thing that stands in the way of a new password. */
export async function accountObstacle(deps: {
  readonly claims: Pick<AccountClaims, 'elsewhere' | 'obstacle'>;
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
  const shut = await unwritable(deps.etc, deps.shadowPath);
  if (shut !== undefined) return shut;
  const problem = await deps.prover.obstacle(deps.shadow.name, deps.shadow.field);
  return problem === undefined ? undefined : { kind: 'unprovable', problem };
}
