/** A shape that is known but has no reader yet is refused with its name, not as broken JSON. */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const formatNotRead: Rule = {
  id: 'LAPS004',
  name: 'format-not-read',
  severity: 'error',
  summary: 'The shape is recognised, but this version does not read it.',
  check: (context) => reportsOf(context, 'notYet'),
};
