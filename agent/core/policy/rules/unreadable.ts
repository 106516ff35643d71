/** The file cannot be parsed at all; a device never half-applies one (contract 4). */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const unreadable: Rule = {
  id: 'LAPS001',
  name: 'unreadable',
  severity: 'error',
  summary: 'The file is broken: cut short, not JSON, or not text.',
  check: (context) => reportsOf(context, 'unreadable'),
};
