/**
 * JSON inside a JSON string: its text, and where each character of it stands in the file.
 *
 * Knows: the escapes of JSON. Promises: a place in the inner text is told as the place in the file. Must never: be given
 * anything but a string literal that a parser has accepted.
 */
import type { SourceText } from '../text.ts';

export interface DecodedString {
  readonly text: string;
  /** Offset in the outer text of each inner UTF-16 unit, and one past the last. */
  readonly offsets: Uint32Array;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** The string literal of `length` at `offset`, quotes included, unescaped. */
export function decodedString(text: string, offset: number, length: number): DecodedString {
  const parts: string[] = [];
  const offsets = new Uint32Array(length);
  const end = offset + length - 1;
  let count = 0;
  let plainFrom = offset + 1;
  for (let at = offset + 1; at < end; count += 1) {
    offsets[count] = at;
    if (text.charCodeAt(at) !== 92) {
      at += 1;
      continue;
    }
    parts.push(text.slice(plainFrom, at));
    const letter = text[at + 1] ?? '';
    if (letter === 'u') parts.push(String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16)));
    else parts.push(escapes[letter] ?? letter);
    at += letter === 'u' ? 6 : 2;
    plainFrom = at;
  }
  parts.push(text.slice(plainFrom, end));
  offsets[count] = end;
  return { text: parts.join(''), offsets: offsets.subarray(0, count + 1) };
}

/** The inner text as a source whose places are places in the outer file. */
export function innerSource(outer: SourceText, { text, offsets }: DecodedString): SourceText {
  const outerOffset = (inner: number): number => offsets[Math.max(0, Math.min(inner, offsets.length - 1))] ?? 0;
  return {
    text,
    placeOf(offset, length) {
      const from = outerOffset(offset);
      return outer.placeOf(from, outerOffset(offset + length) - from);
    },
    line: (number) => outer.line(number),
    get lineCount() {
      return outer.lineCount;
    },
  };
}
