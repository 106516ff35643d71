/**
 * Where the local socket is, and keeping its place free.
 *
 * Knows: that a socket's path may have 107 bytes and that Node cuts a longer one off in silence. Promises: server and
 * client of one data folder arrive at one and the same path; what is unlinked is a socket. Must never: be used to
 * unlink without the instance lock: a bound socket is no lock.
 */
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { chmod, chown, lstat, unlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { codeOf, diskError } from './diskError.ts';
import { readPlainText } from './plainFile.ts';

/** `sun_path` has 108 bytes, one of them for the end. */
export const maxSocketPathBytes = 107;

const socketName = 'laps.sock';
const fits = (path: string) => Buffer.byteLength(path) <= maxSocketPathBytes;

/** Whether the folder is this user's own, may be made, or is somebody else's, who keeps this user out of it. */
function standing(folder: string): 'own' | 'free' | 'taken' {
  try {
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined)
      return lstatSync(dirname(folder), { throwIfNoEntry: false }) === undefined ? 'taken' : 'free';
    return stat.isDirectory() && stat.uid === (process.getuid?.() ?? 0) ? 'own' : 'taken';
  } catch {
    // As after su, which leaves XDG_RUNTIME_DIR as it was: another user's, which is closed.
    return 'taken';
  }
}

/**
 * The socket of the data folder `root`, in `run` when that fits, else in a folder of its own, named after the data folder,
 * under XDG_RUNTIME_DIR, the temporary folder or the user's home: where there is one already, else the first that nobody
 * else has taken, for in the temporary folder anybody may be there before. Throws ERR_LAPS_DATA_UNSAFE when nothing fits.
 */
export function socketPathFor(run: string, root: string): string {
  const plain = join(run, socketName);
  if (fits(plain)) return plain;
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  const digest = createHash('sha256').update(root).digest('hex').slice(0, 16);
  // The uid keeps two users' folders apart in a shared temporary folder.
  const name = `laps-${process.getuid?.() ?? 0}-${digest}`;
  const short = [runtime ?? '', tmpdir(), homedir()]
    .filter((base) => base !== '')
    .map((base) => join(base, base === homedir() ? `.${name}` : name))
    .filter((folder) => fits(join(folder, socketName)));
  const found = (['own', 'free'] as const).flatMap((wanted) => short.find((each) => standing(each) === wanted) ?? []);
  const [folder] = [...found, ...short];
  if (folder !== undefined) return join(folder, socketName);
  throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `the path ${plain} is too long for a local socket`,
    hint: 'use a data folder with a shorter path, or set XDG_RUNTIME_DIR',
  });
}

/** Frees the place of a socket whose owner is gone. To be called only while holding the instance lock. */
export async function removeSocket(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) {
      throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
        message: `${path} is no socket, so laps-agent does not remove it`,
        hint: 'move it away',
      });
    }
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskError(error, path, 'removed');
  }
}

/**
 * Lets only the owner, or owner and one group, speak to the bound socket: its mode is the gate (design 5). False where this
 * process may not give it to that group: then it is its owner's alone.
 */
export async function guardSocket(path: string, gid: number | undefined): Promise<boolean> {
  try {
    // Before anything else: until it is another's, nobody else comes in.
    await chmod(path, 0o600);
    if (gid === undefined) return true;
    try {
      await chown(path, -1, gid);
      // The group may pass through the folder, not look into it.
      await chown(dirname(path), -1, gid);
    } catch (error) {
      // A service that lacks CAP_CHOWN, and is no member. What it is there for goes on.
      if (codeOf(error) === 'EPERM') return false;
      throw error;
    }
    await chmod(dirname(path), 0o710);
    await chmod(path, 0o660);
    return true;
  } catch (error) {
    throw diskError(error, path, 'closed to others');
  }
}

/** The number of a group of this machine; undefined when there is none of that name. */
export async function gidOf(name: string): Promise<number | undefined> {
  const lines = (await readPlainText('/etc/group')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([each]) => each === name)?.[2];
  return found !== undefined && /^\d{1,10}$/.test(found) ? Number(found) : undefined;
}
