/**
 * The names of accounts in a file.
 *
 * Knows: which settings hold a name. Promises: a name that the device does not look at is not returned. Must never: say
 * what is wrong with one; hindrance.ts does.
 */
import { isSettingName } from '../settings.ts';
import { brokenCondition, takenSetting } from './facts.ts';
import type { FileView, GivenName } from './rule.ts';

const settings = ['AdministratorAccountName', 'AutomaticAccountManagementNameOrPrefix', 'AdminAccountName'] as const;

/** The account names that a device would use, empty ones aside. */
export function namesIn(view: Pick<FileView, 'given' | 'policy'>): readonly GivenName[] {
  const names: GivenName[] = [];
  for (const name of settings) {
    const taken = takenSetting(view, name);
    if (taken === undefined || typeof taken.value !== 'string' || taken.value === '') continue;
    if (isSettingName(name) && brokenCondition(view, name) !== undefined) continue;
    const automatic = name === 'AutomaticAccountManagementNameOrPrefix';
    names.push({ setting: taken.setting, value: taken.value, automatic });
  }
  return names;
}

/** Whether the automatic account gets a random suffix. */
export const hasSuffix = (view: FileView): boolean =>
  view.policy.settings.AutomaticAccountManagementRandomizeName.value === 1;
