/** Depth is judged before parsing: the parser walks by recursion (design 9). */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const tooDeep: Rule = {
  id: 'LAPS003',
  name: 'nested-too-deep',
  severity: 'error',
  summary: 'The file nests deeper than any policy does.',
  check: (context) => reportsOf(context, 'tooDeep'),
};
