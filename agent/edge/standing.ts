/**
 * How files stand, in one word: for whoever would read them every minute and mostly find what was there before.
 *
 * Promises: the same word twice means that none was written, replaced, touched, added or removed in between. Must never:
 * open a file; or be slow, for it is what an idle daemon does instead of everything else.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

function stateOf(path: string): string {
  // A link is followed: what it leads to is what would be read.
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '-' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    // One that is gone, or closed, has nothing to read in it.
    return [];
  }
}

/** Of `files`, and of everything directly in `folders`; undefined when it cannot be told. */
export function standingOf(files: readonly string[], folders: readonly string[] = []): string | undefined {
  const inside = folders.flatMap((folder) => [folder, ...namesIn(folder).map((name) => join(folder, name))]);
  try {
    return [...files, ...inside].map((path) => `${path} ${stateOf(path)}`).join('\n');
  } catch {
    return undefined;
  }
}

/** Several such words in one; undefined when one of them cannot be told. */
export function standingTogether(...parts: ReadonlyArray<string | undefined>): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('\n');
}
