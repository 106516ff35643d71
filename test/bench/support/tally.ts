/**
 * What was done and what came of it: the counts that `npm run crash` prints.
 *
 * Must never: forget a violation.
 */
import type { JournalRecord } from '../../../agent/core/rotation/journal.ts';

export interface Violation {
  /** `part:case`, to be given to `--only`, with the seed. */
  readonly name: string;
  readonly what: string;
  /** The data folder, kept for whoever looks into it. */
  readonly data: string;
}

export interface Tally {
  randomKills: number;
  /** Ended before the kill came. */
  missed: number;
  faultPoints: number;
  pairs: number;
  lostReplies: number;
  daemonKills: number;
  races: number;
  holds: number;
  /** Times a real `laps recover` and `laps signin` were run. */
  signIns: number;
  /** How the rotation stood when it was killed. */
  readonly stood: Record<JournalRecord['state'] | 'absent' | 'damaged', number>;
  /** Fault points that a process died at. */
  readonly reached: Set<string>;
  readonly violations: Violation[];
  /** What went wrong in the harness itself, or was not as it should be without losing anything. */
  readonly remarks: Map<string, number>;
}

export function newTally(): Tally {
  return {
    randomKills: 0,
    missed: 0,
    faultPoints: 0,
    pairs: 0,
    lostReplies: 0,
    daemonKills: 0,
    races: 0,
    holds: 0,
    signIns: 0,
    stood: { idle: 0, prepared: 0, escrowed: 0, applied: 0, absent: 0, damaged: 0 },
    reached: new Set(),
    violations: [],
    remarks: new Map(),
  };
}

export function remark(tally: Tally, what: string): void {
  tally.remarks.set(what, (tally.remarks.get(what) ?? 0) + 1);
}

/** The last lines a person reads. */
export function summaryOf(tally: Tally): string {
  const { stood } = tally;
  const lost = new Set(tally.violations.filter(({ what }) => what.startsWith('P1')).map(({ name }) => name)).size;
  const pairs = tally.pairs === 0 ? '' : ` and ${tally.pairs} pairs of them`;
  const counts = [
    `${tally.randomKills} random kills`,
    `${tally.faultPoints} kills at ${tally.reached.size} fault points${pairs}`,
    `${tally.lostReplies} lost replies`,
    `${tally.daemonKills} daemon kills`,
    `${tally.races} races`,
  ].join(', ');
  const states = `idle ${stood.idle}, prepared ${stood.prepared}, escrowed ${stood.escrowed}, applied ${stood.applied}`;
  const first = stood.absent === 0 ? '' : `, before the first journal ${stood.absent}`;
  const lines = [
    `${counts}: ${lost} passwords lost, ${tally.holds} holds shown, ${tally.violations.length} violations`,
    `the rotation at the kills: ${states}${first}; ${tally.missed} ended before the kill came`,
    `read back and signed in by real commands: ${tally.signIns} times`,
    ...[...tally.remarks].map(([what, count]) => `remark (${count}): ${what}`),
    ...tally.violations.map(({ name, what, data }) => `VIOLATION ${name}: ${what} (data kept in ${data})`),
  ];
  return `${lines.join('\n')}\n`;
}
