/**
 * How often a device may do something: at most so many in any hour.
 *
 * Knows: instants by key, in memory. Promises: a refusal says when it is worth asking again. Must never: grow without
 * bound: keys that were quiet for an hour are dropped.
 */
import { msPerHour } from './instants.ts';

export interface RateLimit {
  /** Undefined: go ahead, it is counted. A number: seconds to wait. */
  take(key: string, at: number): number | undefined;
  clear(): void;
}

/** `perHour` 0 or less sets no limit. */
export function createRateLimit(perHour: number): RateLimit {
  const taken = new Map<string, number[]>();
  return {
    take(key, at) {
      if (perHour <= 0) return undefined;
      if (taken.size > 1_000) {
        for (const [old, times] of taken) if ((times.at(-1) ?? 0) <= at - msPerHour) taken.delete(old);
      }
      // A clock set back must not lock a device out: what lies in the future does not count.
      const recent = (taken.get(key) ?? []).filter((time) => time > at - msPerHour && time <= at);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= perHour) {
        taken.set(key, recent);
        return Math.max(1, Math.ceil((oldest + msPerHour - at) / 1000));
      }
      taken.set(key, [...recent, at]);
      return undefined;
    },
    clear: () => taken.clear(),
  };
}
