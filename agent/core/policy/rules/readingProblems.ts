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
export function reportOf({ message, hint, place }: ReadingProblem): Report {
  return { message, effect: refusedEffect, ...(hint && { hint }), place };
}

export function reportsOf(context: RuleContext, kind: ReadingProblem['kind']): readonly Report[] {
  return context.document.problems.filter((problem) => problem.kind === kind).map(reportOf);
}
