/**
 * Advisory locks held by an open descriptor (rotation.md 3, rule 6).
 *
 * Knows: one file, locked as long as this process holds it open. Promises: at most one holder at any time, in this
 * process or another; a dead process holds nothing. Must never: unlink the file while somebody holds it (two would then hold two files of
 * one name), or trust the pid written in it, which is there for people.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tryLock } from 'fs-native-extensions';
import { LapsError } from '../core/errors.ts';
import type { LockHolder } from '../core/hosting/silentHolder.ts';
import { sleep, systemClock } from './clock.ts';
import { codeOf, diskError } from './diskError.ts';

/** A lock while it is held. */
export interface HeldLock {
  /** The open file: a child that is given it holds the lock as well, also when this process is gone. */
  readonly fd: number;
  /** Lets go; more than once does no harm. */
  release(): void;
}

export interface FileLock {
  /**
   * Takes the lock, trying for `waitMs` (0: once). Throws what `busy` makes of the holder's pid when somebody else keeps
   * it, ERR_LAPS_DATA_UNSAFE for a symbolic link, ERR_LAPS_DISK or ERR_LAPS_PERMISSION, ERR_LAPS_INTERRUPTED.
   */
  acquire(request: { readonly waitMs: number; readonly signal?: AbortSignal }): Promise<HeldLock>;
}

const retryMs = 25;

/**
 * Locks a file that is open for reading and writing, or changes the lock it has; false when another descriptor stands in
 * the way. A shared lock many hold at once, and nobody holds another one meanwhile.
 */
export function lockDescriptor(fd: number, how: { readonly shared: boolean }): boolean {
  return tryLock(fd, how);
}

/** Opens and locks, or undefined when another holds it. */
function attempt(path: string): number | undefined {
  for (;;) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    let keep = false;
    try {
      if (!tryLock(fd)) return undefined;
      // Between open and lock somebody may have replaced the file: then this lock guards nothing.
      const named = statSync(path, { throwIfNoEntry: false });
      if (named !== undefined && named.ino === fstatSync(fd).ino) {
        keep = true;
        return fd;
      }
    } finally {
      if (!keep) closeSync(fd);
    }
  }
}

/**
 * Whether nobody holds the lock on the file at `path`, waiting for `waitMs`; a file that is not there is free. For locks
 * of other programs: nothing is written, and the lock is not kept.
 */
export async function becomesFree(path: string, waitMs: number): Promise<boolean> {
  const until = systemClock.monotonicMs() + waitMs;
  for (;;) {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return true;
      throw diskError(error, path, 'opened');
    }
    try {
      if (tryLock(fd)) return true;
    } finally {
      closeSync(fd);
    }
    if (systemClock.monotonicMs() >= until) return false;
    await sleep(retryMs);
  }
}

/** Removes a lock file that nobody holds, under its own lock; false when somebody does. Whoever opened it meanwhile looks again. */
export function removeLockFile(path: string): boolean {
  try {
    const fd = attempt(path);
    if (fd === undefined) return false;
    try {
      unlinkSync(path);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    throw diskError(error, path, 'removed');
  }
}

const daemonWord = 'daemon';

function noteHolder(fd: number, isDaemon: boolean): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}${isDaemon ? ` ${daemonWord}` : ''}\n`, 0);
  } catch {
    // Only for people: a full disk must not keep the lock from being held.
  }
}

/** What is in the file: whoever held the lock last, for people and never for a verdict. */
export function noteOf(path: string): LockHolder {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(24);
      const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
      const pid = Number.parseInt(text, 10);
      const isPid = Number.isSafeInteger(pid) && pid > 0;
      return { pid: isPid ? pid : undefined, isDaemon: isPid && text === `${pid} ${daemonWord}\n` };
    } finally {
      closeSync(fd);
    }
  } catch {
    // The answer is decoration of an error that is told anyway.
    return { pid: undefined, isDaemon: false };
  }
}

/** The pid of {@link noteOf}. */
export function holderOf(path: string): number | undefined {
  return noteOf(path).pid;
}

/** A lock on the file at `path`, made when missing; its folder must exist. */
export function createFileLock(deps: {
  readonly path: string;
  readonly busy: (holder: number | undefined) => LapsError;
  /** Whoever takes it is a daemon, and says so in it. */
  readonly isDaemon?: boolean;
}): FileLock {
  const { path, busy, isDaemon = false } = deps;
  return {
    async acquire({ waitMs, signal }) {
      const until = systemClock.monotonicMs() + waitMs;
      for (;;) {
        let fd: number | undefined;
        try {
          fd = attempt(path);
        } catch (error) {
          throw diskError(error, path, 'locked');
        }
        if (fd !== undefined) {
          const held = fd;
          noteHolder(held, isDaemon);
          let open = true;
          return {
            fd: held,
            release() {
              if (open) closeSync(held);
              open = false;
            },
          };
        }
        if (systemClock.monotonicMs() >= until) throw busy(holderOf(path));
        if (!(await sleep(retryMs, signal))) {
          throw new LapsError('ERR_LAPS_INTERRUPTED', {
            message: 'interrupted while waiting for another laps-agent',
            hint: 'nothing was changed; run it again when the other one has ended',
          });
        }
      }
    },
  };
}

/** The single-instance lock of a data folder. Busy: ERR_LAPS_INSTANCE_RUNNING, with `hint` where another is better. */
export function createInstanceLock(deps: {
  readonly path: string;
  readonly hint?: string;
  readonly isDaemon?: boolean;
}): FileLock {
  return createFileLock({
    path: deps.path,
    isDaemon: deps.isDaemon === true,
    busy: (holder) =>
      new LapsError('ERR_LAPS_INSTANCE_RUNNING', {
        message: `another laps-agent${holder === undefined ? '' : ` (process ${holder})`} is at work on this data folder`,
        hint: deps.hint ?? 'wait for it or end it, or use another data folder with --data',
      }),
  });
}
