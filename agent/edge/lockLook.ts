/**
 * Looks whether somebody holds a lock file, without touching the lock.
 *
 * Knows: Linux lists every lock by device and inode; elsewhere the answer is that nobody knows. Promises: whoever takes
 * the lock at the same moment is never in the way of this look. Must never: try the lock itself, for that would make a
 * daemon that is starting believe in another one.
 */
import { readFile, stat } from 'node:fs/promises';

/** Whether it is held; undefined where that cannot be told. */
export async function isLockHeld(path: string, list = '/proc/locks'): Promise<boolean | undefined> {
  try {
    const [locks, { ino }] = await Promise.all([readFile(list, 'utf8'), stat(path)]);
    // `1: OFDLCK ADVISORY  WRITE -1 fe:00:2333032 0 EOF`; the device is left aside, for some file systems show another.
    return locks.split('\n').some((line) =>
      line
        .trim()
        .split(/\s+/)
        .some((word) => word.endsWith(`:${ino}`)),
    );
  } catch {
    // No such list, or no lock file yet: nothing can be said.
    return undefined;
  }
}
