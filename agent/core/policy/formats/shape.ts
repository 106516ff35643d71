/**
 * The shape of a text, told by the first thing in it that says something.
 *
 * Knows: heads and first lines. Promises: linear, whatever the text. Must never: decide between the shapes of one
 * family (JSON, XML); their readers do.
 */
export type TextShape = 'json' | 'reg' | 'lgpo' | 'xml';

/** The first line that is neither blank nor a comment of LGPO or regedit. */
export function firstLine(text: string): string {
  for (let at = 0; at < text.length; ) {
    let end = at;
    while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end += 1;
    const line = text.slice(at, Math.min(end, at + 200)).trim();
    if (line !== '' && !line.startsWith(';')) return line;
    at = end + 1;
  }
  return '';
}

/** What a text is, by its first line; JSON when nothing else is recognised. */
export function shapeOf(text: string): TextShape {
  const line = firstLine(text);
  if (/^(Windows Registry Editor Version|REGEDIT4$)/i.test(line) || /^\[-?HK(EY_|LM|CU)/i.test(line)) return 'reg';
  if (line.startsWith('<')) return 'xml';
  // A comment in a semicolon's manner is not JSON whatever follows it.
  const commented = text.trimStart().startsWith(';');
  return commented || /^(Computer|User|User:.*)$/i.test(line) ? 'lgpo' : 'json';
}

/** An object or a list as PowerShell makes a text of it. */
export const isCutText = (value: string): boolean => /^(?:@\{|System\.(?:Object|Collections)\b)/.test(value);
