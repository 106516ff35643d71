/**
 * A folder that is root's alone, for what is kept about real accounts.
 *
 * Promises: a link, or what belongs to somebody else, is refused with what to do; a look changes nothing. Must never:
 * trust one that somebody else could have made or could write in, or close one without saying so.
 */
import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { LapsError } from '../../core/errors.ts';
import { shellWord } from '../../core/shellWord.ts';
import { codeOf, diskError, unsafePath } from '../diskError.ts';
import { closeToOthers, forOthers } from '../openFiles.ts';

const unsafe = (path: string, problem: string, hint: string): LapsError =>
  new LapsError('ERR_LAPS_DATA_UNSAFE', { message: `${path} ${problem}`, hint });

/** Whether a file or folder is this user's own: in what is kept here, root's. */
export function isOwn(facts: Pick<Stats, 'uid'>): boolean {
  return facts.uid === process.getuid?.();
}

async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Why what stands there is not root's, whatever its mode; undefined when it is. */
function foreign(path: string, facts: Stats): LapsError | undefined {
  if (facts.isSymbolicLink()) return unsafePath(path);
  if (!facts.isDirectory()) return unsafe(path, 'is not a folder', 'move it away; it is made at the next start');
  if (isOwn(facts)) return undefined;
  return unsafe(
    path,
    `belongs to another user (uid ${facts.uid}), who could change what is kept there about accounts`,
    `see what is in it, then give it back to root: sudo chown -R root: ${shellWord(path)}; or move it away: it is made anew`,
  );
}

/** The same, and that others may write in it. */
function unfit(path: string, facts: Stats): LapsError | undefined {
  const refusal = foreign(path, facts);
  if (refusal !== undefined || (facts.mode & 0o022) === 0) return refusal;
  return unsafe(path, 'can be written by other users', `close it: sudo chmod go-w ${shellWord(path)}`);
}

async function ensureOne(path: string): Promise<void> {
  try {
    await fs.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const refusal = unfit(path, await fs.lstat(path));
  if (refusal !== undefined) throw refusal;
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

async function refusedBy(
  judge: (path: string, facts: Stats) => LapsError | undefined,
  folder: string,
): Promise<LapsError | undefined> {
  try {
    for (const path of [dirname(folder), folder]) {
      const facts = await factsOf(path);
      const refusal = facts === undefined ? undefined : judge(path, facts);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  } catch (error) {
    throw diskError(error, folder, 'looked at');
  }
}

/** Why the folder, or the one it lies in, cannot be trusted whatever its mode; undefined when it can, or is not there. */
export function foreignRootFolder(folder: string): Promise<LapsError | undefined> {
  return refusedBy(foreign, folder);
}

/** Why `ensureRootFolder` would refuse what is there. Nothing is made. */
export function unfitRootFolder(folder: string): Promise<LapsError | undefined> {
  return refusedBy(unfit, folder);
}

/**
 * Takes back what others may do in the folder, and write in the one it lies in; returns which were open. Nothing is made.
 * Throws ERR_LAPS_DATA_UNSAFE for what is not root's, and as the disk does.
 */
export async function closeRootFolder(folder: string): Promise<readonly string[]> {
  const closed: string[] = [];
  try {
    // From the outside in: once it is closed, nobody else can put another folder in the place of the inner one.
    for (const [path, barred] of [
      [dirname(folder), 0o022],
      [folder, forOthers],
    ] as const) {
      const facts = await factsOf(path);
      if (facts === undefined) break;
      const refusal = foreign(path, facts);
      if (refusal !== undefined) throw refusal;
      if ((facts.mode & barred) !== 0 && (await closeToOthers(path, barred)) !== undefined) closed.push(path);
    }
    return closed;
  } catch (error) {
    throw diskError(error, folder, 'closed to others');
  }
}
