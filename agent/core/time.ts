/**
 * Instants: epoch milliseconds inside, ISO text and FILETIME only where they are written or read (design 6). And lengths
 * of time for people, in at most two units.
 *
 * The one file of core that may name `Date`, and only to turn a number given to it into text or back. It never asks
 * what time it is.
 */

export const msPerHour = 3_600_000;
export const msPerDay = 86_400_000;

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

/** Milliseconds between 1601-01-01 and 1970-01-01, the two epochs. */
const filetimeEpochMs = 11_644_473_600_000n;

/** ISO 8601 in UTC, or null for an instant that no calendar holds. */
export function isoOf(at: number): string | null {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : null;
}

/** Epoch milliseconds of an ISO 8601 text with up to seven fractional digits, or undefined. */
export function instantOfIso(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** FILETIME (100 ns ticks since 1601, UTC) as decimal text: it is past what a JSON number holds exactly (spec 10). */
export function filetimeOf(at: number): string {
  return ((BigInt(Math.trunc(at)) + filetimeEpochMs) * 10_000n).toString();
}

/** Epoch milliseconds of a FILETIME written by {@link filetimeOf}, or undefined when the text is none. */
export function instantOfFiletime(text: string): number | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  return Number(BigInt(text) / 10_000n - filetimeEpochMs);
}
