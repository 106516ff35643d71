/** The file cannot be parsed at all; a device never half-applies one (contract 4). */
import { reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const unreadable: Rule = {
  id: 'LAPS001',
  name: 'unreadable',
  severity: 'error',
  summary: 'The file is broken: cut short, not JSON, or not text.',
  hint: 'correct the place shown; in an editor, laps.schema.json shows it while typing',
  documentation:
    'A device never half-applies a file: one that cannot be parsed to its end is refused whole (event 50001), and the policy that was in force stays. Typical causes are a file that was cut short in copying, a comma too many, and an encoding other than UTF-8 or UTF-16 with a byte order mark. An export of Intune that PowerShell has cut is such a file: ConvertTo-Json without -Depth makes texts such as @{...} or System.Object[] of what lies deeper than two levels.',
  roots: 'all',
  acceptable: false,
  check: (context) => reportsOf(context, 'unreadable'),
};
