/**
 * JSON with comments as a shallow tree with offsets: the upper two levels, which is all a policy has.
 *
 * Knows: jsonc-parser and its error numbers. Promises: duplicates are kept, in order; the first mistake is told with
 * its place; memory stays bounded whatever the file holds. Must never: be given text nested deeper than depth.ts allows.
 */
import { type JSONVisitor, type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import type { GivenValue } from '../document.ts';

export interface JsonNode {
  readonly value: GivenValue;
  readonly offset: number;
  length: number;
  /** Present for objects of the upper two levels. */
  readonly members: JsonMember[] | undefined;
}

export interface JsonMember {
  readonly name: string;
  readonly nameOffset: number;
  readonly nameLength: number;
  node: JsonNode | undefined;
}

export interface JsonMistake {
  readonly message: string;
  readonly hint?: string;
  readonly offset: number;
  readonly length: number;
}

export interface JsonTree {
  readonly root: JsonNode | undefined;
  readonly mistake: JsonMistake | undefined;
  /** The offset of the member that was one too many. */
  readonly crowdedAt: number | undefined;
}

/** Settings are eighteen; an object with more members than this is no policy, and need not be kept in memory. */
export const maxMembers = 1000;

/** jsonc-parser's words, in ours. Its numbers are a const enum, which cannot be named under isolatedModules. */
const sentences: Readonly<Record<string, { readonly message: string; readonly hint?: string }>> = {
  InvalidSymbol: {
    message: 'this is not a JSON value',
    hint: 'texts stand in double quotes; true, false and null are bare',
  },
  InvalidNumberFormat: {
    message: 'this is not a JSON number',
    hint: 'write digits only: no + before, no 0 before other digits',
  },
  PropertyNameExpected: {
    message: 'a setting name in double quotes belongs here',
    hint: 'write "Name": value',
  },
  ValueExpected: { message: 'a value belongs here', hint: 'write a number, true, false, or a text in double quotes' },
  ColonExpected: { message: 'a colon belongs here', hint: 'write "Name": value' },
  CommaExpected: { message: 'a comma is missing before this', hint: 'write a comma after what stands before' },
  CloseBraceExpected: { message: 'the closing } is missing', hint: 'write it where the object ends' },
  CloseBracketExpected: { message: 'the closing ] is missing', hint: 'write it where the list ends' },
  EndOfFileExpected: { message: 'nothing may follow the closing }', hint: 'remove what follows' },
  UnexpectedEndOfComment: { message: 'this comment is never closed', hint: 'write */ where it ends' },
  UnexpectedEndOfString: { message: 'this text is never closed', hint: 'write " where it ends, in the same line' },
  UnexpectedEndOfNumber: { message: 'this number breaks off', hint: 'write it in full' },
  InvalidUnicode: { message: 'a \\u escape takes four hexadecimal digits', hint: 'write \\u00e9, say, for é' },
  InvalidEscapeCharacter: {
    message: 'this escape does not exist in JSON',
    hint: 'a backslash is written twice: "HKLM\\\\Software\\\\..."',
  },
  InvalidCharacter: {
    message: 'a control character may not stand inside a text',
    hint: 'remove it; a tab or a line end within a text is written \\t or \\n',
  },
};

/** A number that goes on where JSON ends it: `014` is read as 0 and then 14, `0x1e` as 0 and then a word. */
function numberMistake(text: string, code: string, offset: number): JsonMistake | undefined {
  if (code !== 'CommaExpected' && code !== 'InvalidSymbol') return undefined;
  if (text[offset - 1] !== '0' || /[\w.]/.test(text[offset - 2] ?? '')) return undefined;
  const written = /^0(?:x[0-9a-f]{1,8}|\d{1,9})(?![\w.])/i.exec(text.slice(offset - 1, offset + 20))?.[0];
  if (written === undefined) return undefined;
  const isHex = /x/i.test(written);
  return {
    message: isHex ? 'JSON has no hexadecimal numbers' : 'a JSON number has no 0 before other digits',
    hint: `write ${Number(written)}`,
    offset: offset - 1,
    length: written.length,
  };
}

/** A comma with no further value behind it. */
function commaMistake(text: string, code: string, offset: number): JsonMistake | undefined {
  const inList = code === 'ValueExpected' && text[offset] === ']';
  if (!inList && !(code === 'PropertyNameExpected' && text[offset] === '}')) return undefined;
  const comma = text.slice(0, offset).trimEnd().length - 1;
  if (text[comma] !== ',') return undefined;
  const after = inList ? 'value of this list' : 'member of this object';
  return { message: `a comma follows the last ${after}`, hint: 'remove it', offset: comma, length: 1 };
}

/** A text whose backslashes stand for themselves, as in `"CONTOSO\\laps"` written with one. */
function escapeMistake(text: string, code: string, offset: number, length: number): JsonMistake | undefined {
  if (code !== 'InvalidEscapeCharacter' && code !== 'InvalidUnicode') return undefined;
  const raw = text.slice(offset, offset + length);
  if (raw.length > 200 || !/^"[^"\n]*"$/.test(raw)) return undefined;
  const written = raw.replace(/\\\\|\\(?!u[0-9a-f]{4})/gi, '\\\\');
  return {
    message: 'a backslash stands here by itself, and JSON reads it with the next letter',
    hint: `write ${written}`,
    offset,
    length,
  };
}

function mistakeOf(text: string, code: ParseErrorCode, offset: number, length: number): JsonMistake {
  // A text that is open where the file ends is a file that was cut short, as is one with nothing at all where more is due.
  const isCut = printParseErrorCode(code) === 'UnexpectedEndOfString' && offset + length >= text.length;
  if (isCut || text.slice(offset).trim() === '')
    return {
      message: text.trim() === '' ? 'the file is empty' : 'the file ends in the middle: it was cut short',
      hint: text.trim() === '' ? 'laps settings lists what may stand in it' : 'save it again in full',
      offset: text.trimEnd().length,
      length: 0,
    };
  const name = printParseErrorCode(code);
  const told =
    numberMistake(text, name, offset) ?? commaMistake(text, name, offset) ?? escapeMistake(text, name, offset, length);
  if (told !== undefined) return told;
  const known = sentences[name];
  return { message: known?.message ?? 'this is not JSON', ...(known?.hint && { hint: known.hint }), offset, length };
}

/** What a walk is told, as jsonc-parser tells it, and the first mistake in our words. */
export interface JsonWalker extends Omit<JSONVisitor, 'onError'> {
  readonly onMistake: (mistake: JsonMistake) => void;
}

/** Walks text without keeping it. Comments are allowed, trailing commas are not. */
export function walkJson(text: string, { onMistake, ...visitor }: JsonWalker): void {
  let broken = false;
  visit(
    text,
    {
      ...visitor,
      onError: (code, offset, length) => {
        if (!broken) onMistake(mistakeOf(text, code, offset, length));
        broken = true;
      },
    },
    { disallowComments: false, allowTrailingComma: false },
  );
}

/** A JSON pointer (RFC 6901) of a path. */
export function pointerOf(path: readonly (string | number)[]): string {
  let pointer = '';
  for (const step of path) {
    const text = String(step);
    pointer += `/${/[~/]/.test(text) ? text.replaceAll('~', '~0').replaceAll('/', '~1') : text}`;
  }
  return pointer;
}

/** Where the value at a JSON pointer stands; of an object or a list its first sign. */
export function spotOf(
  text: string,
  pointer: string,
): { readonly offset: number; readonly length: number } | undefined {
  let found: { readonly offset: number; readonly length: number } | undefined;
  const look = (offset: number, length: number, pathSupplier: () => readonly (string | number)[]): void => {
    if (found === undefined && pointerOf(pathSupplier()) === pointer) found = { offset, length };
  };
  walkJson(text, {
    onObjectBegin: (offset, length, _line, _character, pathSupplier) => look(offset, length, pathSupplier),
    onArrayBegin: (offset, length, _line, _character, pathSupplier) => look(offset, length, pathSupplier),
    onLiteralValue: (_value: GivenValue, offset, length, _line, _character, pathSupplier) =>
      look(offset, length, pathSupplier),
    // Who asks has read the text before: a mistake in it is told already.
    onMistake: () => undefined,
  });
  return found;
}

/** Reads text into the upper two levels of its tree. Never throws for text within the depth limit. */
export function readJson(text: string): JsonTree {
  let root: JsonNode | undefined;
  let mistake: JsonMistake | undefined;
  let crowdedAt: number | undefined;
  const open: JsonNode[] = [];

  const attach = (node: JsonNode): void => {
    const parent = open.at(-1);
    if (parent === undefined) root ??= node;
    else {
      const member = parent.members?.at(-1);
      if (member !== undefined) member.node ??= node;
    }
  };
  const begin = (kind: 'object' | 'array', offset: number, length: number): void => {
    const node: JsonNode = {
      value: { kind },
      offset,
      length,
      members: kind === 'object' && open.length < 2 ? [] : undefined,
    };
    attach(node);
    open.push(node);
  };
  const end = (offset: number, length: number): void => {
    const node = open.pop();
    if (node !== undefined) node.length = offset + length - node.offset;
  };

  walkJson(text, {
    onObjectBegin: (offset, length) => begin('object', offset, length),
    onArrayBegin: (offset, length) => begin('array', offset, length),
    onObjectEnd: end,
    onArrayEnd: end,
    onObjectProperty: (name, nameOffset, nameLength) => {
      const members = open.at(-1)?.members;
      if (members === undefined) return;
      if (members.length >= maxMembers) crowdedAt ??= nameOffset;
      else members.push({ name, nameOffset, nameLength, node: undefined });
    },
    onLiteralValue: (value: GivenValue, offset, length) => attach({ value, offset, length, members: undefined }),
    onMistake: (found) => {
      mistake = found;
    },
  });
  return { root, mistake, crowdedAt };
}
