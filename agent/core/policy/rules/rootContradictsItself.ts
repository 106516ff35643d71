/** A file that stands for a root is what a device got; two policies in it that contradict each other cannot both be (spec 12.5). */
import { contradictions, reportOf } from './clashes.ts';
import { refusedEffect } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const rootContradictsItself: Rule = {
  id: 'LAPS060',
  name: 'root-contradicts-itself',
  severity: 'error',
  summary: 'A file of a policy folder holds policies that give a setting different values.',
  hint: 'keep one of the policies in the file, or give them the same values',
  documentation:
    'csp.json and its like stand for what a device got. A file of several policies may stand there as long as they say the same or speak of different settings, for then all of them arrive. Where two give one setting different values, Intune reports a conflict and sends neither, and which of two GPOs wins is not told in the file. So the device takes none of it and keeps the policy it had.',
  roots: 'all',
  acceptable: false,
  check(context) {
    if (context.neighbours.siblings.length === 0 || context.namedRoot === undefined) return [];
    return contradictions(context).flatMap((each) =>
      reportOf(context, each).map((report) => ({ ...report, effect: refusedEffect })),
    );
  },
};
