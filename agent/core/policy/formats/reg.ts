/**
 * Registry exports (`.reg`): `Windows Registry Editor Version 5.00` and the older `REGEDIT4`.
 *
 * Knows: keys and values, their deletion, the data forms (text, dword, qword, hex), continued lines, comments. Promises:
 * what stands under a key of LAPS is either read or a problem with its place; other keys are passed over at any size.
 * Must never: take data of one type for another.
 */
import type { GivenValue, Reading } from '../document.ts';
import type { SourceText } from '../text.ts';
import { writtenDword } from '../written.ts';
import { type Collector, makeCollector } from './collector.ts';
import { maxDword, registryTypeName, valueOfData } from './registryData.ts';
import { meaningOfKey, meaningOfValue } from './roots.ts';

const header = /^\s*(?:(Windows Registry Editor Version 5\.00)|(REGEDIT4))[ \t]*(?:\r\n|\r|\n|$)/i;

interface Cursor {
  readonly text: string;
  at: number;
}

/** The end of the line that `at` is in, its line end not included. */
function lineEnd(text: string, at: number): number {
  for (let end = at; end < text.length; end += 1) {
    const unit = text.charCodeAt(end);
    if (unit === 10 || unit === 13) return end;
  }
  return text.length;
}

const isBlank = (unit: number): boolean => unit === 32 || unit === 9;
const isGap = (unit: number): boolean => isBlank(unit) || unit === 10 || unit === 13 || unit === 0xfeff;

function pastBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** Just past a text that opens at `from`; undefined when it never closes. It may span lines, as regedit writes it. */
function pastText(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 92) at += 1;
    else if (unit === 34) return at + 1;
  }
  return undefined;
}

const unescaped = (quoted: string): string => quoted.slice(1, -1).replace(/\\([\s\S])/g, '$1');

/** Data as it stands: up to the end of the line, or of the last line when a backslash continues it. */
function pastData(text: string, from: number): number {
  if (text.charCodeAt(from) === 34) return pastText(text, from) ?? lineEnd(text, from);
  let end = lineEnd(text, from);
  for (;;) {
    let last = end - 1;
    while (last > from && isBlank(text.charCodeAt(last))) last -= 1;
    if (last < from || text.charCodeAt(last) !== 92 || end >= text.length) return end;
    const next = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    end = lineEnd(text, next);
  }
}

interface Data {
  readonly value: GivenValue;
  readonly storedAs: string;
}

/** Bytes of `01,02,\<line end>03`; undefined when they are no bytes. A trailing comma is forgiven, as regedit does. */
function bytesOf(list: string): Uint8Array | undefined {
  const plain = list.replace(/\\[ \t]*(?:\r\n|\r|\n)/g, '').replace(/\s+/g, '');
  if (plain === '') return new Uint8Array(0);
  if (!/^[0-9a-f]{1,2}(?:,[0-9a-f]{1,2})*,?$/i.test(plain)) return undefined;
  return Uint8Array.from(plain.replace(/,$/, '').split(','), (each) => Number.parseInt(each, 16));
}

const isTextType = (type: number): boolean => type === 1 || type === 2 || type === 7;

/** One byte a character, as REGEDIT4 keeps texts in its hex forms. */
const widened = (bytes: Uint8Array): Uint8Array => Uint8Array.from([...bytes].flatMap((byte) => [byte, 0]));

/** What data means, or undefined when it is none of the forms. */
function dataOf(raw: string, ansi: boolean): Data | undefined {
  if (raw.startsWith('"')) return { value: unescaped(raw), storedAs: 'REG_SZ' };
  // None of the forms below holds a semicolon: what follows one is a comment.
  const body = raw.split(';', 1)[0]?.trimEnd() ?? '';
  const dword = /^dword:[ \t]*([0-9a-f]{1,8})$/i.exec(body);
  if (dword?.[1] !== undefined) return { value: Number.parseInt(dword[1], 16) % (maxDword + 1), storedAs: 'REG_DWORD' };
  const qword = /^qword:[ \t]*([0-9a-f]{1,16})$/i.exec(body);
  if (qword?.[1] !== undefined) {
    const shown = BigInt(`0x${qword[1]}`).toString();
    return { value: { kind: 'registry', type: 'REG_QWORD', shown }, storedAs: 'REG_QWORD' };
  }
  const list = /^hex(?:\(([0-9a-f]{1,8})\))?:([\s\S]*)$/i.exec(body);
  if (list === null) return undefined;
  const bytes = bytesOf(list[2] ?? '');
  if (bytes === undefined) return undefined;
  const type = list[1] === undefined ? 3 : Number.parseInt(list[1], 16);
  const value = valueOfData(type, ansi && isTextType(type) ? widened(bytes) : bytes);
  return { value, storedAs: registryTypeName(type) };
}

