/**
 * What keeps a daemon from starting and passes by itself.
 *
 * Knows: which errors a person has to mend and which end without one: somebody else's work, a full or read-only disk, a
 * port in use, a group that the directory does not name yet. Promises: whatever is not named here ends the daemon with
 * status 3. Must never: count a wrong word or damaged data as something to wait for.
 */
import type { LapsErrorCode } from '../errors.ts';

const passing: ReadonlySet<LapsErrorCode> = new Set([
  'ERR_LAPS_INSTANCE_RUNNING',
  'ERR_LAPS_DISK',
  'ERR_LAPS_NO_SUCH_GROUP',
  'ERR_LAPS_PORT_TAKEN',
  'ERR_LAPS_NO_TENANT',
]);

/** Whether a start that failed so is worth another try without anybody's doing. */
export function passesByItself(code: LapsErrorCode): boolean {
  return passing.has(code);
}

const firstMs = 1_000;
const longestMs = 60_000;

/** How long to wait after so many failed tries (1: the first), each time twice as long; never longer than `atMostMs`. */
export function waitBeforeTryMs(failures: number, atMostMs = longestMs): number {
  return Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs, atMostMs);
}
