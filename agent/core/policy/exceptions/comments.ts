/**
 * Exceptions in comments of the policy file itself: above what they accept, or in the same line.
 *
 * Knows: how each shape writes a comment. Promises: every comment that opens with `laps-accept` is an exception, which is
 * then used or told; looks at nothing in a file that never says so. Must never: take a text inside a value for a comment.
 */
import type { PolicyDocument } from '../document.ts';
import { type Exception, wordingOf } from './exception.ts';

const mark = 'laps-accept';
/** Longer than any reason; of a longer comment the rest is not looked at. */
const longest = 2000;

/** A comment within one line. */
interface Comment {
  readonly from: number;
  readonly to: number;
  /** Without the signs around it. */
  readonly text: string;
}

/** Just past a text in double quotes that opens at `from`, or the end of the line. */
function pastQuotes(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at + 1;
  }
  return line.length;
}

function inJson(line: string): readonly Comment[] {
  const found: Comment[] = [];
  for (let at = 0; at < line.length; ) {
    if (line[at] === '"') at = pastQuotes(line, at);
    else if (line.startsWith('//', at)) {
      found.push({ from: at, to: line.length, text: line.slice(at + 2) });
      break;
    } else if (line.startsWith('/*', at)) {
      const end = line.indexOf('*/', at + 2);
      const to = end === -1 ? line.length : end + 2;
      found.push({ from: at, to, text: line.slice(at + 2, end === -1 ? to : end) });
      at = to;
    } else at += 1;
  }
  return found;
}

function inRegistry(line: string): readonly Comment[] {
  for (let at = 0; at < line.length; )
    if (line[at] === '"') at = pastQuotes(line, at);
    else if (line[at] === ';') return [{ from: at, to: line.length, text: line.slice(at + 1) }];
    else at += 1;
  return [];
}

/** A semicolon further on in a line of LGPO belongs to the value. */
const inLgpo = (line: string): readonly Comment[] => (/^\s*;/.test(line) ? inRegistry(line) : []);

function inXml(line: string): readonly Comment[] {
  const found: Comment[] = [];
  for (let at = 0; ; ) {
    const from = line.indexOf('<!--', at);
    if (from === -1) return found;
    const value = line.indexOf('<![CDATA[', at);
    if (value !== -1 && value < from) {
      const end = line.indexOf(']]>', value);
      if (end === -1) return found;
      at = end;
      continue;
    }
    const end = line.indexOf('-->', from + 4);
    const to = end === -1 ? line.length : end + 3;
    found.push({ from, to, text: line.slice(from + 4, end === -1 ? to : end) });
    at = to;
  }
}

function commentsOf(document: PolicyDocument): (line: string) => readonly Comment[] {
  // What opens with `<` is XML whatever shape it turned out to be.
  if (/^\s*</.test(document.source.text.slice(0, 200))) return inXml;
  if (document.format === 'lgpo') return inLgpo;
  return document.format === 'reg' ? inRegistry : inJson;
}

/** The exceptions that stand in the file, in order. */
export function exceptionsInComments(document: PolicyDocument): readonly Exception[] {
  const { source } = document;
  if (!source.text.includes(mark)) return [];
  const commentsIn = commentsOf(document);
  const exceptions: Exception[] = [];
  let waiting: Array<Omit<Exception, 'lines'>> = [];
  for (let line = 1; line <= source.lineCount; line += 1) {
    const text = source.line(line);
    const comments = text.includes(mark) ? commentsIn(text) : [];
    const own: Array<Omit<Exception, 'lines'>> = [];
    for (const comment of comments) {
      const said = /^\s*laps-accept\b(.*)$/s.exec(comment.text.slice(0, longest))?.[1];
      if (said === undefined) continue;
      const place = {
        line,
        column: comment.from + 1,
        endLine: line,
        endColumn: text.slice(0, comment.to).trimEnd().length + 1,
      };
      own.push({ ...wordingOf(said), where: `line ${line}`, place });
    }
    const isWhole =
      own.length > 0 &&
      comments.reduceRight((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text).trim() === '';
    if (isWhole) waiting.push(...own);
    else if (text.trim() !== '') {
      const after = comments.at(-1);
      const goesOn = after === undefined || text.slice(after.to).trim() !== '';
      const to = goesOn ? endOfSettingAt(document, commentsIn, line) : line;
      exceptions.push(...[...waiting, ...own].map((exception) => ({ ...exception, lines: { from: line, to } })));
      waiting = [];
    }
  }
  return [
    ...exceptions,
    ...waiting.map((each) => ({ ...each, lines: { from: source.lineCount, to: source.lineCount } })),
  ];
}

/** In XML and in LGPO one setting takes several lines; the comment above covers all of them. */
function endOfSettingAt(document: PolicyDocument, commentsIn: unknown, line: number): number {
  if (commentsIn === inLgpo) return line + 3;
  return commentsIn === inXml ? endOfSettingAfter(document, line) : line;
}

/** The last line of the setting that begins in this line or below it. */
function endOfSettingAfter(document: PolicyDocument, line: number): number {
  const setting = document.settings.find((each) => each.namePlace.line >= line);
  return Math.max(line, setting?.namePlace.endLine ?? line, setting?.valuePlace.endLine ?? line);
}
