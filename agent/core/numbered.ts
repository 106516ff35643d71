/**
 * Characters that command a terminal, or that nobody sees, as text that everybody sees.
 *
 * Promises: `\x1b`, `\u202e`, `\u{e0041}`, by how large the number is. Must never: say which characters those are; that
 * depends on where the text goes.
 */

/** One character, or half of one, as its number. */
export function numbered(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}
