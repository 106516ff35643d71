/**
 * The files of a data folder by name, size, mode, owner and time, for support.
 *
 * Promises: looks and follows no link; of a folder that turns out to be something else, names no file that is not ours;
 * what cannot be looked at is told where it stands. Must never: open a file.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { topEntries } from './dataFolder.ts';
import { codeOf } from './diskError.ts';
import { plainText } from './plainText.ts';

/** What an upgrade keeps, or was about to. */
const copy = /^before-version-\d+(?:\.partial)?$/;
/** Folders this deep are not looked into: nothing of ours lies further down. */
const deepest = 4;
const mostEntries = 2_000;

export interface ListedFile {
  /** Below the data folder, with `/` between. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'socket' | 'other';
  readonly bytes: number;
  /** As `ls` and `chmod` write it: `600`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly changed: string;
  /** The system's word for why a folder was not looked into. */
  readonly problem?: string;
}

function kindOf(stat: Stats): ListedFile['kind'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'link';
  return stat.isSocket() ? 'socket' : 'other';
}

/** Throws as the system does where the folder itself cannot be read. */
export async function listDataFolder(root: string): Promise<{
  readonly files: readonly ListedFile[];
  /** Entries at the top that are none of ours. */
  readonly others: number;
  /** Whether there may be more than is told. */
  readonly isCut: boolean;
}> {
  const files: ListedFile[] = [];
  let others = 0;
  let isCut = false;

  async function add(folder: string, name: string, above: string, depth: number): Promise<void> {
    if (files.length >= mostEntries) {
      isCut = true;
      return;
    }
    const path = join(folder, name);
    let stat: Stats;
    try {
      stat = await lstat(path);
    } catch (error) {
      // Gone since the listing, as temporary files and sockets are.
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    const shown = `${above}${plainText(name, 200)}`;
    const { uid, gid, mode, size, mtime } = stat;
    const facts = {
      path: shown,
      kind: kindOf(stat),
      bytes: size,
      mode: (mode & 0o7777).toString(8),
      uid,
      gid,
      changed: mtime.toISOString(),
    };
    if (facts.kind !== 'folder' || depth >= deepest) {
      files.push(facts);
      isCut ||= facts.kind === 'folder';
      return;
    }
    let names: string[];
    try {
      names = (await readdir(path)).toSorted();
    } catch (error) {
      files.push({ ...facts, problem: codeOf(error) ?? 'unknown' });
      return;
    }
    files.push(facts);
    for (const each of names) await add(path, each, `${shown}/`, depth + 1);
  }

  for (const name of (await readdir(root)).toSorted()) {
    if (topEntries.includes(name) || copy.test(name)) await add(root, name, '', 1);
    else others += 1;
  }
  return { files, others, isCut };
}
