/** An empty name is not nothing: it stands for another account than an author may think (spec 2.3). */
import { brokenCondition, takenSetting } from './facts.ts';
import type { Report, Rule } from './rule.ts';

export const accountNameEmpty: Rule = {
  id: 'LAPS024',
  name: 'account-name-empty',
  severity: 'info',
  summary: 'An account name is given and empty.',
  hint: 'remove the setting where that is meant; the effect is the same and easier to see',
  documentation:
    'An empty AdministratorAccountName stands for the built-in Administrator, found by RID 500 whatever it is called. An empty AutomaticAccountManagementNameOrPrefix counts as not set and yields WLapsAdmin.',
  roots: 'modern',
  check(context) {
    const found: Report[] = [];
    for (const [name, effect] of [
      ['AdministratorAccountName', 'the device manages the built-in Administrator (RID 500)'],
      ['AutomaticAccountManagementNameOrPrefix', 'the device uses the default, WLapsAdmin'],
    ] as const) {
      const taken = takenSetting(context, name);
      if (taken?.value !== '' || brokenCondition(context, name) !== undefined) continue;
      found.push({ setting: name, message: `${name} is empty`, effect, place: taken.setting.valuePlace });
    }
    return found;
  },
};
