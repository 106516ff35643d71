/**
 * When to look again (spec 4.1).
 *
 * Knows: the hour that Windows fixes, and how far a device may stray from it. Promises: the same device strays by the
 * same amount for ever, so that a fleet spreads out and a single device stays predictable. Must never: take part in a
 * verdict; chance may move a wake-up only (design 5).
 */
import { isoOf, msPerDay } from './time.ts';

/** Every hour, this long after the full one, in cron's words with the second before them; whole seconds below an hour. */
export function hourlyAt(afterMs: number): string {
  const seconds = Math.floor(afterMs / 1000);
  return `${seconds % 60} ${Math.floor(seconds / 60)} * * * *`;
}

/** The most that a device's cycle comes after the full hour. */
export const maxJitterMs = 5 * 60_000;

/** How long after the scheduled instant this device wakes, in milliseconds from 0 to `max` (left out). */
export function jitterMsOf(deviceId: string, max = maxJitterMs): number {
  // FNV-1a, 32 bits: no secret, only an even spread over ids that may differ in one character.
  let hash = 0x811c9dc5;
  for (let index = 0; index < deviceId.length; index += 1) {
    hash = Math.imul(hash ^ deviceId.charCodeAt(index), 0x01000193) >>> 0;
  }
  // The low bits of FNV depend on the last characters only; this stirs the high ones in.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0;
  return max <= 0 ? 0 : ((hash ^ (hash >>> 16)) >>> 0) % max;
}

/**
 * The most that all requests of one cycle take together, look-ups, proxy and waiting for answers included. Longer than a
 * rotation whose every request uses up its own half minute but one; shorter than `laps reset` waits, so that whoever asks
 * hears what came of it.
 */
export const cycleRequestsMs = 100_000;

/** A backup is not begun with less left: cut off in the middle, nobody would know whether it was stored. */
export const leastBackupMs = 10_000;

/** A look may come this long after the password has expired, for those who let it look once a day. */
const mayBeLateMs = msPerDay + maxJitterMs;

/** That the daemon looks again only long after the password has expired, in words; undefined where it does not. Epoch ms. */
export function lateLook(facts: {
  readonly nextCycleAt: number | null;
  readonly expiresAt: number | undefined;
  readonly now: number;
}): { readonly message: string; readonly hint: string } | undefined {
  const { nextCycleAt, expiresAt, now } = facts;
  if (nextCycleAt === null || expiresAt === undefined) return undefined;
  if (nextCycleAt <= Math.max(expiresAt, now) + mayBeLateMs) return undefined;
  return {
    message: `the schedule lets the password outlive its age: it expires at ${isoOf(expiresAt)}, and the next look is at ${isoOf(nextCycleAt)}`,
    hint: 'laps config set schedule with one that comes more often, or laps config unset schedule for every hour, then start the daemon again',
  };
}
