/** One file speaks for one root, once: the roots are never merged (spec 1.2), so a file for two would be. */
import { refusalOf } from '../read.ts';
import { refusedEffect, reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const mixedRoots: Rule = {
  id: 'LAPS005',
  name: 'mixed-roots',
  severity: 'error',
  summary: 'The file speaks for two roots, or for another root than its name does.',
  check(context) {
    const { document, os, root } = context;
    if (document.problems.length > 0) return reportsOf(context, 'mixedRoots');
    const refusal = refusalOf(document, root, os);
    if (refusal?.kind !== 'mixedRoots') return [];
    const { message, hint, place } = refusal;
    return [{ message, effect: refusedEffect, ...(hint && { hint }), place }];
  },
};
