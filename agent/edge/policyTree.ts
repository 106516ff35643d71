/**
 * The files below a folder that may be policies, for an author who names a folder (contract 2).
 *
 * Promises: in the order of their paths, the same on every machine; links to folders are not followed, so there is no
 * loop. Must never: look into a file.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { isFolderMeant, mayBePolicy } from '../core/policy/candidates.ts';
import { codeOf } from './diskError.ts';
import { nameOfBytes, pathOnDisk } from './rawNames.ts';
import { absolutePath } from './system.ts';

/** What stands in a folder; a name that is no UTF-8 as rawNames.ts carries it. */
interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

async function entriesOf(folder: string, shown: string): Promise<readonly Entry[]> {
  try {
    const entries = await readdir(pathOnDisk(folder), { withFileTypes: true, encoding: 'buffer' });
    return entries.map((entry) => ({ name: nameOfBytes(entry.name), isFolder: entry.isDirectory() }));
  } catch (error) {
    throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
      message: `${shown}: the folder cannot be read (${codeOf(error) ?? 'no reason given'})`,
      hint: 'run as a user that may read it, or change its mode',
      cause: error,
    });
  }
}

/** By code units, so that every machine gives the same order. */
const inOrder = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Paths of the files below the folder `path`, as a person would type them. Throws
 * ERR_LAPS_FILE_UNREADABLE.
 */
export async function policyFilesBelow(request: {
  readonly path: string;
  readonly cwd: string;
}): Promise<readonly string[]> {
  const found: string[] = [];
  async function walk(folder: string, shown: string): Promise<void> {
    for (const entry of [...(await entriesOf(folder, shown))].sort(inOrder)) {
      const name = join(shown, entry.name);
      if (entry.isFolder) {
        if (isFolderMeant(entry.name)) await walk(join(folder, entry.name), name);
      } else if (mayBePolicy(entry.name)) found.push(name);
    }
  }
  await walk(absolutePath(request.path, request.cwd), request.path);
  return found;
}
