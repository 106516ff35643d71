/**
 * Notices that files of a folder changed.
 *
 * Knows: fs.watch, which is quick but misses network folders and replaced ones, and a slow poll, which misses nothing.
 * Promises: one call after a burst of changes; it goes on when the folder is deleted, replaced or comes back. Must never:
 * keep the process alive, or read a file.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

export interface FolderWatchOptions {
  readonly folder: string;
  /** Which entries count. */
  readonly matters: (name: string) => boolean;
  readonly onChange: () => void;
  /** Quiet time in ms after the last sign of a change; an editor writes in several steps. */
  readonly settleMs?: number;
  /** The poll's period in ms. */
  readonly pollMs?: number;
  /** Turned off where only the poll is wanted (network folders, tests). */
  readonly quick?: boolean;
}

/** What can be told about a folder without reading its files. */
function signatureOf(folder: string, matters: (name: string) => boolean): string {
  const mark = (path: string): string => {
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts === undefined ? 'gone' : `${facts.ino}:${facts.size}:${facts.mtimeMs}:${facts.mode}`;
  };
  try {
    const names = readdirSync(folder).filter(matters).toSorted();
    return names.map((name) => `${name}=${mark(join(folder, name))}`).join('|');
  } catch {
    // Missing or closed: that is a state of its own, and coming back from it is a change.
    return 'unreadable';
  }
}

/** Watches until the returned function is called. */
export function watchFolder(options: FolderWatchOptions): () => void {
  const { folder, matters, onChange, settleMs = 250, pollMs = 30_000, quick = true } = options;
  let last = signatureOf(folder, matters);
  let watcher: FSWatcher | undefined;
  let watched: number | undefined;
  let settling: NodeJS.Timeout | undefined;
  let stopped = false;

  const check = (): void => {
    arm();
    const now = signatureOf(folder, matters);
    if (now === last) return;
    last = now;
    onChange();
  };
  const settle = (): void => {
    if (stopped) return;
    clearTimeout(settling);
    settling = setTimeout(check, settleMs);
    settling.unref();
  };
  const disarm = (): void => {
    watcher?.close();
    watcher = undefined;
    watched = undefined;
  };
  // A watcher follows the folder it was opened on, not the path: after a replacement it has to be opened again.
  const arm = (): void => {
    if (!quick) return;
    const ino = statSync(folder, { throwIfNoEntry: false })?.ino;
    if (ino === watched && watcher !== undefined) return;
    disarm();
    if (ino === undefined) return;
    try {
      watcher = watch(folder, { persistent: false }, settle);
      watcher.on('error', () => {
        disarm();
        settle();
      });
      watched = ino;
    } catch {
      // Out of watches: the poll goes on by itself.
      disarm();
    }
  };

  arm();
  const poll = setInterval(check, pollMs);
  poll.unref();
  return () => {
    stopped = true;
    disarm();
    clearInterval(poll);
    clearTimeout(settling);
  };
}
