/**
 * Reads the operational log back, for `laps events` (contract 2, 3).
 *
 * Knows: the present file and the older ones beside it. Promises: events in the order written, each once, also while the
 * daemon goes on writing and begins new files; a line that is no event is passed over and counted. Must never: trust a
 * line's text to be fit for a terminal because this program should have written it.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { eventTable } from '../core/events.ts';
import { Misfit, matching, object, oneOf, type Reader, wholeNumber } from '../core/strictReader.ts';
import { instantOfIso } from '../core/time.ts';
import { sleep } from './clock.ts';
import { codeOf, diskError, notAFile } from './diskError.ts';
import { eventsFile, olderFiles, type WrittenEvent } from './eventLog.ts';
import { plainText } from './plainText.ts';

export interface ReadRequest {
  /** The folder with the log. */
  readonly folder: string;
  /** Epoch ms; earlier events are left out. */
  readonly since?: number;
  /** Only events of this id. */
  readonly id?: number;
  /** Go on with what is written from now on, until `signal` ends it. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Told for each line that is no event. */
  readonly onBadLine?: () => void;
}

const pollMs = 250;
const chunkBytes = 65_536;
/** A line longer than this is none of ours; it must not fill the memory. */
const maxLineBytes = 65_536;

const text = matching(/^.{0,8192}$/su, 'text');
const head = object({
  time: matching(/^-?\+?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'time'),
  id: wholeNumber(1, 99_999),
  level: oneOf(['info', 'warning', 'error']),
  name: text,
  message: text,
});
const idText = matching(/^[\w.-]{1,64}$/, 'id');

const fieldsOf: Reader<Record<string, string | number>> = (value, path) => {
  if (typeof value !== 'object' || value === null) throw new Misfit(`${path} is no object`);
  const fields: Record<string, string | number> = {};
  for (const [name, each] of Object.entries(value)) {
    if (!/^\w{1,64}$/.test(name)) throw new Misfit(`${path} has a strange member`);
    if (typeof each === 'number') fields[name] = each;
    else if (typeof each === 'string') fields[name] = plainText(each, 8192);
    else throw new Misfit(`${path} has a member that is neither text nor number`);
  }
  return fields;
};

/** One line as an event, or undefined when it is none. */
export function parseEventLine(line: string): WrittenEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { cycleId, rotationId, fields, ...rest } = {
      cycleId: undefined,
      rotationId: undefined,
      fields: {},
      ...value,
    };
    const read = head(rest, 'event');
    return {
      ...read,
      name: plainText(read.name, 200),
      message: plainText(read.message, 8192),
      ...(cycleId === undefined ? {} : { cycleId: idText(cycleId, 'cycleId') }),
      ...(rotationId === undefined ? {} : { rotationId: idText(rotationId, 'rotationId') }),
      fields: fieldsOf(fields, 'fields'),
    };
  } catch (error) {
    if (error instanceof Misfit || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw notAFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskError(error, path, 'read');
  }
}

/** Hands out whole lines of one open file as they appear. */
class LineCursor {
  readonly #file: FileHandle;
  readonly #decoder = new TextDecoder();
  #position = 0;
  #rest = '';
  readonly inode: number;

  constructor(file: FileHandle, inode: number) {
    this.#file = file;
    this.inode = inode;
  }

  static async at(path: string): Promise<LineCursor | undefined> {
    const file = await openIfThere(path);
    return file === undefined ? undefined : new LineCursor(file, (await file.stat()).ino);
  }

