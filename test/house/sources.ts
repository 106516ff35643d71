/**
 * The source files as tokens, for the tests that hold the house in order.
 *
 * Knows: as much of TypeScript's grammar as tells code from comments, strings, templates and regular expressions.
 * Promises: a name in a comment or a string is never taken for code. Must never: need the compiler; these tests are fast.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const projectFolder: string = fileURLToPath(new URL('../../', import.meta.url));

/** Installed, built or run, as .gitignore has it. */
const passedOver = /^(node_modules|\.git|\.laps|coverage|dist(-\w+)?)$/;

/** Paths of files under a folder of the project, `/` between parts, sorted; what is built or installed is passed over. */
export function filesUnder(folder: string): string[] {
  return readdirSync(`${projectFolder}${folder}`, { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return passedOver.test(entry.name) ? [] : filesUnder(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** A file's text. */
export function textOf(path: string): string {
  return readFileSync(`${projectFolder}${path}`, 'utf8');
}

/** Hand-written TypeScript under a folder. */
export function sourcesUnder(folder: string): string[] {
  return filesUnder(folder).filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
}

export interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  /** A word or mark as written; of a string, what is between the quotes. */
  readonly text: string;
  readonly line: number;
}

const wordStart = /[\p{L}_$#\d]/u;
const wordPart = /[\p{L}_$#\d]/u;
/** Words after which a slash begins a regular expression. */
const beforeExpression = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'await', 'yield']);

function beginsRegExp(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'text') return false;
  if (previous.kind === 'word') return beforeExpression.has(previous.text);
  return ![')', ']', '}'].includes(previous.text);
}

/** Takes a source apart. Comments are left out; regular expressions become the text token ''. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const skipTo = (end: number): string => {
    const passed = source.slice(at, end);
    line += passed.split('\n').length - 1;
    at = end;
    return passed;
  };
  const endOf = (needle: string): number => {
    const found = source.indexOf(needle, at + 2);
    return found < 0 ? source.length : found + needle.length;
  };
  const quoted = (quote: string): number => {
    let end = at + 1;
    while (end < source.length && source[end] !== quote) end += source[end] === '\\' ? 2 : 1;
    return Math.min(end + 1, source.length);
  };
  const regExpEnd = (): number => {
    let end = at + 1;
    let inClass = false;
    while (end < source.length && (inClass || source[end] !== '/')) {
      if (source[end] === '[') inClass = true;
      if (source[end] === ']') inClass = false;
      end += source[end] === '\\' ? 2 : 1;
    }
    end++;
    while (end < source.length && /[a-z]/.test(source[end] ?? '')) end++;
    return end;
  };
  /** A template up to its end; what stands in `${…}` is code. */
  const template = (): void => {
    const begun = line;
    let text = '';
    skipTo(at + 1);
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') text += skipTo(at + 2);
      else if (source.startsWith('${', at)) {
        skipTo(at + 2);
        code('}');
        skipTo(at + 1);
      } else text += skipTo(at + 1);
    }
    skipTo(at + 1);
    tokens.push({ kind: 'text', text, line: begun });
  };
  /** Code up to an unmatched `stop`, or to the end. */
  const code = (stop: '}' | undefined): void => {
    let depth = 0;
    while (at < source.length) {
      const here = source[at] ?? '';
      if (here === stop && depth === 0) return;
      if (source.startsWith('//', at)) skipTo(source.indexOf('\n', at) < 0 ? source.length : source.indexOf('\n', at));
      else if (source.startsWith('/*', at)) skipTo(endOf('*/'));
      else if (here === "'" || here === '"') {
        const begun = line;
        tokens.push({ kind: 'text', text: skipTo(quoted(here)).slice(1, -1), line: begun });
      } else if (here === '`') template();
      else if (here === '/' && beginsRegExp(tokens.at(-1))) {
        tokens.push({ kind: 'text', text: '', line });
        skipTo(regExpEnd());
      } else if (wordStart.test(here)) {
        let end = at;
        while (end < source.length && wordPart.test(source[end] ?? '')) end++;
        tokens.push({ kind: 'word', text: skipTo(end), line });
      } else {
        if (!/\s/.test(here)) tokens.push({ kind: 'mark', text: here, line });
        if (here === '{') depth++;
        if (here === '}') depth--;
        skipTo(at + 1);
      }
    }
  };
  code(undefined);
  return tokens;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Gone at run time: `import type`, `export type … from`, `typeof import(…)`. */
  readonly typeOnly: boolean;
}

/** What a file imports: `import … from`, `export … from`, `import '…'`, `import('…')`. */
export function importsOf(source: string): Import[] {
  const tokens = tokensOf(source);
  const found: Import[] = [];
  const is = (index: number, text: string): boolean => {
    const token = tokens[index];
    return token !== undefined && token.kind !== 'text' && token.text === text;
  };
  for (const [index, token] of tokens.entries()) {
    const importing = is(index, 'import');
    if (token.kind !== 'word' || (!importing && token.text !== 'export')) continue;
    if (is(index - 1, '.') || is(index + 1, '.') || is(index + 1, ':')) continue;
    const { line } = token;
    if (importing && is(index + 1, '(')) {
      const named = tokens[index + 2];
      const specifier = named?.kind === 'text' ? named.text : '(computed)';
      found.push({ specifier, line, typeOnly: is(index - 1, 'typeof') });
      continue;
    }
    const next = tokens[index + 1];
    if (importing && next?.kind === 'text') {
      found.push({ specifier: next.text, line, typeOnly: false });
      continue;
    }
    const typeOnly = is(index + 1, 'type') && !is(index + 2, 'from') && !is(index + 2, ',');
    const first = index + (typeOnly ? 2 : 1);
    if (!importing && !is(first, '{') && !is(first, '*')) continue;
    // To the `from` of this statement: names, commas, braces, `as`, `type` and `*` stand between, nothing else.
    let end = first;
    while (tokens[end] && !is(end, 'from') && (tokens[end]?.kind === 'word' || /[{},*]/.test(tokens[end]?.text ?? '')))
      end++;
    const named = tokens[end + 1];
    if (is(end, 'from') && named?.kind === 'text') found.push({ specifier: named.text, line, typeOnly });
  }
  return found;
}

export interface Use {
  readonly name: string;
  readonly line: number;
}

/** Words that declare the name after them; a name the file declares is its own, not the global. */
const declaring = new Set(['function', 'const', 'let', 'class', 'interface', 'type']);

/** Where a file uses one of these globals: `Date`, or a member, `Math.random`. Own names and property keys are not uses. */
export function globalsUsed(source: string, names: readonly string[]): Use[] {
  const tokens = tokensOf(source);
  const words = new Set(
    tokens.flatMap((token, index) => {
      const before = tokens[index - 1];
      return before?.kind === 'word' && declaring.has(before.text) ? [token.text] : [];
    }),
  );
  const markAt = (index: number): string => {
    const token = tokens[index];
    return token?.kind === 'mark' ? token.text : '';
  };
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || words.has(token.text)) return [];
    if (markAt(index - 1) === '.' && markAt(index - 2) !== '.') return [];
    const isKey =
      markAt(index + 1) === ':' &&
      (['{', ',', '(', ';'].includes(markAt(index - 1)) || tokens[index - 1]?.text === 'readonly');
    if (isKey || (markAt(index + 1) === '?' && markAt(index + 2) === ':')) return [];
    const member = markAt(index + 1) === '.' ? `${token.text}.${tokens[index + 2]?.text}` : '';
    const name = names.find((each) => each === token.text || each === member);
    return name === undefined ? [] : [{ name, line: token.line }];
  });
}
