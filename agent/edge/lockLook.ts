/**
 * Looks whether somebody holds a lock file, without touching the lock.
 *
 * Knows: Linux lists every lock by device and inode; elsewhere the answer is that nobody knows. Promises: whoever takes
 * the lock at the same moment is never in the way of this look; a file of another disk that has the same number is not
 * taken for it. Must never: try the lock itself, for that would make a daemon that is starting believe in another one.
 */
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';

const hex = (number: number): string => number.toString(16).padStart(2, '0');

/** A device number as the list of locks writes it: `fe:00`. */
export function listedDevice(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${hex(Number(major))}:${hex(Number(minor))}`;
}

/** The device of what is mounted as `mountId`; some file systems (btrfs) show another one for each of their files. */
export function mountedDevice(mountinfo: string, mountId: string): string | undefined {
  const line = mountinfo.split('\n').find((each) => each.startsWith(`${mountId} `));
  const [major, minor] = (line?.split(' ')[2] ?? '').split(':').map(Number);
  return major === undefined || minor === undefined ? undefined : `${hex(major)}:${hex(minor)}`;
}

/** `device:inode` of the file, as it may be listed. */
async function listedAs(path: string): Promise<readonly string[]> {
  // O_NONBLOCK: a pipe there would be waited for; it can be locked as well as a file.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const [{ dev, ino }, fdinfo, mountinfo] = await Promise.all([
      file.stat({ bigint: true }),
      readFile(`/proc/self/fdinfo/${file.fd}`, 'utf8'),
      readFile('/proc/self/mountinfo', 'utf8'),
    ]);
    const mounted = mountedDevice(mountinfo, /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1] ?? '');
    return [listedDevice(dev), mounted].flatMap((device) => (device === undefined ? [] : [`${device}:${ino}`]));
  } finally {
    await file.close();
  }
}

/** Whether it is held; undefined where that cannot be told. */
export async function isLockHeld(path: string, list = '/proc/locks'): Promise<boolean | undefined> {
  try {
    const [locks, names] = await Promise.all([readFile(list, 'utf8'), listedAs(path)]);
    // `1: OFDLCK ADVISORY  WRITE -1 fe:00:2333032 0 EOF`.
    return locks.split(/\s+/).some((word) => names.includes(word));
  } catch {
    // No such list, or no lock file yet: nothing can be said.
    return undefined;
  }
}
