/**
 * Whether the daemon still does its work: what the sign of life to a service manager stands for.
 *
 * Knows: how long a cycle may take and how late one may be. Promises: a verdict from what is given, no clock of its own.
 * Must never: call a daemon dead that only waits.
 */

/** No cycle takes longer, however slow the tenant: every exchange has a bound far below. */
export const longestCycleMs = 15 * 60_000;
/** A cycle that is due is begun within this; the machine's sleep does not count, for it stops the clock that is used. */
export const longestDelayMs = 10 * 60_000;

export interface VitalSigns {
  /** How long the cycle under way has been so; null when none is. */
  readonly cycleForMs: number | null;
  /** How long the next cycle has been due, by a clock that stands still in sleep; negative before. */
  readonly lateByMs: number;
}

/** What is wrong, in words; undefined when the daemon is alive. */
export function deathSign({ cycleForMs, lateByMs }: VitalSigns): string | undefined {
  const minutes = (ms: number): number => Math.round(ms / 60_000);
  if (cycleForMs !== null)
    return cycleForMs > longestCycleMs ? `a cycle has been under way for ${minutes(cycleForMs)} minutes` : undefined;
  return lateByMs > longestDelayMs ? `a cycle has been due for ${minutes(lateByMs)} minutes` : undefined;
}
