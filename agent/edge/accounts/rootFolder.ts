/**
 * A folder that is root's alone, for what is kept about real accounts.
 *
 * Must never: trust one that somebody else could have made or could write in.
 */
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { LapsError } from '../../core/errors.ts';
import { codeOf, diskError, unsafePath } from '../diskError.ts';

async function ensureOne(path: string): Promise<void> {
  try {
    await fs.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const facts = await fs.lstat(path);
  if (facts.isSymbolicLink()) throw unsafePath(path);
  if (!facts.isDirectory() || facts.uid !== process.getuid?.() || (facts.mode & 0o022) !== 0)
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${path} is not a folder of root's alone`,
      hint: 'remove it; it is made anew at the next start',
    });
}

/** Makes the folder and the one it lies in, where they are missing. Throws ERR_LAPS_DATA_UNSAFE, and as the disk does. */
export async function ensureRootFolder(folder: string): Promise<void> {
  try {
    await ensureOne(dirname(folder));
    await ensureOne(folder);
  } catch (error) {
    throw diskError(error, folder, 'made');
  }
}
