/**
 * What below a folder others may read, and closing it.
 *
 * Knows: modes and owners. Promises: looking changes nothing; closing takes from others only, through a descriptor that is
 * what was looked at. Must never: follow a symbolic link, or loosen a mode.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './diskError.ts';

/** Everything that group and others are kept from. */
export const forOthers = 0o077;

/** Whether it is somebody else's: root alone could read it all the same, and would go by what another may change. */
function isTheirs({ uid }: { readonly uid: number }): boolean {
  return process.getuid?.() === 0 && uid !== 0;
}

/**
 * Paths of the files and folders below `folder` that group or others may use, and for root whatever belongs to somebody
 * else; the folder itself is not among them.
 */
export async function openToOthers(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    try {
      const stat = await fs.lstat(path);
      if ((stat.mode & forOthers) !== 0 || isTheirs(stat)) found.push(path);
      if (entry.isDirectory()) found.push(...(await openToOthers(path)));
    } catch (error) {
      // What another program removed in between is not open; what cannot be looked into is told by who needs it.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EACCES') throw error;
    }
  }
  return found;
}

/** What something was that is closed now: open to others, or merely somebody else's. */
export type Closed = 'open' | 'theirs';

/** Takes `barred` from others, and for root the whole of it where it is somebody else's; what it was, where there was anything to take. */
export async function closeToOthers(path: string, barred = forOthers): Promise<Closed | undefined> {
  // O_NONBLOCK: a named pipe put in the file's place must not hang.
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    const mode = stat.mode & 0o777;
    const isOpen = (mode & barred) !== 0;
    if (isTheirs(stat)) await file.chown(0, 0);
    else if (!isOpen) return undefined;
    await file.chmod(mode & ~barred);
    return isOpen ? 'open' : 'theirs';
  } finally {
    await file.close();
  }
}
