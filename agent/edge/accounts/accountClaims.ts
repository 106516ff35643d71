/**
 * Which data folder manages each real account, kept beyond the end of a process and over a restart.
 *
 * Knows: one small file an account beside the account files, so that both are copied, restored and lost together.
 * Promises: an account has one data folder until that one lets it go, is gone or manages it no longer, or a person takes
 * it over; a note that is lost, damaged or not root's alone to write counts as none, is written anew, and that is told.
 * Must never: be claimed before an open rotation is finished, or without the account's lock (accountLocks.ts), which keeps two from
 * claiming at once.
 */
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClaimOutcome } from '../../core/accountClaim.ts';
import { isLapsError, type LapsError } from '../../core/errors.ts';
import type { AccountObstacle } from '../../core/ports.ts';
import { shellWord } from '../../core/shellWord.ts';
import { codeOf, diskError } from '../diskError.ts';
import { type DurableFile, nodeFileSystem, syncFolder } from '../durableFile.ts';
import { closeToOthers } from '../openFiles.ts';
import { noteBytes, noteIn, readNote } from './accountNote.ts';
import { closeRootFolder, ensureRootFolder, foreignRootFolder } from './rootFolder.ts';

const noteName = /^(0|[1-9]\d{0,9})\.json$/;

export interface AccountClaims {
  /**
   * Claims the account for this data folder. Durable when it returns. Throws as the disk does, having changed nothing but
   * what stood open.
   */
  take(uid: number, takeOver: boolean): Promise<Exclude<ClaimOutcome, { kind: 'busy' }>>;
  /** The other data folder that manages the account; undefined for none. A look without the lock: it may be another at once. */
  elsewhere(uid: number): Promise<string | undefined>;
  /** What makes the account's note, or all of them, unfit to be believed and would be refused, as far as a look tells. */
  obstacle(uid: number): Promise<AccountObstacle | undefined>;
  /**
   * That somebody else may have written the account's note. A cycle takes it for none and tells of that; whoever is there
   * to look at it first should.
   */
  doubt(uid: number): Promise<AccountObstacle | undefined>;
  /** Lets go of every account that this data folder has but these. */
  keepOnly(uids: readonly (number | undefined)[]): Promise<void>;
}

/** A folder by whichever way it is named; the name itself where there is none. */
async function realName(path: string): Promise<string> {
  return fs.realpath(path).catch(() => path);
}

/** The data folder noted; undefined for none, and for a note that is not to be believed. */
async function notedIn(note: DurableFile): Promise<string | undefined> {
  const reading = await readNote(note);
  return reading.kind === 'noted' ? reading.data : undefined;
}

