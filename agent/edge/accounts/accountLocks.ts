/**
 * The second lock of rotation.md 3, rule 6: one for each real account, whatever the data folder.
 *
 * Knows: a folder of root's own below /run. Promises: two laps-agents never work on one account; a program that changes
 * an account holds a lock of its own until it ends, so that one whose parent was killed is waited for. Must never: trust
 * a folder that somebody else could have made.
 */
import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inodeWords } from '../../core/diskRoom.ts';
import { LapsError } from '../../core/errors.ts';
import type { AccountObstacle } from '../../core/ports.ts';
import { lookAtDisk } from '../diskLook.ts';
import { createFileLock, type HeldLock } from '../instanceLock.ts';
import { readPlain } from '../plainFile.ts';
import { ensureRootFolder, unfitRootFolder } from './rootFolder.ts';

/** Longer than chpasswd waits for the system's own lock on the account files (15 s). */
const workWaitMs = 25_000;
/** For the end of a program that was told to end. */
const endWaitMs = 5_000;

async function factsOf(path: string): Promise<Stats | undefined> {
  // What cannot be looked at cannot be made either, and the folder around it says why.
  return fs.lstat(path).catch(() => undefined);
}

export interface AccountLocks {
  /** Undefined when it is held, else who has it, in words. */
  claim(uid: number): Promise<string | undefined>;
  /** Lets go of this one. */
  letGo(uid: number): void;
  /** Lets go of every account but these. */
  keepOnly(uids: readonly (number | undefined)[]): void;
  /** Why the locks of this account could not be taken whoever holds them, as far as a look tells. */
  obstacle(uid: number): Promise<AccountObstacle | undefined>;
  /** Waits for a program an earlier process left at work on any account, and ends one that does not come to its end. */
  settle(): Promise<void>;
  /** Does `act` while nothing else changes an account; its programs are given the lock's file. Throws ERR_LAPS_ACCOUNT_BUSY. */
  atWork<T>(act: (lock: Pick<HeldLock, 'fd'> & { note(pid: number): Promise<void> }) => Promise<T>): Promise<T>;
}

/** `isOurs`: whether a process of this id is a program we start, so that it may be ended. */
export function createAccountLocks(deps: {
  readonly folder: string;
  readonly isOurs: (pid: number) => Promise<boolean>;
  readonly waitMs?: number;
}): AccountLocks {
  const { folder, isOurs, waitMs = workWaitMs } = deps;
  const held = new Map<number, HeldLock>();

  const busy = (holder: number | undefined) =>
    new LapsError('ERR_LAPS_ACCOUNT_BUSY', {
      message: `a program that changes an account is still at work${holder === undefined ? '' : ` (process ${holder})`}`,
      hint: 'wait until it has ended, then run: laps process',
    });
  const workPath = join(folder, 'work.lock');
  const work = createFileLock({ path: workPath, busy });

  async function notedPid(): Promise<number | undefined> {
    const text = (await readPlain(workPath).catch(() => Buffer.alloc(0))).toString('latin1');
    return /^[1-9]\d{0,9}\n$/.test(text) ? Number(text) : undefined;
  }

  /** The work lock; what an earlier process left at work is waited for, then ended. */
  async function acquireWork(): Promise<HeldLock> {
    await ensureRootFolder(folder);
    try {
      return await work.acquire({ waitMs });
    } catch (error) {
      const pid = await notedPid();
      if (pid === undefined || !(await isOurs(pid))) throw error;
      try {
        // It leads a group of its own (systemTools.ts).
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Gone in the same moment.
      }
      return await work.acquire({ waitMs: endWaitMs });
    }
  }

  return {
    async claim(uid) {
      if (held.has(uid)) return undefined;
      await ensureRootFolder(folder);
      let problem: string | undefined;
      const lock = createFileLock({
        path: join(folder, `${uid}.lock`),
        busy: (holder) => {
          problem = `another laps-agent${holder === undefined ? '' : ` (process ${holder})`} manages it`;
          return busy(holder);
        },
      });
      try {
        held.set(uid, await lock.acquire({ waitMs: 0 }));
      } catch (error) {
        if (problem === undefined) throw error;
      }
      return problem;
    },
    letGo(uid) {
      held.get(uid)?.release();
      held.delete(uid);
    },
    keepOnly(uids) {
      for (const [each, lock] of held) {
        if (uids.includes(each)) continue;
        lock.release();
        held.delete(each);
      }
    },
    async obstacle(uid) {
      const refusal = await unfitRootFolder(folder);
      if (refusal !== undefined) return { kind: 'unsafe', problem: refusal.message, hint: refusal.hint ?? '' };
      const files = [workPath, join(folder, `${uid}.lock`)];
      const stats = await Promise.all(files.map(factsOf));
      for (const [at, path] of files.entries())
        if (stats[at] !== undefined && !stats[at].isFile())
          return { kind: 'unsafe', problem: `${path} is not a file`, hint: 'move it away; it is made anew' };
      const folders = [dirname(folder), folder];
      const missing = (await Promise.all(folders.map(factsOf))).filter((each) => each === undefined).length;
      const [path = '/'] = [folder, dirname(folder), dirname(dirname(folder))].slice(missing);
      const { problem, freeInodes } = await lookAtDisk([path]);
      if (problem !== undefined)
        return { kind: 'unwritable', path, problem, hint: 'mend that (mount, lsattr and ls -ld show what it is)' };
      const wanted = missing + stats.filter((each) => each === undefined).length;
      if (freeInodes === undefined || freeInodes >= wanted) return undefined;
      return { kind: 'unwritable', path, problem: inodeWords.because, hint: inodeWords.hint };
    },
    async settle() {
      (await acquireWork()).release();
    },
    async atWork(act) {
      const lock = await acquireWork();
      try {
        return await act({
          fd: lock.fd,
          async note(pid) {
            try {
              const file = await fs.open(
                workPath,
                constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_TRUNC,
              );
              try {
                await file.writeFile(`${pid}\n`);
              } finally {
                await file.close();
              }
            } catch {
              // Whoever comes after us can then only wait for it, not end it.
            }
          },
        });
      } finally {
        lock.release();
      }
    },
  };
}
