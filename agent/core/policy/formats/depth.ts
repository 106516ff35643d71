/**
 * How deep JSON is nested, counted before it is parsed: jsonc-parser walks by recursion and overflows the stack.
 *
 * Knows: strings, escapes and comments as far as brackets inside them do not count. Promises: one pass, no recursion.
 * Must never: judge anything but depth.
 */

/** No policy nests deeper than three; an export of other tools stays well below this. */
export const maxDepth = 64;

/** Offset just past a string that opens at `from`; a raw line end closes it too, as in the parser. */
function pastString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 92) at += 1;
    else if (unit === 34) return at + 1;
    else if (unit === 10 || unit === 13) return at;
  }
  return text.length;
}

function pastComment(text: string, from: number): number | undefined {
  const opening = text.slice(from, from + 2);
  if (opening === '/*') {
    const end = text.indexOf('*/', from + 2);
    return end === -1 ? text.length : end + 2;
  }
  if (opening !== '//') return undefined;
  for (let at = from + 2; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || unit === 13) return at;
  }
  return text.length;
}

/** The offset of the first bracket that opens past {@link maxDepth}, or undefined when nothing does. */
export function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const unit = text.charCodeAt(at);
    if (unit === 34) at = pastString(text, at);
    else if (unit === 47) at = pastComment(text, at) ?? at + 1;
    else {
      if (unit === 123 || unit === 91) depth += 1;
      else if (unit === 125 || unit === 93) depth -= 1;
      if (depth > maxDepth) return at;
      at += 1;
    }
  }
  return undefined;
}
