/**
 * Whose the file and the folder beside it are, in which a tenant of its own is kept.
 *
 * Promises: what somebody else has put there before is neither opened nor filled with passwords; a folder in which others
 * can put another thing in their place is told. Must never: make or change anything.
 */
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { codeOf, diskError } from './diskError.ts';

/** The folder with the tenant's key, its users' passwords and its management token. */
export const besideDataFile = (path: string): string => `${path}.tenant`;

async function factsOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskError(error, path, 'looked at');
  }
}

/**
 * Throws ERR_LAPS_DATA_UNSAFE for a file or folder of another user, or a link in the folder's place. What to say of the
 * folder it lies in, undefined for nothing.
 */
export async function checkTenantDataFile(
  path: string,
  /** Of whoever runs this. */
  own: number,
): Promise<string | undefined> {
  const hint = 'name a file in a folder of your own with --data-file';
  for (const each of [path, besideDataFile(path)]) {
    const facts = await factsOf(each);
    if (facts !== undefined && facts.uid !== own)
      throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
        message: `${each} belongs to another user (uid ${facts.uid}), who would have the tenant's passwords`,
        hint,
      });
    if (each !== path && facts?.isSymbolicLink() === true)
      throw new LapsError('ERR_LAPS_DATA_UNSAFE', { message: `${each} is a symbolic link`, hint });
  }
  const folder = dirname(path);
  const facts = await factsOf(folder);
  if (facts === undefined || facts.isSymbolicLink()) return undefined;
  const isOpen = (facts.mode & 0o002) !== 0 && (facts.mode & 0o1000) === 0;
  if (!isOpen && (facts.uid === own || facts.uid === 0)) return undefined;
  const who = isOpen ? 'every user' : `another user (uid ${facts.uid})`;
  return `${folder} can be changed by ${who}, and with it what the tenant keeps there; --data-file in a folder of your own keeps it to you`;
}