/** What is wrong with data that is none of the forms. */
function dataMistake(raw: string): { readonly message: string; readonly hint: string } {
  const body = raw.split(';', 1)[0]?.trimEnd() ?? '';
  const digits = /^dword:[ \t]*(\S*)$/i.exec(body)?.[1];
  const eight = 'write up to eight hexadecimal digits: 14 is dword:0000000e';
  if (digits === '') return { message: 'there is no number after dword:', hint: eight };
  if (digits !== undefined) {
    const prefixed = /^0x([0-9a-f]{1,8})$/i.exec(digits)?.[1];
    if (prefixed !== undefined)
      return { message: 'a dword takes no 0x', hint: `write ${writtenDword(Number.parseInt(prefixed, 16))}` };
    if (/^[0-9a-f]+$/i.test(digits))
      return { message: `a dword has at most eight digits, not ${digits.length}`, hint: eight };
    const bad = [...digits].find((each) => !/[0-9a-f]/i.test(each)) ?? '';
    return { message: `${bad} is no hexadecimal digit`, hint: eight };
  }
  if (/^hex(\([0-9a-f]{1,8}\))?:/i.test(body))
    return body.endsWith('\\')
      ? {
          message: 'the file ends in the middle of these bytes',
          hint: 'export it again in full, or remove the backslash at the end',
        }
      : {
          message: 'these are not all bytes',
          hint: 'write two hexadecimal digits a byte, with commas between: 6c,00,61,00',
        };
  if (/^\d{1,9}$/.test(body))
    return { message: 'a number needs dword: before it', hint: `write ${writtenDword(Number(body))}` };
  return { message: 'this is no registry data', hint: 'write dword:0000000e or "text"' };
}

/** What a value's line looks like. */
const wholeLine = 'write "Name"=dword:0000000e or "Name"="text"';

interface Line {
  readonly source: SourceText;
  readonly collector: Collector;
  readonly key: string;
  readonly ansi: boolean;
}

interface Spot {
  readonly at: number;
  readonly end: number;
}

type Lexed =
  | { readonly kind: 'value'; readonly name: Spot; readonly data: Spot; readonly end: number }
  /** `lost`: the rest of the file cannot be told apart any more. */
  | {
      readonly kind: 'broken';
      readonly message: string;
      readonly hint: string;
      readonly spot: Spot;
      readonly end: number;
      readonly lost?: true;
    };

/** `"name"=data` as it stands, whatever key it is in. */
function lexValue(text: string, at: number): Lexed {
  const nameEnd = text[at] === '@' ? at + 1 : pastText(text, at);
  const never = {
    message: 'this text is never closed',
    hint: 'close it with a double quote; inside it a quote is written \\" and a backslash \\\\',
  };
  if (nameEnd === undefined) {
    const spot = { at, end: lineEnd(text, at) };
    return { kind: 'broken', ...never, spot, end: text.length, lost: true };
  }
  const equals = pastBlanks(text, nameEnd);
  if (text[equals] !== '=') {
    const end = lineEnd(text, nameEnd);
    const message = 'an equals sign belongs after the name';
    return { kind: 'broken', message, hint: wholeLine, spot: { at, end: nameEnd }, end };
  }
  const start = pastBlanks(text, equals + 1);
  const end = pastData(text, start);
  if (text[start] === '"' && pastText(text, start) === undefined)
    return { kind: 'broken', ...never, spot: { at: start, end }, end };
  return { kind: 'value', name: { at, end: nameEnd }, data: { at: start, end }, end };
}