/** `isManaging`: whether the data folder at a path still manages this account; `gone` when there is none. */
export function createAccountClaims(deps: {
  readonly folder: string;
  /** This data folder. */
  readonly data: string;
  readonly isManaging: (data: string, uid: number) => Promise<boolean | 'gone'>;
}): AccountClaims {
  const { folder, isManaging } = deps;
  async function write(note: DurableFile, data: string): Promise<void> {
    for (let again = false; ; again = true) {
      await ensureRootFolder(folder);
      try {
        await note.write(noteBytes(data));
        // Its folder may be as new as it is.
        await syncFolder(nodeFileSystem, dirname(folder));
        return;
      } catch (error) {
        // Another data folder let its last account go in this moment, and the empty folder with it.
        if (again || (await fs.lstat(folder).catch(codeOf)) !== 'ENOENT') throw diskError(error, folder, 'written');
      }
    }
  }

  const unsafe = ({ message, hint }: LapsError) => ({ kind: 'unsafe', problem: message, hint: hint ?? '' }) as const;

  async function taken(uid: number, takeOver: boolean): Promise<Exclude<ClaimOutcome, { kind: 'busy' }>> {
    // What was open may have been written by anybody: closed before it is read, and told.
    const open = [...(await closeRootFolder(folder))];
    const note = noteIn(folder, uid);
    const reading = await readNote(note);
    if (reading.kind === 'refused') return { ...unsafe(reading.error), ...(open.length === 0 ? {} : { closed: open }) };
    if (reading.kind === 'noted' && reading.isOpen && (await closeToOthers(note.path)) !== undefined)
      open.push(note.path);
    const told = {
      ...(open.length === 0 ? {} : { closed: open }),
      ...(reading.kind === 'disbelieved' ? { disbelieved: { path: note.path, problem: reading.problem } } : {}),
    };
    const before = reading.kind === 'noted' ? reading.data : undefined;
    const mine = await realName(deps.data);
    if (before !== undefined && (before === mine || (await realName(before)) === mine)) {
      if (before !== mine) await write(note, mine);
      return { kind: 'held', from: undefined, ...told };
    }
    let why: string | undefined;
    if (before !== undefined) {
      const managing = await isManaging(before, uid);
      if (managing === true && !takeOver) return { kind: 'kept', data: before, ...told };
      if (managing === true) why = 'that was asked for';
      else why = managing === 'gone' ? 'that folder is gone' : 'that one no longer manages it';
    }
    await write(note, mine);
    const from = before === undefined || why === undefined ? undefined : { data: before, why };
    return { kind: 'held', from, ...told };
  }

  return {
    async take(uid, takeOver) {
      try {
        return await taken(uid, takeOver);
      } catch (error) {
        if (isLapsError(error) && error.code === 'ERR_LAPS_DATA_UNSAFE') return unsafe(error);
        throw error;
      }
    },
    async elsewhere(uid) {
      const [mine, holder] = [await realName(deps.data), await notedIn(noteIn(folder, uid))];
      if (holder === undefined || holder === mine || (await realName(holder)) === mine) return undefined;
      return (await isManaging(holder, uid)) === true ? holder : undefined;
    },
    async obstacle(uid) {
      const refusal = await foreignRootFolder(folder);
      if (refusal !== undefined) return unsafe(refusal);
      const reading = await readNote(noteIn(folder, uid));
      return reading.kind === 'refused' ? unsafe(reading.error) : undefined;
    },
    async doubt(uid) {
      const note = noteIn(folder, uid);
      const reading = await readNote(note);
      if (reading.kind !== 'disbelieved' || reading.mend === undefined) return undefined;
      return {
        kind: 'unsafe',
        problem: `the note ${note.path} of which data folder manages it is not to be believed: ${reading.problem}`,
        hint: `see what it says, then make it root's alone again: ${reading.mend}; or remove it: sudo rm ${shellWord(note.path)}`,
      };
    },
    keepOnly: (uids) => keepOnlyClaims(deps, uids),
  };
}

/** Which data folder each real account has, as far as the notes are believed; none where nothing there is. */
export async function notedClaims(folder: string): Promise<readonly { readonly uid: number; readonly data: string }[]> {
  if ((await foreignRootFolder(folder)) !== undefined) return [];
  const names = await fs.readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw diskError(error, folder, 'looked at');
  });
  const found: { uid: number; data: string }[] = [];
  for (const name of names) {
    const uid = Number(noteName.exec(name)?.[1] ?? Number.NaN);
    const data = Number.isNaN(uid) ? undefined : await notedIn(noteIn(folder, uid));
    if (data !== undefined) found.push({ uid, data });
  }
  return found;
}

/** The real accounts, by uid, that the notes say this data folder has; none where nothing there is believed. */
export async function claimedBy({
  folder,
  data,
}: {
  readonly folder: string;
  readonly data: string;
}): Promise<readonly number[]> {
  const mine = await realName(data);
  return (await notedClaims(folder)).filter((each) => each.data === mine || each.data === data).map(({ uid }) => uid);
}

/** Lets go of every account that the data folder has but these; with none left, the empty folders go too. */
export async function keepOnlyClaims(
  { folder, data }: { readonly folder: string; readonly data: string },
  uids: readonly (number | undefined)[],
): Promise<void> {
  try {
    let changed = false;
    for (const uid of await claimedBy({ folder, data })) {
      if (uids.includes(uid)) continue;
      await fs.unlink(join(folder, `${uid}.json`));
      changed = true;
    }
    if (changed) await syncFolder(nodeFileSystem, folder);
    if (changed && uids.length === 0) await removeEmpty([folder, dirname(folder)]);
  } catch (error) {
    throw diskError(error, folder, 'cleared');
  }
}

/** Removes folders as far as they are empty, from the inside out. */
async function removeEmpty(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await fs.rmdir(path);
      await syncFolder(nodeFileSystem, dirname(path));
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) return;
      throw error;
    }
  }
}
