/**
 * Reads Retry-After (RFC 9110 10.2.3), for the tenant that asks for patience.
 *
 * Promises: an instant within a day from now, or nothing. Must never: believe a server that says ten years, or take a
 * past date as a reason to hurry.
 */
import { LapsError } from '../core/errors.ts';
import { patienceMs } from '../core/rotation/transition.ts';
import { isoOf } from '../core/time.ts';

/** What to do where the moment is told. */
export const patienceHint =
  'run it again after that moment; a password that is due is rotated by the daemon without being asked';

/** What a person who asks is told: `message`, and until when the server asked for patience, where it said. */
export function busyError(message: string, headers: Readonly<Record<string, string>>, now: number): LapsError {
  const retryAt = retryAtOf(headers, now);
  return new LapsError('ERR_LAPS_TENANT_THROTTLED', {
    message: retryAt === undefined ? message : `${message}, and asks for patience until ${isoOf(retryAt) ?? 'later'}`,
    hint: retryAt === undefined ? 'try again later' : 'run it again after that moment',
  });
}

/**
 * Epoch milliseconds before which the server asked not to be asked again; undefined for an absent or unreadable value, and
 * for a moment that is not in the future: there is nothing to wait for.
 * Seconds and HTTP-dates are read; more than a day is taken as a day (rotation.md 3). A date is one of the server's clock,
 * so it is measured from the server's own Date where it gave one: a device whose clock is wrong waits no longer for it.
 */
export function retryAtOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d+$/.test(text)) return after(now, Number(text) * 1000);
  const at = instantOf(text);
  if (at === undefined) return undefined;
  const from = instantOf(headers['date']?.trim() ?? '') ?? now;
  return after(now, at - from);
}

function after(now: number, ms: number): number | undefined {
  return ms > 0 ? now + Math.min(ms, patienceMs) : undefined;
}

function instantOf(text: string): number | undefined {
  // Date.parse alone would take "10" or "-5" for a year: an HTTP-date starts with a day's name.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
