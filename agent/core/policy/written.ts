/**
 * How a value is spelt in the shape that a file has, so that a hint can be followed to the letter.
 *
 * Knows: which shapes escape a backslash, and that a `.reg` file counts in sixteens. Promises: what a hint says to write,
 * written so, is read back as what was meant. Must never: write a file; formats/write.ts does.
 */
import type { PolicyFormat } from './document.ts';

const isJson = (format: PolicyFormat): boolean => format === 'native' || format === 'intune' || format === 'omauri';
const inXml: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A text as the shape holds it: `"CONTOSO\\x"` in JSON and `.reg`, `CONTOSO\x` where nothing is escaped. */
export function writtenText(text: string, format: PolicyFormat): string {
  if (isJson(format)) return JSON.stringify(text);
  if (format === 'reg') return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const isXml = format === 'syncml' || format === 'policyrules' || format === 'gporeport';
  return isXml ? text.replace(/[&<>]/g, (each) => inXml[each] ?? each) : text;
}

const escapes: Readonly<Record<string, string>> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' };

/**
 * The text that was meant where a single backslash was lost: JSON takes it with the next letter for another character, a
 * `.reg` file drops it. Undefined where none was. `raw` is the value as it stands in the file, its quotes included.
 */
export function meantText(value: string, format: PolicyFormat, raw: string): string | undefined {
  if (isJson(format)) {
    const meant = value.replace(/[\b\f\n\r\t]/g, (each) => `\\${escapes[each]}`);
    return meant === value ? undefined : meant;
  }
  if (format !== 'reg' || !/^".*"$/s.test(raw)) return undefined;
  const meant = raw.slice(1, -1).replace(/\\([\\"])|\\/g, (_, escaped: string | undefined) => escaped ?? '\\');
  return meant === value ? undefined : meant;
}

/** `dword:0000001e`: a number as a `.reg` file holds it. */
export const writtenDword = (value: number): string => `dword:${value.toString(16).padStart(8, '0')}`;
