/**
 * Whether the systemd journal has grown, without asking it.
 *
 * Knows: where journald keeps its files, and that it touches a file's time after each entry so that readers notice.
 * Promises: the same answer twice means that nothing was written in between, whoever's journal it went to; in doubt there
 * is none. Must never: open a journal.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { standingOf } from '../standing.ts';

/** Kept, and of this boot only. */
export const journalFolders = ['/var/log/journal', '/run/log/journal'] as const;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No such journal, or not for us to see.
    return [];
  }
}

/** One word for all files of the journal as they are now; undefined where none can be seen. */
export function journalState(folders: readonly string[] = journalFolders): string | undefined {
  const files = folders.flatMap((folder) =>
    namesIn(folder).flatMap((machine) =>
      namesIn(join(folder, machine))
        .filter((name) => name.endsWith('.journal'))
        .map((name) => join(folder, machine, name)),
    ),
  );
  return files.length === 0 ? undefined : standingOf(files.toSorted());
}
