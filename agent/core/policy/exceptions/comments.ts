/**
 * Exceptions in comments of the policy file itself: on the line above what they accept.
 *
 * Knows: how each shape writes a comment. Promises: looks at whole-line comments only, and at nothing in a file that
 * never says `laps-accept`. Must never: take a text inside a value for a comment.
 */
import type { PolicyDocument } from '../document.ts';
import { type Exception, wordingOf } from './exception.ts';

const mark = 'laps-accept';
const inJson = /^\s*(?:\/\/\s*laps-accept\b(.*)|\/\*\s*laps-accept\b(.*?)\*\/\s*)$/;
const inRegistry = /^\s*;\s*laps-accept\b(.*)$/;
const inXml = /^\s*<!--\s*laps-accept\b(.*?)-->\s*$/;

function patternOf(document: PolicyDocument): RegExp {
  // What opens with `<` is XML whatever shape it turned out to be.
  if (/^\s*</.test(document.source.text.slice(0, 200))) return inXml;
  return document.format === 'reg' || document.format === 'lgpo' ? inRegistry : inJson;
}

/** The exceptions that stand in the file, in order. */
export function exceptionsInComments(document: PolicyDocument): readonly Exception[] {
  const { source } = document;
  if (!source.text.includes(mark)) return [];
  const pattern = patternOf(document);
  const exceptions: Exception[] = [];
  let waiting: Array<Omit<Exception, 'lines'>> = [];
  for (let line = 1; line <= source.lineCount; line += 1) {
    const text = source.line(line);
    const found = text.length > 2000 ? null : pattern.exec(text);
    if (found !== null) {
      const column = text.search(/\S/) + 1;
      waiting.push({
        ...wordingOf(found[1] ?? found[2] ?? ''),
        where: `line ${line}`,
        place: { line, column, endLine: line, endColumn: text.trimEnd().length + 1 },
      });
    } else if (waiting.length > 0 && text.trim() !== '') {
      const to = pattern === inXml ? endOfSettingAfter(document, line) : line;
      exceptions.push(...waiting.map((exception) => ({ ...exception, lines: { from: line, to } })));
      waiting = [];
    }
  }
  return [
    ...exceptions,
    ...waiting.map((each) => ({ ...each, lines: { from: source.lineCount, to: source.lineCount } })),
  ];
}

/** In XML one setting takes several lines; the comment above covers all of them. */
function endOfSettingAfter(document: PolicyDocument, line: number): number {
  const setting = document.settings.find((each) => each.namePlace.line >= line);
  return Math.max(line, setting?.namePlace.endLine ?? line, setting?.valuePlace.endLine ?? line);
}
