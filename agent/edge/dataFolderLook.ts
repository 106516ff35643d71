/**
 * A data folder looked at and not touched, for `laps status` and `laps doctor`.
 *
 * Promises: the same folders are refused as when it is opened; what an opening would mend or close is told instead. Must
 * never: make, change, rename or lock anything.
 */
import { lstat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { LapsError } from '../core/errors.ts';
import {
  checkFolder,
  checkInner,
  checkSocketFolder,
  checkWay,
  type DataFolder,
  dataLayout,
  ours,
  socketFolders,
} from './dataFolder.ts';
import { dataVersion, exists, readVersion } from './dataVersion.ts';
import { diskError } from './diskError.ts';
import { misplacedIn } from './misplaced.ts';
import { forOthers, openToOthers } from './openFiles.ts';

export interface DataFolderLook {
  readonly folder: DataFolder;
  /** Whether it holds data of ours; a command that must have some says how to begin. */
  readonly isThere: boolean;
  /** What is wrong, in words, each with what leads back. */
  readonly troubles: readonly string[];
  /** Of the version, where it is lost: no command works on the data until it is mended. */
  readonly versionProblem: string | undefined;
  /** Folders and links where files belong: commands fail on them. */
  readonly misplaced: readonly LapsError[];
  /** The troubles that the next command mends by itself. */
  readonly remarks: readonly string[];
}

/** Names at most three of many. */
function named(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).join(', ');
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}

/** Throws ERR_LAPS_DATA_UNSAFE, ERR_LAPS_DATA_NEWER, ERR_LAPS_DISK, ERR_LAPS_PERMISSION as `openDataFolder` does. */
export async function lookAtDataFolder(request: {
  readonly path: string;
  readonly socketFolder?: string;
}): Promise<DataFolderLook> {
  const root = resolve(request.path);
  const folder = dataLayout(root, request.socketFolder);
  const nothing: DataFolderLook = {
    folder,
    isThere: false,
    troubles: [],
    versionProblem: undefined,
    misplaced: [],
    remarks: [],
  };
  try {
    await checkWay(root);
    if (!(await exists(root))) return nothing;
    await checkFolder(root);
    const reading = await readVersion(root, ours);
    if (reading.kind === 'none') return nothing;
    if (reading.kind === 'foreign')
      throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
        message: `${root} holds something, but no laps-agent data`,
        hint: 'name an empty or a new folder with --data',
      });
    if (reading.kind === 'version' && reading.version > dataVersion)
      throw new LapsError('ERR_LAPS_DATA_NEWER', {
        message: `the data in ${root} is of version ${reading.version}, this program knows ${dataVersion}`,
        hint: 'run the newer laps-agent that wrote it, or use another folder with --data',
      });
    for (const inner of ours.map((name) => join(root, name))) if (await exists(inner)) await checkInner(inner);
    for (const { path, isInner } of socketFolders(folder))
      if (await exists(path)) await (isInner ? checkInner : checkSocketFolder)(path);
    const remarks: string[] = [];
    const versionProblem = reading.kind === 'lost' ? reading.problem : undefined;
    const open = (await openToOthers(root)).map((path) => relative(root, path));
    // Behind a closed gate nobody could use what lies open.
    if (((await lstat(root)).mode & forOthers) !== 0)
      remarks.push(`the data folder is open to other users; the next command closes it. ${rejoinHint}`);
    if (open.length > 0)
      remarks.push(
        `open to other users, or theirs: ${named(open)}; the next command closes what is open, and takes it back`,
      );
    const lost =
      versionProblem === undefined ? [] : [`the version of the data ${versionProblem}; laps repair writes it anew`];
    const misplaced = await misplacedIn(folder);
    const moved = misplaced.map(({ message, hint }) => `${message}; ${hint}`);
    return { folder, isThere: true, troubles: [...lost, ...moved, ...remarks], versionProblem, misplaced, remarks };
  } catch (error) {
    throw diskError(error, root, 'looked at');
  }
}

/** What a gate that stood open means. */
export const rejoinHint =
  'If anyone else uses this machine, its keys may have been read: laps leave, then laps run or laps join, makes new ones';

/** The layout of data that is there; undefined where there is none. */
export async function folderToLookAt(where: {
  readonly path: string;
  readonly socketFolder?: string;
}): Promise<DataFolder | undefined> {
  const { folder, isThere } = await lookAtDataFolder(where);
  return isThere ? folder : undefined;
}
