/**
 * Whether the systemd journal has grown, without asking it.
 *
 * Knows: where journald keeps its files, and that it touches a file's time after each entry so that readers notice.
 * Promises: the same answer twice means that nothing was written in between, whoever's journal it went to; in doubt there
 * is none. Must never: open a journal.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Kept, and of this boot only. */
export const journalFolders = ['/var/log/journal', '/run/log/journal'] as const;

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** One word for all files of the journal as they are now; undefined where none can be seen. */
export async function journalState(folders: readonly string[] = journalFolders): Promise<string | undefined> {
  const seen: string[] = [];
  for (const folder of folders)
    for (const machine of await namesIn(folder))
      for (const name of await namesIn(join(folder, machine))) {
        if (!name.endsWith('.journal')) continue;
        try {
          const { ino, size, mtimeNs } = await stat(join(folder, machine, name), { bigint: true });
          seen.push(`${name} ${ino} ${size} ${mtimeNs}`);
        } catch {
          // Rotated away meanwhile: nothing can be said this time.
          return undefined;
        }
      }
  return seen.length === 0 ? undefined : seen.toSorted().join('\n');
}
