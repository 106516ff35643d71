/** A space before or after a name makes the lookup fail (spec 2.3), and nobody sees it in a console. */
import { hindrancesAsReports } from './facts.ts';
import type { Rule } from './rule.ts';

export const spacesAroundName: Rule = {
  id: 'LAPS027',
  name: 'spaces-around-name',
  severity: 'error',
  summary: 'A name begins or ends with a space.',
  hint: 'write it without the spaces',
  documentation:
    'The name is looked up as it stands. With a space before or after it, usually brought along by copying, no account is found and nothing is backed up, while Intune and Group Policy show the policy as applied. What becomes of an account that LAPS itself is to make under such a name, or of an encryption principal, is documented nowhere.',
  roots: 'all',
  check: (context) => hindrancesAsReports(context, 'spacesAround'),
};
