/** Names that the account database refuses, so that no account can carry them. */
import { hindrancesAsReports } from './facts.ts';
import type { Rule } from './rule.ts';

export const accountNameIllegal: Rule = {
  id: 'LAPS026',
  name: 'account-name-illegal',
  severity: 'error',
  summary: 'An account name holds characters, or ends in a way, that no local account may have.',
  hint: 'write letters, digits, spaces inside, -, _ and dots inside',
  documentation:
    'A local account name may not hold any of " / \\ [ ] : ; | = , + * ? < > @ nor control characters, may not end with a dot, and may not be made of dots and spaces only. It stands alone: DOMAIN\\name, .\\name and name@domain are ways to sign in, not names. Under anything else the device finds no account (event 10013), or cannot create one. Of a prefix only what is kept of it is judged, and since digits stand behind it, it may end with a dot.',
  roots: 'all',
  check: (context) => hindrancesAsReports(context, 'nameIllegal'),
};
