/** Size is judged before content: a policy is a few hundred bytes. */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const tooLarge: Rule = {
  id: 'LAPS002',
  name: 'too-large',
  severity: 'error',
  summary: 'The file is larger, or holds more members, than any policy does.',
  hint: 'name the policy itself, not an archive or an inventory',
  documentation:
    'A policy is a few hundred bytes and its exports a few megabytes at most. A larger file is not looked into, so that no file can make a device spend memory or time.',
  roots: 'all',
  acceptable: false,
  check: (context) => reportsOf(context, 'tooLarge'),
};
