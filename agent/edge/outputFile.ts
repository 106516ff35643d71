/**
 * A file that a person asked for by name: a converted policy, a policy to start from, a bundle for support.
 *
 * Promises: the whole content stands under the name, on the disk, or the file is as it was; asked not to replace, it
 * replaces nothing, even against another process. Must never: be used for secrets, for the file is as readable as the
 * person's own umask says, unless a mode is given; or put a file in the place of a device or a pipe, which root could.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, lstat, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { codeOf } from './diskError.ts';
import { nodeFileSystem, syncFolder } from './durableFile.ts';
import { absolutePath } from './system.ts';

/** What the system says of a file that was to be made, in this program's words. */
export function outputFailure(error: unknown, path: string): LapsError {
  const cause = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new LapsError('ERR_LAPS_NO_SUCH_FILE', {
        message: `${path}: the folder it belongs in does not exist`,
        hint: 'make the folder first, or name another',
        ...cause,
      });
    case 'EISDIR':
      return new LapsError('ERR_LAPS_FILE_UNREADABLE', {
        message: `${path} is a folder`,
        hint: 'name a file in it',
        ...cause,
      });
    case 'EEXIST':
      return new LapsError('ERR_LAPS_FILE_EXISTS', {
        message: `${path} is there already`,
        hint: 'name another file, or remove this one first; nothing is overwritten',
        ...cause,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new LapsError('ERR_LAPS_PERMISSION', {
        message: `${path}: no permission to write there`,
        hint: 'name a file in a folder of your own',
        ...cause,
      });
    default:
      return new LapsError('ERR_LAPS_DISK', {
        message: `${path} could not be written (${codeOf(error) ?? 'no reason given'})`,
        hint: 'check the disk, or name another file',
        ...cause,
      });
  }
}

/** Throws for a folder, a device, a pipe or a socket, links followed: what is none of these may be replaced. */
async function refuseOther(path: string, shown: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || facts.isFile()) return;
  if (facts.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
    message: `${shown} is not a plain file`,
    hint: 'name a file; for a pipe let it go to standard output and redirect that',
  });
}

/** Whether two paths are one file on the disk; false when either is not there. */
export async function isSameFile(request: {
  readonly path: string;
  readonly other: string;
  readonly cwd: string;
}): Promise<boolean> {
  const facts = [request.path, request.other].map((path) =>
    stat(absolutePath(path, request.cwd)).catch(() => undefined),
  );
  const [one, other] = await Promise.all(facts);
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

/** A folder that may be written to and not read, or of a file system that syncs none: the content is there all the same. */
const unsyncable = new Set(['EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS']);

/** Puts the names in a folder on the disk, links followed, where that can be done. */
async function syncReadable(path: string): Promise<void> {
  try {
    await syncFolder(nodeFileSystem, await realpath(path));
  } catch (error) {
    if (!unsyncable.has(codeOf(error) ?? '')) throw error;
  }
}

/**
 * Writes a file whole. Throws ERR_LAPS_FILE_EXISTS (unless `replace`), ERR_LAPS_NO_SUCH_FILE for a missing folder,
 * ERR_LAPS_FILE_UNREADABLE for a folder or device of that name, ERR_LAPS_PERMISSION, ERR_LAPS_DISK; once `signal` has
 * fired ERR_LAPS_INTERRUPTED, with nothing left behind.
 */
export async function writeOutputFile(
  request: {
    readonly path: string;
    readonly cwd: string;
    readonly bytes: Uint8Array;
    readonly replace: boolean;
    /** Mode of the file; when not given, as the umask says. */
    readonly mode?: number;
    readonly signal?: AbortSignal;
  },
  syncNames = syncReadable,
): Promise<void> {
  const { path: shown, bytes, replace, mode = 0o666, signal } = request;
  const path = absolutePath(shown, request.cwd);
  const temp = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await refuseOther(path, shown);
    const file = await open(temp, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (signal?.aborted === true)
      throw new LapsError('ERR_LAPS_INTERRUPTED', { message: `${shown} was not written`, hint: 'run it again' });
    // A hard link never replaces; a rename always does.
    if (replace) await rename(temp, path);
    else {
      await link(temp, path);
      await unlink(temp);
    }
    await syncNames(dirname(path));
  } catch (error) {
    if (error instanceof LapsError) throw error;
    throw outputFailure(error, shown);
  } finally {
    // After a rename it is gone already; after a failure it must not stay behind.
    await unlink(temp).catch(() => {});
  }
}

/** Refuses a file that could not be made or kept under this name, before anything is made: a folder, a pipe, a missing folder. */
export async function checkOutputFile(path: string): Promise<void> {
  try {
    if (!(await stat(dirname(path))).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    const facts = await stat(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (facts?.isDirectory() === true) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    if (facts !== undefined && !facts.isFile())
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', { message: `${path} is not a plain file`, hint: 'name a file' });
  } catch (error) {
    if (error instanceof LapsError) throw error;
    throw outputFailure(error, path);
  }
}

/** Refuses a name that is taken or a folder that is closed, as far as a look tells, before work is done for it. */
export async function checkFreeName(path: string): Promise<void> {
  const taken = await lstat(path).catch(() => undefined);
  const refusal = (): LapsError => outputFailure(Object.assign(new Error('taken'), { code: 'EEXIST' }), path);
  // Not followed: in a folder for everybody the system lets nobody follow another user's link, root neither.
  if (taken?.isSymbolicLink() === true) throw refusal();
  await checkOutputFile(path);
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw outputFailure(error, path);
  }
  if (taken !== undefined) throw refusal();
}
