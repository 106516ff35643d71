/**
 * Registry.pol, the binary that Group Policy keeps its registry settings in (MS-GPREG 2.2.1).
 *
 * Knows: the head (`PReg`, version 1), records `[key;value;type;size;data]` in UTF-16LE, and the special values that
 * begin with `**`. Promises: places are bytes; a file that is cut short at any byte is a problem with its place, and
 * sets nothing. Must never: follow a size past the end of the file.
 */
import type { Reading } from '../document.ts';
import { bytePlace, type SourceText } from '../text.ts';
import { type Collector, makeCollector } from './collector.ts';
import { registryTypeName, utf16Text, valueOfData } from './registryData.ts';

const open = 0x5b;
const close = 0x5d;
const semicolon = 0x3b;
/** Longest text of a record in UTF-16 units: a key path is at most this long, a value name half of it (MS-GPREG). */
const maxTextUnits = 32_768;

interface Field {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What stands in the way, by its byte. */
class Broken {
  readonly at: number;
  readonly message: string;
  constructor(at: number, message: string) {
    this.at = at;
    this.message = message;
  }
}

interface PolFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** The UTF-16 unit at `at` must be `unit`. */
function expect(file: PolFile, at: number, unit: number): number {
  if (at + 2 > file.bytes.length) throw new Broken(at, 'the file ends in the middle of a record: it was cut short');
  if (file.view.getUint16(at, true) !== unit)
    throw new Broken(at, `a ${String.fromCharCode(unit)} of the record belongs here`);
  return at + 2;
}

function textAt(file: PolFile, start: number): Field {
  const limit = Math.min(file.bytes.length - 1, start + maxTextUnits * 2);
  for (let at = start; at < limit; at += 2)
    if (file.bytes[at] === 0 && file.bytes[at + 1] === 0)
      return { start, end: at + 2, text: utf16Text(file.bytes.subarray(start, at)) };
  throw new Broken(start, 'this text of a record never ends');
}

function numberAt(file: PolFile, at: number): number {
  if (at + 4 > file.bytes.length) throw new Broken(at, 'the file ends in the middle of a record: it was cut short');
  return file.view.getUint32(at, true);
}

interface PolRecord {
  readonly key: Field;
  readonly name: Field;
  readonly type: number;
  readonly data: Uint8Array;
  readonly dataAt: number;
  readonly end: number;
}

function recordAt(file: PolFile, start: number): PolRecord {
  const key = textAt(file, expect(file, start, open));
  const name = textAt(file, expect(file, key.end, semicolon));
  const typeAt = expect(file, name.end, semicolon);
  const type = numberAt(file, typeAt);
  const sizeAt = expect(file, typeAt + 4, semicolon);
  const size = numberAt(file, sizeAt);
  const dataAt = expect(file, sizeAt + 4, semicolon);
  if (size > file.bytes.length - dataAt)
    throw new Broken(sizeAt, `this record tells of ${size} bytes of data, but the file ends before that`);
  const end = expect(file, dataAt + size, close);
  return { key, name, type, data: file.bytes.subarray(dataAt, dataAt + size), dataAt, end };
}

/** Carries out one record: a value, or one of the orders that MS-GPREG spells as a value name. */
function take(collector: Collector, record: PolRecord): void {
  const key = `HKLM\\${record.key.text}`;
  const { text: name, start, end } = record.name;
  const place = bytePlace(start, Math.max(2, end - start - 2));
  const data = (): readonly string[] =>
    utf16Text(record.data)
      .split(';')
      .filter((each) => each !== '');
  const lower = name.toLowerCase();
  if (!lower.startsWith('**')) {
    if (name === '') return;
    collector.setValue({
      key,
      name,
      value: valueOfData(record.type, record.data),
      storedAs: registryTypeName(record.type),
      namePlace: place,
      valuePlace: bytePlace(record.dataAt, record.data.length),
    });
  } else if (lower.startsWith('**del.')) collector.deleteValue(key, name.slice(6), place);
  else if (lower === '**delvals' || lower === '**delvals.') collector.deleteAll('allValues', key, place);
  else if (lower === '**deletevalues') for (const each of data()) collector.deleteValue(key, each, place);
  else if (lower === '**deletekeys')
    for (const each of data())
      collector.deleteAll('key', key === 'HKLM\\' ? `HKLM\\${each}` : `${key}\\${each}`, place);
  // A soft value is set where none stands yet; for a file alone that is a value like any other.
  else if (lower.startsWith('**soft.'))
    collector.setValue({
      key,
      name: name.slice(7),
      value: valueOfData(record.type, record.data),
      storedAs: registryTypeName(record.type),
      soft: true,
      namePlace: place,
      valuePlace: bytePlace(record.dataAt, record.data.length),
    });
  // **SecureKey and **Comment change no value.
}

/** Reads a Registry.pol of the computer half of a policy. */
export function readRegistryPol(_source: SourceText, bytes: Uint8Array): Reading {
  const collector = makeCollector();
  const file: PolFile = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  try {
    if (bytes.length < 8) throw new Broken(bytes.length, 'the file ends within its head: it was cut short');
    const version = file.view.getUint32(4, true);
    if (version !== 1) throw new Broken(4, `version ${version} of this shape is not known, only 1 is`);
    for (let at = 8; at < bytes.length && !collector.isFull(); ) {
      const record = recordAt(file, at);
      take(collector, record);
      at = record.end;
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const place = bytePlace(Math.min(error.at, bytes.length), 2);
    collector.addProblem({
      kind: 'unreadable',
      message: error.message,
      hint: 'copy or export the file again; gpedit and LGPO write it whole',
      place,
    });
  }
  return collector.finish('pol');
}
