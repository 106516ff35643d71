/**
 * What the five reading rules share: a problem the reader met becomes a report.
 *
 * Promises: the effect on the device is told the same way for all of them. Must never: judge.
 */
import type { ReadingProblem } from '../document.ts';
import type { Report, RuleContext } from './rule.ts';

/** What a device does with a file it cannot read as policy (contract 4, event 50001). */
export const refusedEffect = 'the device does not take this file and keeps the policy it had';

/** One problem as a report. */
export function reportOf({ message, hint, setting, place }: ReadingProblem): Report {
  return { ...(setting !== undefined && { setting }), message, effect: refusedEffect, ...(hint && { hint }), place };
}

/** The shapes that laps.schema.json knows; the rule's own hint speaks of it. */
const inSchema = 'native';
const elsewhere = 'correct the place shown, or export the file again in full';

export function reportsOf({ document }: RuleContext, kind: ReadingProblem['kind']): readonly Report[] {
  return document.problems
    .filter((problem) => problem.kind === kind)
    .map((problem) => reportOf(document.format === inSchema ? problem : { hint: elsewhere, ...problem }));
}
