/** Size is judged before content: a policy is a few hundred bytes. */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const tooLarge: Rule = {
  id: 'LAPS002',
  name: 'too-large',
  severity: 'error',
  summary: 'The file is larger, or holds more members, than any policy does.',
  check: (context) => reportsOf(context, 'tooLarge'),
};
