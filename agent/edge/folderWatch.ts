/**
 * Notices that files of a folder changed.
 *
 * Knows: fs.watch, which is quick but misses network folders and what a link leads to, and a poll, which misses nothing.
 * Promises: one call after a burst of changes; it goes on when the folder is deleted, replaced or comes back; where the
 * watch can be trusted the poll is a rare second look, so that an idle daemon sleeps. Must never: keep the process alive,
 * or read a file.
 */
import { type FSWatcher, lstatSync, readdirSync, statfsSync, statSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface FolderWatchOptions {
  readonly folder: string;
  /** Which entries count. */
  readonly matters: (name: string) => boolean;
  readonly onChange: () => void;
  /** Quiet time in ms after the last sign of a change; an editor writes in several steps. */
  readonly settleMs?: number;
  /** The poll's period in ms where the watch alone may miss something. */
  readonly pollMs?: number;
  /** And where it misses nothing but the replacing of a folder further up than the one around it. */
  readonly trustedPollMs?: number;
  /** Turned off where only the poll is wanted (network folders, tests). */
  readonly quick?: boolean;
}

/**
 * Magic numbers of Linux' own disk file systems (statfs(2)): ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, ramfs, ZFS. Whatever
 * changes there is changed by this kernel, which then tells. Network and FUSE folders change behind its back.
 */
const toldByKernel: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994, 0x858458f6, 0x2fc12fc1,
]);

/** Whether a watch on `folder` sees every change of what counts: a disk of this machine, and no link that leads away. */
function seesAll(folder: string, matters: (name: string) => boolean): boolean {
  if (process.platform !== 'linux') return false;
  try {
    if (!toldByKernel.has(statfsSync(folder).type)) return false;
    return !readdirSync(folder)
      .filter(matters)
      .some((name) => lstatSync(join(folder, name)).isSymbolicLink());
  } catch {
    // Gone in between, or closed: the poll finds out.
    return false;
  }
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

/** Undefined where nothing is there, and where the way to it is closed or leads in circles: whoever reads it says so. */
function inodeAt(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}

interface Follower {
  /** Opens the watch anew where the path leads to another folder than the watched one. */
  arm(): void;
  isArmed(): boolean;
  disarm(): void;
}

/** A watch follows the folder it was opened on, not the path; this one is opened again when it is asked to look. */
function follow(path: string, onSign: (name: string | null) => void, onLoss: () => void): Follower {
  let watcher: FSWatcher | undefined;
  let watched: number | undefined;
  const disarm = (): void => {
    watcher?.close();
    watcher = undefined;
    watched = undefined;
  };
  return {
    arm() {
      const ino = inodeAt(path);
      if (ino === watched && watcher !== undefined) return;
      disarm();
      if (ino === undefined) return;
      try {
        watcher = watch(path, { persistent: false }, (_kind, name) => onSign(name));
        watcher.on('error', () => {
          disarm();
          onLoss();
        });
        watched = ino;
      } catch {
        // Out of watches: the poll goes on by itself.
        disarm();
      }
    },
    isArmed: () => watcher !== undefined,
    disarm,
  };
}

/** Watches until the returned function is called. */
export function watchFolder(options: FolderWatchOptions): () => void {
  const { folder, matters, onChange, settleMs = 250, quick = true } = options;
  const { pollMs = 30_000, trustedPollMs = 600_000 } = options;
  let last = signatureOf(folder, matters);
  let settling: NodeJS.Timeout | undefined;
  let polling: NodeJS.Timeout | undefined;
  let stopped = false;

  const check = (): void => {
    arm();
    pollLater();
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
  const inside = follow(folder, settle, settle);
  // What happens to the folder itself, its coming, going and replacing, is told by the one around it.
  const around = follow(
    dirname(folder),
    (name) => {
      if (name === null || name === basename(folder)) settle();
    },
    settle,
  );
  const arm = (): void => {
    if (!quick) return;
    inside.arm();
    around.arm();
  };

  const pollLater = (): void => {
    clearTimeout(polling);
    const trusted = inside.isArmed() && seesAll(folder, matters);
    polling = setTimeout(check, trusted ? trustedPollMs : pollMs);
    polling.unref();
  };

  arm();
  pollLater();
  return () => {
    stopped = true;
    inside.disarm();
    around.disarm();
    clearTimeout(polling);
    clearTimeout(settling);
  };
}
