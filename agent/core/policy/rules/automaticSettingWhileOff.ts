/** Four settings describe an account that is created only when automatic account management is on (spec 2.1, 6). */
import { settingNames } from '../settings.ts';
import { brokenCondition, takenAmong } from './facts.ts';
import type { Rule } from './rule.ts';

const automatic = settingNames.filter((name) => name.startsWith('AutomaticAccountManagement'));

export const automaticSettingWhileOff: Rule = {
  id: 'LAPS022',
  name: 'automatic-setting-while-off',
  severity: 'warning',
  summary: 'A setting of automatic account management stands in a policy that leaves it off.',
  hint: 'write AutomaticAccountManagementEnabled 1, or remove it',
  documentation:
    'AutomaticAccountManagementTarget, NameOrPrefix, EnableAccount and RandomizeName are read only while AutomaticAccountManagementEnabled is 1. It is off by default, and then the account must exist already: AdministratorAccountName names it.',
  roots: 'modern',
  check(context) {
    return takenAmong(context, automatic)
      .filter(({ name }) => brokenCondition(context, name) !== undefined)
      .map(({ name, setting }) => ({
        setting: name,
        message: `${name} is not used: automatic account management is off`,
        effect: 'the device ignores it and creates no account',
        place: setting.namePlace,
      }));
  },
};
