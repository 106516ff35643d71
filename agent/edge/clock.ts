/**
 * What time it is, and waiting.
 *
 * Knows: the two clocks of a machine: the wall, which people and certificates go by and which may jump, and the
 * monotonic one, which only ever goes forward. Promises: a wait ends early when it is called off. Must never: be asked
 * for a verdict's `now` by core; that is passed in as a value.
 */
import type { Clock } from '../core/ports.ts';

/** This machine's clocks. `monotonicMs` counts from the start of the process and stands still while the machine sleeps. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** The longest that one timer can wait; longer ones fire at once. */
const maxTimerMs = 2 ** 31 - 1;

/** Waits; true after the whole time, false when `signal` called it off. Never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  for (let left = ms; left > 0; left -= maxTimerMs) {
    if (!(await oneTimer(Math.min(left, maxTimerMs), signal))) return false;
  }
  return signal?.aborted !== true;
}

function oneTimer(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve(false);
      return;
    }
    const calledOff = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', calledOff);
      resolve(true);
    }, ms);
    signal?.addEventListener('abort', calledOff, { once: true });
  });
}
