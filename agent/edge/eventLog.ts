/**
 * The operational log: one JSON line an event, through winston (design 7, contract 3).
 *
 * Knows: the line's form, the file's size and the older files beside it. Promises: what `write` was given is in the file
 * when it returns, unless the disk refused, which is counted; undeclared fields are dropped and counted; no character
 * of any field can end a line or command a terminal. Must never: throw, or stop a rotation because a line was lost.
 *
 * winston's own file transport writes some time later and loses the last lines when the process is killed; the
 * transport here writes before it returns.
 */
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import winston from 'winston';
import { eventTable, type LapsEvent, sentenceOf, undeclaredFields } from '../core/events.ts';
import type { EventLog } from '../core/ports.ts';
import { isoOf } from '../core/time.ts';
import { codeOf, diskError, notAFile } from './diskError.ts';
import { plainText } from './plainText.ts';

/** Contract 3: one line of `laps events --json`. */
export interface WrittenEvent {
  readonly time: string;
  readonly id: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly name: string;
  readonly message: string;
  readonly cycleId?: string;
  readonly rotationId?: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** Name of the present file; older ones have `.1` (the youngest) and up. */
export const eventsFileName = 'events.jsonl';
/** Bytes after which a new file is begun, and how many older ones are kept. */
export const rotateAtBytes = 5_242_880;
export const olderFiles = 4;

const maxFieldCharacters = 1000;

/** Path of the log's file `age` generations back. */
export function eventsFile(folder: string, age: number): string {
  return join(folder, age === 0 ? eventsFileName : `${eventsFileName}.${age}`);
}

/** The event as written: known fields only, cleaned, `hex` and `instant` as text (events.ts). */
export function writtenEvent(event: LapsEvent): WrittenEvent {
  const row = eventTable[event.id];
  const kinds: Readonly<Record<string, string>> = row.fields;
  const stray = new Set(undeclaredFields(event));
  const fields: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(event.fields)) {
    if (stray.has(name)) continue;
    if (kinds[name] === 'hex' && typeof value === 'number')
      fields[name] = `0x${(value >>> 0).toString(16).toUpperCase()}`;
    else if (kinds[name] === 'instant' && typeof value === 'number') fields[name] = isoOf(value) ?? String(value);
    else fields[name] = typeof value === 'string' ? plainText(value, maxFieldCharacters) : value;
  }
  return {
    time: isoOf(event.at) ?? '1970-01-01T00:00:00.000Z',
    id: event.id,
    level: row.level,
    name: row.name,
    message: plainText(sentenceOf(event), 4 * maxFieldCharacters),
    ...(event.cycleId === undefined ? {} : { cycleId: event.cycleId }),
    ...(event.rotationId === undefined ? {} : { rotationId: event.rotationId }),
    fields,
  };
}

/** A file that lines are appended to at once, begun anew when it is full. */
function createLineFile(deps: {
  readonly folder: string;
  readonly maxBytes: number;
  readonly onLost: (error: unknown) => void;
}) {
  const { folder, maxBytes, onLost } = deps;
  const path = eventsFile(folder, 0);
  let fd: number | undefined;

  function close(): void {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  }

  /** The file by that name now: another process may have begun a new one. */
  function open(): number {
    const named = statSync(path, { throwIfNoEntry: false });
    if (fd !== undefined && named !== undefined && fstatSync(fd).ino === named.ino) return fd;
    close();
    // O_NONBLOCK: a named pipe in the file's place must not hang the daemon.
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;
    fd = openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
    // Into a pipe or a device they would go unseen.
    if (fstatSync(fd).isFile()) return fd;
    close();
    throw notAFile(path);
  }

  function beginAnew(): void {
    close();
    rmSync(eventsFile(folder, olderFiles), { force: true });
    for (let age = olderFiles - 1; age >= 0; age -= 1) {
      if (statSync(eventsFile(folder, age), { throwIfNoEntry: false }) !== undefined) {
        renameSync(eventsFile(folder, age), eventsFile(folder, age + 1));
      }
    }
  }

  /** Whether the last writer was cut off within a line (full disk, kill): the next must not grow onto it. */
  function endsTorn(file: number, size: number): boolean {
    const last = Buffer.alloc(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  }

  return {
    append(line: string): void {
      try {
        const { size } = fstatSync(open());
        if (size >= maxBytes) beginAnew();
        const file = open();
        const start = fstatSync(file).size;
        const bytes = Buffer.from(`${endsTorn(file, start) ? '\n' : ''}${line}`, 'utf8');
        for (let done = 0; done < bytes.length; ) {
          const taken = writeSync(file, bytes, done);
          if (taken <= 0) throw new Error('the disk took no bytes');
          done += taken;
        }
      } catch (error) {
        // Counted and told: a log that cannot be written must not keep a password from being rotated.
        onLost(error);
      }
    },
    close,
  };
}

/** The log in `folder`, which must exist, mode 0700. */
export function createEventLog(deps: {
  readonly folder: string;
  readonly maxBytes?: number;
  /** Told once, with the path and what is wrong, when the disk refuses a line. */
  readonly onLost?: (problem: string) => void;
}): EventLog & {
  /** Fields nobody declared (always a defect) and lines the disk refused, since the start. */
  counts(): { readonly droppedFields: number; readonly lostLines: number };
  close(): void;
} {
  let droppedFields = 0;
  let lostLines = 0;
  const file = createLineFile({
    folder: deps.folder,
    maxBytes: deps.maxBytes ?? rotateAtBytes,
    onLost: (error) => {
      lostLines += 1;
      if (lostLines > 1) return;
      const path = eventsFile(deps.folder, 0);
      deps.onLost?.((codeOf(error) === 'EISDIR' ? notAFile(path) : diskError(error, path, 'written')).message);
    },
  });
  const logger = winston.createLogger({
    levels: { error: 0, warning: 1, info: 2 },
    level: 'info',
    // The event alone is the line: winston's own formats would add members of their own.
    format: winston.format.printf((info) => JSON.stringify(info['event'])),
    transports: [
      new winston.transports.Stream({
        stream: new Writable({
          decodeStrings: false,
          write(line: string, _encoding, done) {
            file.append(line);
            done();
          },
        }),
        eol: '\n',
      }),
    ],
    exitOnError: false,
  });

  return {
    write(event) {
      droppedFields += undeclaredFields(event).length;
      const written = writtenEvent(event);
      logger.log({ level: written.level, message: written.name, event: written });
    },
    flush: async () => {
      // winston hands on within `write`; only a transport that once pushed back would still hold lines.
      while (logger.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    counts: () => ({ droppedFields, lostLines }),
    close() {
      logger.close();
      file.close();
    },
  };
}
