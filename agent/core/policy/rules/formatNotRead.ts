/** A shape that is known but has no reader yet is refused with its name, not as broken JSON. */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const formatNotRead: Rule = {
  id: 'LAPS004',
  name: 'format-not-read',
  severity: 'error',
  summary: 'The shape is recognised, but this version does not read it.',
  hint: 'convert it, or write the settings as native JSON',
  documentation:
    'The content is recognised as a shape of policy that this version has no reader for, so nothing is said about its settings and a device does not take it.',
  roots: 'all',
  acceptable: false,
  check: (context) => reportsOf(context, 'notYet'),
};
