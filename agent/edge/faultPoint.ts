/**
 * Places where a test may end this process on purpose (rotation.md 7).
 *
 * Knows: the names of the places. Promises: does nothing at all in a shipped build; the test build compiles it in and,
 * asked by LAPS_FAULT_POINT, dies there as by kill -9. Must never: do anything but die.
 */

/** Set by the bundler; undefined when run from source. */
declare const FAULT_POINTS: boolean | undefined;

/** The files whose writes have fault points. */
const durableLabels = ['journal', 'key', 'accounts', 'version', 'identity'] as const;
/** Those that there are with real accounts only. */
const realDurableLabels = ['claim'] as const;
/** What kind of file a durable write is for; the first half of its fault points' names. */
export type DurableLabel = (typeof durableLabels)[number] | (typeof realDurableLabels)[number];

/** The moments of one durable write, in order. */
const durableSteps = [
  'write.before',
  'write.created',
  'write.partial',
  'write.filled',
  'write.synced',
  'write.renamed',
  'write.after',
] as const;
/** One moment of a durable write. */
export type DurableStep = (typeof durableSteps)[number];

/** Moments apart from durable writes. */
const otherPoints = [
  'seal.erase.before',
  'seal.erase.after',
  'state.write.before',
  'state.write.after',
  'connect.after',
  'backup.before',
  'backup.after',
  'account.set.before',
  'account.set.after',
  'account.opens.after',
] as const;

/** Moments of a change to a real account. */
const realAccountPoints = [
  'account.chpasswd.started',
  'account.chpasswd.delivered',
  'account.relock.before',
  'account.relock.after',
  'account.sync.before',
  'account.sync.after',
] as const;

/**
 * Every fault point that an installation with these accounts passes, for the crash harness: name each in
 * LAPS_FAULT_POINT, `name#3` for the third time.
 */
export function faultPointNames(accounts: 'simulated' | 'linux'): string[] {
  const isReal = accounts === 'linux';
  const labels = [...durableLabels, ...(isReal ? realDurableLabels : [])];
  const durable = labels.flatMap((label) => durableSteps.map((step) => `${label}.${step}`));
  return [...durable, ...otherPoints, ...(isReal ? realAccountPoints : [])];
}

const hits = new Map<string, number>();

/** Ends the process here if a test build was told to; otherwise nothing. */
export function faultPoint(name: string): void {
  if (typeof FAULT_POINTS !== 'undefined' && FAULT_POINTS) {
    const { LAPS_FAULT_POINT: asked } = process.env;
    if (asked === undefined) return;
    const hit = (hits.get(name) ?? 0) + 1;
    hits.set(name, hit);
    if (asked !== `${name}#${hit}` && !(asked === name && hit === 1)) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal ends the process before this loop matters; it only keeps the next line from ever running.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  }
}
