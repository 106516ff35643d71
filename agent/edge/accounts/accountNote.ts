/**
 * The note of which data folder manages a real account, as it stands on the disk.
 *
 * Knows: the folder around it is root's alone, or was until a moment ago. Promises: a look changes nothing. Must never:
 * believe what somebody else wrote or could have written, or follow a link.
 */
import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError } from '../../core/errors.ts';
import { shellWord } from '../../core/shellWord.ts';
import { Misfit, matching, object, oneOf } from '../../core/strictReader.ts';
import { codeOf, diskError, unsafePath } from '../diskError.ts';
import { createDurableFile, type DurableFile } from '../durableFile.ts';
import { forOthers } from '../openFiles.ts';
import { isOwn } from './rootFolder.ts';

const form = object({ version: oneOf([1]), data: matching(/^\/[^\0]{0,4095}$/su, 'absolute path') });
const byOthers = 0o022;

export type NoteReading =
  | { readonly kind: 'none' }
  /** `isOpen`: others may read it. */
  | { readonly kind: 'noted'; readonly data: string; readonly isOpen: boolean }
  /**
   * It says nothing, or anybody may have written it: as good as none, and replaced by the next one. `mend`: what makes it
   * root's alone again, for one that somebody else may have written.
   */
  | { readonly kind: 'disbelieved'; readonly problem: string; readonly mend: string | undefined }
  /** What stands there is not to be followed, or cannot be replaced. */
  | { readonly kind: 'refused'; readonly error: LapsError };

export function noteIn(folder: string, uid: number): DurableFile {
  return createDurableFile({ path: join(folder, `${uid}.json`), label: 'claim', maxBytes: 8192 });
}

export function noteBytes(data: string): Uint8Array {
  return Buffer.from(`${JSON.stringify({ version: 1, data }, undefined, 2)}\n`);
}

function dataIn(bytes: Uint8Array): string | undefined {
  try {
    return form(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), 'claim').data;
  } catch (error) {
    if (error instanceof Misfit || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskError(error, path, 'looked at');
  }
}

/** Throws as the disk does. */
export async function readNote(note: DurableFile): Promise<NoteReading> {
  const { path } = note;
  const facts = await factsOf(path);
  if (facts === undefined) return { kind: 'none' };
  if (facts.isSymbolicLink()) return { kind: 'refused', error: unsafePath(path) };
  if (facts.isDirectory()) {
    const message = `${path} is a folder, and the note of who manages the account belongs there`;
    const hint = `move it away: sudo mv ${shellWord(path)} ${shellWord(`${path}.aside`)}; then run: laps process`;
    return { kind: 'refused', error: new LapsError('ERR_LAPS_DATA_UNSAFE', { message, hint }) };
  }
  const disbelieved = (problem: string, mend?: string): NoteReading => ({ kind: 'disbelieved', problem, mend });
  const word = shellWord(path);
  if (!isOwn(facts))
    return disbelieved(
      `it belongs to another user (uid ${facts.uid})`,
      `sudo chown root: ${word} && sudo chmod 600 ${word}`,
    );
  if ((facts.mode & byOthers) !== 0) return disbelieved('other users could write in it', `sudo chmod 600 ${word}`);
  const reading = await note.read();
  if (reading.kind === 'absent') return { kind: 'none' };
  const data = reading.kind === 'bytes' ? dataIn(reading.bytes) : undefined;
  if (data !== undefined) return { kind: 'noted', data, isOpen: (facts.mode & forOthers) !== 0 };
  return disbelieved(reading.kind === 'strange' ? reading.problem : 'it is damaged');
}
