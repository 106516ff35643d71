/** Depth is judged before parsing: the parser walks by recursion (design 9). */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const tooDeep: Rule = {
  id: 'LAPS003',
  name: 'nested-too-deep',
  severity: 'error',
  summary: 'The file nests deeper than any policy does.',
  hint: 'a policy is one flat object of settings',
  documentation:
    'Depth is judged before parsing: a file that nests thousands of levels is made to break parsers, and no policy nests that deep.',
  roots: 'all',
  acceptable: false,
  check: (context) => reportsOf(context, 'tooDeep'),
};
