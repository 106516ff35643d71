/**
 * Small turns of phrase that several verbs share: counts, lists, instants.
 *
 * Promises: instants in the reader's own time zone. Must never: ask what time it is.
 */

/** `1 file`, `2 files`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `a`, `a or b`, `a, b or c`. */
export const listed = (words: readonly string[], last: 'and' | 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;

/** `22 Dec 2026 11:06` for epoch ms; in the machine's time zone unless another is named. */
export function instantText(at: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone !== undefined && { timeZone }),
  });
  return format.format(at).replace(',', '').replace('Sept', 'Sep');
}
