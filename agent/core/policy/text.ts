/**
 * A policy file's text and where things stand in it.
 *
 * Knows: encodings (UTF-8, UTF-16 by byte order mark), line ends (LF, CRLF, CR), lines and columns. Promises: lines and
 * columns start at 1, columns count UTF-16 units as editors do, ends are exclusive; bytes that are no text are refused
 * with their place. Must never: repair text in silence.
 */

/** A stretch of text; `endColumn` is one past its last character. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** In a binary file: the first byte, from 0; line is then 1 and column one more than this. */
  readonly byteOffset?: number;
  /** In JSON, the pointer (RFC 6901) of what stands there; a setting keeps its own (document.ts). */
  readonly pointer?: string;
}

export const startOfFile: Place = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Where a stretch begins, in words: `in line 4`, `at byte 124`. */
export const whereText = ({ line, byteOffset }: Place): string =>
  byteOffset === undefined ? `in line ${line}` : `at byte ${byteOffset}`;

/** A stretch of a binary file. */
export const bytePlace = (offset: number, length: number): Place => ({
  line: 1,
  column: offset + 1,
  endLine: 1,
  endColumn: offset + length + 1,
  byteOffset: offset,
});

/**
 * A text without any of `characters` at its end. A regular expression that is anchored only at the end takes quadratic
 * time over a long run of them that stands elsewhere; this takes one pass.
 */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** Half a character, or one that a terminal would obey. */
const unprintable = /[\p{Cc}\p{Surrogate}]/gu;

/** As the command line shows such a character: `\x07`, `\ud800`. */
const escapeOf = (character: string): string => {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
};

/**
 * A text of a file or a policy for a sentence or a table: its spaces are seen, and where it ends. It stands as it is
 * meant, with one backslash where a file has two; what to write is for written.ts to spell.
 */
export const inQuotes = (text: string): string => `"${text.replace(unprintable, escapeOf)}"`;

/** A name of a file for a message, cut where it is longer than any real one. */
export const shortName = (name: string): string => (name.length > 60 ? `${name.slice(0, 57)}...` : name);

export interface SourceText {
  readonly text: string;
  placeOf(offset: number, length: number): Place;
  /** The text of a line without its end; empty past the last one. */
  line(number: number): string;
  readonly lineCount: number;
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** A class because there is one for each of a thousand files, and few of them are asked for more than a place or two. */
class LinedText implements SourceText {
  readonly text: string;
  #starts: readonly number[] | undefined;
  /** The line that was found last: who asks for one place mostly asks for the next one after it. */
  #last = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Where the lines begin; they are counted when first asked for. */
  #lines(): readonly number[] {
    this.#starts ??= startsOfLines(this.text);
    return this.#starts;
  }

  #lineAt(offset: number): number {
    const lines = this.#lines();
    const holds = (line: number): boolean =>
      offset >= (lines[line] ?? Number.POSITIVE_INFINITY) && offset < (lines[line + 1] ?? Number.POSITIVE_INFINITY);
    if (holds(this.#last)) return this.#last;
    let low = 0;
    let high = lines.length - 1;
    if (holds(this.#last + 1)) low = high = this.#last + 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    this.#last = low;
    return low;
  }

  placeOf(offset: number, length: number): Place {
    const lines = this.#lines();
    const from = Math.max(0, Math.min(offset, this.text.length));
    const line = this.#lineAt(from);
    const column = from - (lines[line] ?? 0) + 1;
    // Nearly every place ends in the line where it begins; then there is nothing to look for.
    if (offset >= 0 && offset + length < (lines[line + 1] ?? this.text.length + 1))
      return { line: line + 1, column, endLine: line + 1, endColumn: column + length };
    const to = Math.max(0, Math.min(offset + length, this.text.length));
    const endLine = this.#lineAt(to);
    return { line: line + 1, column, endLine: endLine + 1, endColumn: to - (lines[endLine] ?? 0) + 1 };
  }

  line(number: number): string {
    const lines = this.#lines();
    const from = lines[number - 1];
    if (from === undefined) return '';
    return withoutEnd(this.text.slice(from, lines[number] ?? this.text.length), '\r\n');
  }

  get lineCount(): number {
    return this.#lines().length;
  }
}

/** Text with its lines. */
export const makeSource = (text: string): SourceText => new LinedText(text);

export type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bad'; readonly problem: string; readonly hint: string; readonly place: Place };

const saveAsUtf8 = 'save the file as UTF-8';

/** One for all files: making a decoder costs more than a small file. */
const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

function decoderFor(encoding: string): InstanceType<typeof TextDecoder> {
  const decoder = decoders.get(encoding) ?? new TextDecoder(encoding, { fatal: true });
  decoders.set(encoding, decoder);
  return decoder;
}

function tryDecode(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return decoderFor(encoding).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where UTF-8 breaks: the first line that does not decode, and the first replacement character in it. */
function badUtf8Place(bytes: Uint8Array): Place {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(10, from);
    const part = bytes.subarray(from, end === -1 ? bytes.length : end);
    if (tryDecode('utf-8', part) === undefined) {
      const column = new TextDecoder('utf-8').decode(part).indexOf('\ufffd') + 1;
      return { line, column, endLine: line, endColumn: column + 1 };
    }
    if (end === -1) break;
    from = end + 1;
  }
  return startOfFile;
}

/** UTF-16 without a mark, told by its zero bytes: plain text has one in nearly every unit, always on the same side. */
function unmarkedUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const units = Math.min(bytes.length >> 1, 512);
  // Nearly every file ends here, its bytes not looked at one by one.
  if (units < 4 || bytes.length % 2 !== 0 || !bytes.includes(0)) return undefined;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < units * 2; at += 2) {
    if (bytes[at] === 0) even += 1;
    if (bytes[at + 1] === 0) odd += 1;
  }
  if (even === 0 && odd > units * 0.7) return 'utf-16le';
  return odd === 0 && even > units * 0.7 ? 'utf-16be' : undefined;
}

function markedUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** `REGEDIT4` at the start: the one shape that is in the machine's own code page by definition. */
const isAnsiReg = (bytes: Uint8Array): boolean => [...'REGEDIT4'].every((each, at) => bytes[at] === each.charCodeAt(0));

/** Text of a file: UTF-16 when its byte order mark or its zero bytes say so (as Windows tools write it), else UTF-8. */
export function decodeText(bytes: Uint8Array): Decoded {
  const marked = markedUtf16(bytes);
  const utf16 = marked ?? unmarkedUtf16(bytes);
  if (utf16 !== undefined) {
    const text = tryDecode(utf16, bytes);
    if (text !== undefined) return withoutNul(text);
    return {
      kind: 'bad',
      problem: `the file ${marked === undefined ? 'looks like' : 'says that it is'} UTF-16 but does not hold UTF-16 text`,
      hint: saveAsUtf8,
      place: startOfFile,
    };
  }
  const text = tryDecode('utf-8', bytes);
  if (text !== undefined) return withoutNul(text);
  // Western European, the code page most such files are in; only texts depend on it, numbers and names do not.
  if (isAnsiReg(bytes)) return withoutNul(new TextDecoder('windows-1252').decode(bytes));
  return { kind: 'bad', problem: 'this is not UTF-8 text', hint: saveAsUtf8, place: badUtf8Place(bytes) };
}

function withoutNul(text: string): Decoded {
  const nul = text.indexOf('\0');
  if (nul === -1) return { kind: 'text', text };
  return {
    kind: 'bad',
    problem: 'the file holds NUL bytes: it is binary or damaged',
    hint: saveAsUtf8,
    place: makeSource(text).placeOf(nul, 1),
  };
}
