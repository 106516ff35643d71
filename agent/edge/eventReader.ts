/**
 * Reads the operational log back, for `laps events` (contract 2, 3).
 *
 * Knows: the present file and the older ones beside it. Promises: events in the order written, each once, also while the
 * daemon goes on writing and begins new files; a line that is no event is passed over and counted. Must never: trust a
 * line's text to be fit for a terminal because this program should have written it.
 */
import { eventTable } from '../core/events.ts';
import { Misfit, matching, object, oneOf, type Reader, wholeNumber } from '../core/strictReader.ts';
import { instantOfIso } from '../core/time.ts';
import { sleep, systemClock } from './clock.ts';
import { codeOf, diskError } from './diskError.ts';
import { eventsFile, olderFiles, type WrittenEvent } from './eventLog.ts';
import { LineCursor } from './lineCursor.ts';
import { plainText } from './plainText.ts';

export interface ReadRequest {
  /** The folder with the log. */
  readonly folder: string;
  /** Epoch ms; earlier events are left out. What is written while it is followed is later, whatever the clock says then. */
  readonly since?: number;
  /** A place in the log that `onPlace` told: what was written before is left out. One that is gone by now leaves out nothing. */
  readonly after?: string;
  /** Told where the reading ended, unless there is no log yet. */
  readonly onPlace?: (place: string) => void;
  /** Only events of this id. */
  readonly id?: number;
  /** Go on with what is written from now on, until `signal` ends it. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Told for each line that is no event. */
  readonly onBadLine?: () => void;
}

const pollMs = 250;

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

/** Goes on from a place: what was read before is closed. */
async function takeUp(cursors: LineCursor[], place: string): Promise<void> {
  for (const [index, cursor] of cursors.entries()) {
    if (!(await cursor.takeUp(place))) continue;
    for (const older of cursors.splice(0, index)) await older.close();
    return;
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
  const { folder, id, after, onPlace = () => {}, follow = false, signal, onBadLine = () => {} } = request;
  let { since } = request;
  const isAhead = since !== undefined && since > systemClock.now();

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
    if (after !== undefined) await takeUp(cursors, after);
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
      if (!isAhead) since = undefined;
      await goOn(folder, cursors);
    }
    const [last] = cursors;
    if (last?.isTorn === true && !follow) onBadLine();
    if (last !== undefined) onPlace(await last.place());
  } catch (error) {
    throw codeOf(error) === undefined ? error : diskError(error, folder, 'read');
  } finally {
    await closeAll(cursors);
  }
}

/** More than anybody reads at once, and less than a reply may hold. */
const mostEvents = 1_000;

/** The last events, for those who may use the socket but not read the log, and where it ended; null where there is none. */
export async function lastEvents(
  request: Pick<ReadRequest, 'folder' | 'since' | 'id' | 'after'>,
): Promise<{ readonly events: readonly WrittenEvent[]; readonly next: string | null }> {
  const events: WrittenEvent[] = [];
  let next: string | null = null;
  const onPlace = (place: string): void => {
    next = place;
  };
  for await (const event of readEvents({ ...request, onPlace })) {
    events.push(event);
    if (events.length > mostEvents) events.shift();
  }
  return { events, next };
}

/** Whether `laps events --id N` asks for an id that is in the table. */
export function isKnownEventId(id: number): boolean {
  return Object.hasOwn(eventTable, String(id));
}
