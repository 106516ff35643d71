/** No local account has a name of more than twenty characters, so none can be found under one (spec 6.3). */
import { longestName } from '../accountName.ts';
import { hindrancesAsReports } from './facts.ts';
import type { Rule } from './rule.ts';

export const accountNameTooLong: Rule = {
  id: 'LAPS025',
  name: 'account-name-too-long',
  severity: 'error',
  summary: 'An account name is longer than the 20 characters of a local account.',
  hint: `write at most ${longestName} characters`,
  documentation:
    'The account database of Windows (SAM) holds names of at most 20 characters. The Group Policy editor lets AdministratorAccountName grow to 64, but no account can exist under such a name, so the device finds none: event 10013, nothing backed up, while the policy shows as applied. Whether an automatically managed account gets such a name cut, or is not made at all, is documented nowhere.',
  roots: 'all',
  check: (context) => hindrancesAsReports(context, 'nameTooLong'),
};
