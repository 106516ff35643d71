/**
 * Text from elsewhere, made fit for a line and a terminal.
 *
 * Knows: which characters end lines, command terminals or turn the order of writing around. Promises: none of them is
 * left; each is shown as its number. Must never: be the only guard of a place that needs another encoding.
 */

/** Control characters, line and paragraph separators, marks that reorder what stands beside them, and invisible tags. */
const commanding = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** `text` cut to `max` characters, every commanding character as `\u{1b}` and the like. */
export function plainText(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.replace(commanding, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`);
}
