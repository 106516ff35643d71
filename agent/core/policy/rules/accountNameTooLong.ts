/** No local account has a name of more than twenty characters, so none can be found under one (spec 6.3). */
import { hasSuffix, longestName, lookupFails } from './names.ts';
import type { Rule } from './rule.ts';

export const accountNameTooLong: Rule = {
  id: 'LAPS025',
  name: 'account-name-too-long',
  severity: 'error',
  summary: 'An account name is longer than the 20 characters of a local account.',
  hint: `write at most ${longestName} characters`,
  documentation:
    'The account database of Windows (SAM) holds names of at most 20 characters. The Group Policy editor lets AdministratorAccountName grow to 64, but no account can exist under such a name, so the device finds none: event 10013, nothing backed up, while the policy shows as applied.',
  roots: 'all',
  check(context) {
    return context.names
      .filter((name) => name.value.trim().length > longestName && !(name.automatic && hasSuffix(context)))
      .map((name) => ({
        setting: name.setting.name,
        message: `${name.setting.name} has ${name.value.trim().length} characters; a local account has at most ${longestName}`,
        effect: lookupFails(name, context),
        place: name.setting.valuePlace,
      }));
  },
};