/** Longer data than any setting has; it is not decoded. */
const longestData = 65_536;

function takeValue(lexed: Extract<Lexed, { kind: 'value' }>, context: Line): void {
  const { source, collector, key, ansi } = context;
  const { text } = source;
  const name = text[lexed.name.at] === '@' ? '' : unescaped(text.slice(lexed.name.at, lexed.name.end));
  // The unnamed value of a key is no setting; exports carry it as @="".
  if (name === '' || meaningOfValue(key, name).kind === 'unrelated') return;
  const raw = text.slice(lexed.data.at, lexed.data.end).trimEnd();
  const namePlace = source.placeOf(lexed.name.at, lexed.name.end - lexed.name.at);
  const valuePlace = source.placeOf(lexed.data.at, raw.length);
  if (/^-[ \t]*(;|$)/.test(raw)) {
    collector.deleteValue(key, name, namePlace);
    return;
  }
  const data = raw.length > longestData ? undefined : dataOf(raw, ansi);
  if (data !== undefined) collector.setValue({ key, name, ...data, namePlace, valuePlace });
  else {
    const { message, hint } =
      raw.length > longestData
        ? { message: 'longer than any value of LAPS', hint: 'write dword:0000000e or "text"' }
        : dataMistake(raw);
    collector.addProblem({ kind: 'unreadable', message, hint, place: valuePlace });
  }
}

/** Reads the value at the cursor and moves past it. */
function readValue(cursor: Cursor, context: Line): void {
  const { source, collector, key } = context;
  const lexed = lexValue(cursor.text, cursor.at);
  cursor.at = Math.max(lexed.end, cursor.at + 1);
  if (lexed.kind === 'value') takeValue(lexed, context);
  else if (lexed.lost === true || key === '' || meaningOfKey(key).kind !== 'unrelated') {
    const { message, hint, spot } = lexed;
    const end = Math.min(spot.end, lineEnd(cursor.text, spot.at));
    collector.addProblem({ kind: 'unreadable', message, hint, place: source.placeOf(spot.at, end - spot.at) });
  }
}

/** Reads one `.reg` text. */
export function readReg(source: SourceText): Reading {
  const { text } = source;
  const collector = makeCollector();
  const head = header.exec(text);
  const cursor: Cursor = { text, at: head?.[0].length ?? 0 };
  if (head === null)
    collector.addProblem({
      kind: 'unreadable',
      message: 'a registry export begins with the line: Windows Registry Editor Version 5.00',
      hint: 'regedit does not import a file without it',
      place: source.placeOf(0, lineEnd(text, 0)),
    });
  const ansi = head?.[2] !== undefined;
  let key: string | undefined;
  while (cursor.at < text.length && !collector.isFull()) {
    const unit = text.charCodeAt(cursor.at);
    if (isGap(unit)) {
      cursor.at += 1;
      continue;
    }
    const at = cursor.at;
    const end = lineEnd(text, at);
    const refuse = (message: string, hint: string): void =>
      collector.addProblem({ kind: 'unreadable', message, hint, place: source.placeOf(at, Math.min(end - at, 200)) });
    if (unit === 59) cursor.at = end;
    else if (unit === 91) {
      const close = text.lastIndexOf(']', end - 1);
      const named = text.slice(at + 1, Math.max(at + 1, close));
      if (close < at) refuse('the closing ] of this key is missing', 'write ] at the end of the line');
      else if (named.startsWith('-')) collector.deleteAll('key', named.slice(1), source.placeOf(at, close + 1 - at));
      key = close < at || named.startsWith('-') ? undefined : named;
      cursor.at = end;
    } else if (unit === 34 || unit === 64) readValue(cursor, { source, collector, key: key ?? '', ansi });
    else {
      if (key === undefined || meaningOfKey(key).kind !== 'unrelated')
        refuse('a key in brackets, a value in quotes or a comment belongs here', wholeLine);
      cursor.at = end;
    }
  }
  return collector.finish('reg');
}