  /** What has been written since the last call, undefined for a line that is too long; a last one without its end waits. */
  async *lines(): AsyncGenerator<string | undefined> {
    const chunk = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await this.#file.read(chunk, 0, chunkBytes, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const parts = (this.#rest + this.#decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n');
      const rest = parts.pop() ?? '';
      // Kept only so far as to be seen as too long later.
      this.#rest = rest.length > maxLineBytes ? rest.slice(0, maxLineBytes + 1) : rest;
      for (const line of parts) yield line.length > maxLineBytes ? undefined : line;
    }
  }

  /** Whether a last line has no end. */
  get isTorn(): boolean {
    return this.#rest !== '';
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * Appends what there is now to `found`, the youngest first: a file that is moved on between two openings is then met at
 * its next name and cannot be missed. False where a new one was begun meanwhile: one opened late may then be younger than
 * one opened early, and the order is not known.
 */
async function openOnce(folder: string, found: LineCursor[]): Promise<boolean> {
  let begunWith: number | undefined;
  for (let age = 0; age <= olderFiles; age += 1) {
    const cursor = await LineCursor.at(eventsFile(folder, age));
    if (age === 0) begunWith = cursor?.inode;
    // Moved on, it is met once more.
    if (cursor !== undefined && found.some((each) => each.inode === cursor.inode)) await cursor.close();
    else if (cursor !== undefined) found.push(cursor);
  }
  const last = await LineCursor.at(eventsFile(folder, 0));
  await last?.close();
  return last?.inode === begunWith;
}

async function closeAll(cursors: LineCursor[]): Promise<void> {
  for (const cursor of cursors.splice(0)) await cursor.close();
}

/** All files there are now, oldest first, opened: should a new one be begun meanwhile, they stay what they are. */
async function openAll(folder: string): Promise<LineCursor[]> {
  const found: LineCursor[] = [];
  try {
    while (!(await openOnce(folder, found))) await closeAll(found);
    return found.reverse();
  } catch (error) {
    await closeAll(found);
    throw error;
  }
}

/** Appends to `cursors`, which hold at most the file read so far, those begun since. */
async function goOn(folder: string, cursors: LineCursor[]): Promise<void> {
  const [present] = cursors;
  const now = await LineCursor.at(eventsFile(folder, 0));
  if (now === undefined) return;
  await now.close();
  if (present !== undefined && now.inode === present.inode) return;
  const all = await openAll(folder);
  // Not among them when it is too old by now: then all are new.
  const known = all.findIndex((each) => each.inode === present?.inode);
  for (const old of all.splice(0, known + 1)) await old.close();
  cursors.push(...all);
}

/** The log's events, oldest first. Throws ERR_LAPS_DISK, ERR_LAPS_PERMISSION, ERR_LAPS_DATA_UNSAFE. */
export async function* readEvents(request: ReadRequest): AsyncGenerator<WrittenEvent> {
  const { folder, since, id, follow = false, signal, onBadLine = () => {} } = request;

  function* wanted(line: string | undefined): Generator<WrittenEvent> {
    // A line that its writer could not end is followed by an empty one.
    if (line === '') return;
    const event = line === undefined ? undefined : parseEventLine(line);
    if (event === undefined) {
      onBadLine();
      return;
    }
    const at = instantOfIso(event.time) ?? 0;
    if ((since === undefined || at >= since) && (id === undefined || event.id === id)) yield event;
  }

  const cursors: LineCursor[] = [];
  try {
    cursors.push(...(await openAll(folder)));
    for (;;) {
      for (const cursor of cursors) {
        for await (const line of cursor.lines()) yield* wanted(line);
      }
      // All but the last are finished.
      for (const cursor of cursors.splice(0, cursors.length - 1)) {
        if (cursor.isTorn) onBadLine();
        await cursor.close();
      }
      if (!follow || !(await sleep(pollMs, signal))) break;
      await goOn(folder, cursors);
    }
    if (cursors.at(-1)?.isTorn === true && !follow) onBadLine();
  } catch (error) {
    throw codeOf(error) === undefined ? error : diskError(error, folder, 'read');
  } finally {
    await closeAll(cursors);
  }
}

/** Whether `laps events --id N` asks for an id that is in the table. */
export function isKnownEventId(id: number): boolean {
  return Object.hasOwn(eventTable, String(id));
}
