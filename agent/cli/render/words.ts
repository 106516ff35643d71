/**
 * Small turns of phrase that several verbs share: counts, durations, instants.
 *
 * Promises: durations in at most two units; instants in the reader's own time zone. Must never: ask what time it is.
 */

import { msPerDay, msPerHour } from '../../core/time.ts';

/** `1 file`, `2 files`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `a`, `a or b`, `a, b or c`. */
export const listed = (words: readonly string[], last: 'and' | 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;

const units: ReadonlyArray<readonly [string, number]> = [
  ['d', msPerDay],
  ['h', msPerHour],
  ['min', 60_000],
  ['s', 1000],
];

/** A length of time for people: `58 min`, `2 d 3 h`, `0.21 s`; in ms. */
export function durationText(durationMs: number): string {
  const whole = Math.abs(durationMs);
  if (whole < 10_000) return `${Number((whole / 1000).toFixed(2))} s`;
  const first = units.findIndex(([, size]) => whole >= size);
  const parts: string[] = [];
  let rest = Math.round(whole / 1000) * 1000;
  for (const [unit, size] of units.slice(first, first + 2)) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number > 0) parts.push(`${number} ${unit}`);
  }
  return parts.join(' ');
}

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
