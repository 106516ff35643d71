/**
 * The short way through JSON of the plainest kind: one object, or an object of objects, of plain names and values.
 *
 * Knows: names and texts without an escape, numbers, true, false and null, and the blanks between them. Promises: the
 * same tree as json.ts makes of that text, or undefined for all else (comments, lists, escapes, deeper nesting, any
 * mistake), which is then for json.ts to read and to judge. Must never: be lenient where a parser is not.
 */
import { type JsonMember, type JsonNode, maxMembers } from './json.ts';

const quote = 34;
const backslash = 92;
const opening = 123;
const closing = 125;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What may follow a number: else it is no number, and a parser has words for it. */
const afterNumber = /[,}\s]/;
const words: ReadonlyArray<readonly [string, boolean | null]> = [
  ['true', true],
  ['false', false],
  ['null', null],
];

function afterBlanks(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9) break;
  }
  return at;
}

/** The offset past a plain string that opens at `from`; undefined when it holds anything that needs a second look. */
function pastPlainString(text: string, from: number): number | undefined {
  if (text.charCodeAt(from) !== quote) return undefined;
  for (let at = from + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === quote) return at + 1;
    if (unit === backslash || unit < 32) return undefined;
  }
  return undefined;
}

function literalAt(text: string, offset: number): JsonNode | undefined {
  const end = pastPlainString(text, offset);
  if (end !== undefined)
    return { value: text.slice(offset + 1, end - 1), offset, length: end - offset, members: undefined };
  numberPattern.lastIndex = offset;
  if (numberPattern.test(text) && afterNumber.test(text.charAt(numberPattern.lastIndex))) {
    const length = numberPattern.lastIndex - offset;
    return { value: Number(text.slice(offset, offset + length)), offset, length, members: undefined };
  }
  for (const [word, value] of words)
    if (text.startsWith(word, offset)) return { value, offset, length: word.length, members: undefined };
  return undefined;
}

/** The object that opens at `offset`, with objects in it only while `depth` is more than 1. */
function objectAt(text: string, offset: number, depth: number): JsonNode | undefined {
  const members: JsonMember[] = [];
  let at = afterBlanks(text, offset + 1);
  if (text.charCodeAt(at) === closing) return { value: { kind: 'object' }, offset, length: at + 1 - offset, members };
  for (;;) {
    const nameEnd = pastPlainString(text, at);
    if (nameEnd === undefined || members.length >= maxMembers) return undefined;
    const colon = afterBlanks(text, nameEnd);
    if (text[colon] !== ':') return undefined;
    const from = afterBlanks(text, colon + 1);
    const isObject = text.charCodeAt(from) === opening;
    if (isObject && depth === 1) return undefined;
    const node = isObject ? objectAt(text, from, depth - 1) : literalAt(text, from);
    if (node === undefined) return undefined;
    members.push({ name: text.slice(at + 1, nameEnd - 1), nameOffset: at, nameLength: nameEnd - at, node });
    const after = afterBlanks(text, from + node.length);
    if (text.charCodeAt(after) === closing)
      return { value: { kind: 'object' }, offset, length: after + 1 - offset, members };
    if (text[after] !== ',') return undefined;
    at = afterBlanks(text, after + 1);
  }
}

/** The tree of a plain text, or undefined when it is not that plain. */
export function readPlainJson(text: string): JsonNode | undefined {
  const start = afterBlanks(text, 0);
  if (text.charCodeAt(start) !== opening) return undefined;
  const root = objectAt(text, start, 2);
  return root !== undefined && afterBlanks(text, start + root.length) === text.length ? root : undefined;
}
