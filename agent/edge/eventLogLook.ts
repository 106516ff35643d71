/**
 * The operational log's place, looked at and cleared, apart from writing it.
 *
 * Promises: what would keep events from being written is found without writing. Must never: remove anything.
 */
import { constants } from 'node:fs';
import { access, lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { asideName, nextAside } from './aside.ts';
import { codeOf, diskError } from './diskError.ts';
import { eventsFile, eventsFileName } from './eventLog.ts';

/** What keeps the log from being written; undefined when nothing does. A full disk shows only when somebody writes. */
export async function logProblem(folder: string): Promise<string | undefined> {
  const path = eventsFile(folder, 0);
  try {
    const stat = await lstat(path);
    if (!stat.isFile()) {
      const what = stat.isSymbolicLink() ? 'a symbolic link' : 'not a file';
      return `${path} is ${what}: events are lost; laps repair puts it aside`;
    }
    await access(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return diskError(error, path, 'written').message;
  }
}

/** Renames what is not a file out of the log's place; its new name, or undefined when there was nothing to do. */
export async function putLogAside(folder: string): Promise<string | undefined> {
  const path = eventsFile(folder, 0);
  try {
    if ((await lstat(path)).isFile()) return undefined;
    const aside = asideName(eventsFileName, nextAside([eventsFileName], await readdir(folder)));
    await rename(path, join(folder, aside));
    return aside;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskError(error, path, 'put aside');
  }
}
