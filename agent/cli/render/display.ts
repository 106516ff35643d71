/**
 * Text as a terminal shows it.
 *
 * Knows: how many columns a character takes and which characters would do something to a terminal. Promises: foreign
 * text comes out visible and harmless: no escape sequence, no line break, no change of writing direction. Must never:
 * be skipped for text from a file or the network.
 */
import { numbered } from '../../core/numbered.ts';

/** Control characters, direction overrides, line and paragraph separators, invisible tags, lone surrogates. */
const unsafe =
  /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** Foreign text made harmless: `\x1b` instead of an escape. */
export function clean(text: string): string {
  return text.replace(unsafe, numbered);
}

/**
 * What JSON lets stand as it is, and a terminal or an editor may obey or show nothing of: DEL, C1, direction overrides, line
 * separators, invisible tags.
 */
const unsafeInJson = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** JSON knows no numbers of more than four digits: a larger one is written in its two halves. */
const jsonEscape = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');

/** One JSON document on one line, the same value as `JSON.stringify` gives, with nothing in it that commands anything. */
export function jsonText(value: unknown): string {
  // What is left of control characters after JSON's own escaping stands inside texts only.
  return JSON.stringify(value).replace(unsafeInJson, jsonEscape);
}

/** The same over many lines, for a file that people read. */
export function jsonPage(value: unknown): string {
  const page = JSON.stringify(value, null, 2);
  return `${page.replace(unsafeInJson, (each) => (each === '\n' ? each : jsonEscape(each)))}\n`;
}

/** East Asian wide and full-width blocks, and emoji: two columns each. */
const wide: ReadonlyArray<readonly [number, number]> = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x26a1, 0x26a1],
  [0x26bd, 0x26be],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2753, 0x2755],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

/** Whether a character is of ASCII and printable: nearly all are, and of those nothing else need be asked. */
export const isPlain = (character: string): boolean => character >= ' ' && character <= '~';

/** Columns one character (code point) takes: 0, 1 or 2. */
export function columnsOf(character: string): number {
  if (isPlain(character)) return 1;
  if (/^\p{Mn}|\p{Me}|\u200b|\u200d|[\ufe00-\ufe0f]$/u.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** Columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** Text filled up with spaces to a width in columns. */
export const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
