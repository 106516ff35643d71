/**
 * Instants as the directory writes them: ISO 8601 with seven fractional digits and a Z (wire 1.6, 3.2).
 *
 * Knows: ticks of 100 ns. Promises: stamps of one device increase, also within one tick and while a clock is corrected by
 * little; one that was set back by more is believed, for a stamp says when, and not in which order; adding days keeps the
 * ticks (wire 3.2, invariants). Must never: ask what time it is.
 */

export const msPerHour = 3_600_000;
export const msPerDay = 86_400_000;
const ticksPerMs = 10_000n;
const ticksPerDay = BigInt(msPerDay) * ticksPerMs;
/** A clock that goes back by no more is being kept right; by more, it was wrong before. */
const mostCorrection = 300_000n * ticksPerMs;

function ticksOf(stamp: string): bigint {
  const whole = BigInt(Date.parse(`${stamp.slice(0, 19)}Z`)) * ticksPerMs;
  return whole + BigInt(stamp.slice(20, 27));
}

function stampOfTicks(ticks: bigint): string {
  const ms = Number(ticks / ticksPerMs);
  const seconds = new Date(ms - (ms % 1000)).toISOString().slice(0, 19);
  return `${seconds}.${(ticks % 10_000_000n).toString().padStart(7, '0')}Z`;
}

/** `2026-01-05T10:20:30.1230000Z` of epoch milliseconds. */
export function stampOf(at: number): string {
  return stampOfTicks(BigInt(Math.trunc(at)) * ticksPerMs);
}

/** One tick later. */
export function tickAfter(stamp: string): string {
  return stampOfTicks(ticksOf(stamp) + 1n);
}

/** The stamp of `at`, or one tick after `previous` where that is later by less than a clock's correction. */
export function stampAfter(at: number, previous: string | undefined): string {
  const now = BigInt(Math.trunc(at)) * ticksPerMs;
  if (previous === undefined) return stampOfTicks(now);
  const next = ticksOf(previous) + 1n;
  return stampOfTicks(now < next && next - now <= mostCorrection ? next : now);
}

/** A whole number of days later, to the tick. */
export function addDays(stamp: string, days: number): string {
  return stampOfTicks(ticksOf(stamp) + BigInt(days) * ticksPerDay);
}

/** `2026-01-05T10:20:30Z`, as Graph writes instants of devices. */
export function secondOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** `2026-01-05 10:20:30Z`, as the token endpoint writes them (wire 2.4). */
export function spacedSecondOf(at: number): string {
  return secondOf(at).replace('T', ' ');
}
