/** A prefix gives way to its random suffix: what is too long is cut (spec 6.3, 13 row 1). */
import { longestName, longestPrefix } from '../accountName.ts';
import { effective } from './facts.ts';
import { hasSuffix } from './names.ts';
import type { Rule } from './rule.ts';

export const prefixCut: Rule = {
  id: 'LAPS028',
  name: 'prefix-cut',
  severity: 'warning',
  summary: 'AutomaticAccountManagementNameOrPrefix is too long to keep whole beside its random suffix.',
  hint: `write at most ${longestPrefix} characters`,
  documentation:
    'With AutomaticAccountManagementRandomizeName 1 the account is called after the prefix and a random number, at most 20 characters together. Six digits are added, so 14 characters of the prefix are kept; an older text of the template speaks of eight digits and 12 characters.',
  roots: 'modern',
  check(context) {
    if (!hasSuffix(context)) return [];
    const isBuiltIn = effective(context, 'AutomaticAccountManagementTarget') === 0;
    const called = isBuiltIn
      ? 'whether the built-in Administrator takes such a name is documented nowhere; if so, it is'
      : 'the device cuts it: the account is called';
    return context.names
      .filter((name) => name.automatic && name.value.trim().length > longestPrefix)
      .map((name) => ({
        setting: name.setting.name,
        message: `the prefix has ${name.value.trim().length} characters; ${longestPrefix} remain beside the random suffix`,
        effect: `${called} ${name.value.trim().slice(0, longestPrefix)} and ${longestName - longestPrefix} digits`,
        place: name.setting.valuePlace,
      }));
  },
};
