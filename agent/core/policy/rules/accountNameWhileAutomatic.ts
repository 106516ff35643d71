/** With automatic account management LAPS chooses the account; the other name is ignored (spec 6.1). */
import { longestName, longestPrefix } from '../accountName.ts';
import { inQuotes } from '../text.ts';
import { brokenCondition, effective, takenSetting } from './facts.ts';
import { hasSuffix } from './names.ts';
import type { Rule } from './rule.ts';

export const accountNameWhileAutomatic: Rule = {
  id: 'LAPS023',
  name: 'account-name-while-automatic',
  severity: 'warning',
  summary: 'AdministratorAccountName stands in a policy that switches automatic account management on.',
  hint: 'name the account with AutomaticAccountManagementNameOrPrefix, and remove AdministratorAccountName',
  documentation:
    'With AutomaticAccountManagementEnabled 1 the device manages the built-in Administrator (target 0) or an account that it creates itself (target 1), and AdministratorAccountName is ignored.',
  roots: 'modern',
  check(context) {
    const name = takenSetting(context, 'AdministratorAccountName');
    if (name === undefined || name.value === '' || brokenCondition(context, 'AdministratorAccountName') === undefined)
      return [];
    const own = String(effective(context, 'AutomaticAccountManagementNameOrPrefix'));
    const called = hasSuffix(context)
      ? `${inQuotes(own.trim().slice(0, longestPrefix))} and ${longestName - longestPrefix} digits`
      : inQuotes(own);
    const target =
      effective(context, 'AutomaticAccountManagementTarget') === 0
        ? 'the built-in Administrator'
        : `its own account ${called}`;
    return [
      {
        setting: 'AdministratorAccountName',
        message: 'AdministratorAccountName is not used: automatic account management chooses the account',
        effect: `the device manages ${target} instead`,
        place: name.setting.namePlace,
      },
    ];
  },
};
