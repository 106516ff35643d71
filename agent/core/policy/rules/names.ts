/**
 * The names of accounts in a file, and what a local account of Windows may be called.
 *
 * Knows: which settings hold a name, and the rules of the account database (SAM). Promises: a name that the device does
 * not look at is not returned. Must never: report; each mistake has a rule of its own.
 */
import { isSettingName } from '../settings.ts';
import { brokenCondition } from './facts.ts';
import type { FileView, TakenSetting } from './rule.ts';

/** SAM allows no longer name, in characters; legacy and modern LAPS alike look it up there. */
export const longestName = 20;
/** What is left of a prefix once its random suffix is added (spec 6.3, 13 row 1: six digits). */
export const longestPrefix = 14;

const forbidden = '"/\\[]:;|=,+*?<>@';

export interface GivenName extends TakenSetting {
  readonly setting: TakenSetting['setting'];
  readonly value: string;
  /** Whether LAPS creates the account itself under this name. */
  readonly automatic: boolean;
}

const settings = ['AdministratorAccountName', 'AutomaticAccountManagementNameOrPrefix', 'AdminAccountName'] as const;

/** The account names that a device would use, empty ones aside. */
export function namesIn(view: FileView): readonly GivenName[] {
  return settings.flatMap((name) => {
    const taken = view.taken.get(name);
    if (taken === undefined || typeof taken.value !== 'string' || taken.value === '') return [];
    if (isSettingName(name) && brokenCondition(view, name) !== undefined) return [];
    return [
      { setting: taken.setting, value: taken.value, automatic: name === 'AutomaticAccountManagementNameOrPrefix' },
    ];
  });
}

/** Characters of a name that no local account may have, each once. */
export function forbiddenIn(name: string): readonly string[] {
  return [...new Set(name)].filter((character) => forbidden.includes(character) || character < ' ');
}

/** Whether the automatic account gets a random suffix. */
export const hasSuffix = (view: FileView): boolean =>
  view.policy.settings.AutomaticAccountManagementRandomizeName.value === 1;

/** What a device does with a name under which no account can exist. */
export function lookupFails(name: GivenName): string {
  return name.automatic
    ? 'the device cannot create an account of this name'
    : 'the device finds no such account and backs nothing up (event 10013), though the policy shows as applied';
}
