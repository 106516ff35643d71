/**
 * The names of accounts in a file, and what a local account of Windows may be called.
 *
 * Knows: which settings hold a name, and the rules of the account database (SAM). Promises: a name that the device does
 * not look at is not returned. Must never: report; each mistake has a rule of its own.
 */
import { isSettingName } from '../settings.ts';
import { brokenCondition, takenSetting } from './facts.ts';
import type { FileView, GivenName } from './rule.ts';

/** SAM allows no longer name, in characters; legacy and modern LAPS alike look it up there. */
export const longestName = 20;
/** What is left of a prefix once its random suffix is added (spec 6.3, 13 row 1: six digits). */
export const longestPrefix = 14;

const forbidden = '"/\\[]:;|=,+*?<>@';

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

/** A name is looked through so far; what is longer is too long, and that is told by itself. */
const lookedAt = 1024;

/** Characters of a name that no local account may have, each once; half a character (a lone surrogate) is one. */
export function forbiddenIn(name: string): readonly string[] {
  const found = new Set<string>();
  for (const character of name.slice(0, lookedAt))
    if (forbidden.includes(character) || isUnprintable(character)) found.add(character);
  return [...found];
}

const isHalf = (character: string): boolean => /^\p{Surrogate}$/u.test(character);
const isUnprintable = (character: string): boolean => character < ' ' || isHalf(character);

/** A character of a name for a message. */
export function characterText(character: string): string {
  if (character < ' ') return 'a control character';
  return isHalf(character) ? 'half a character (a lone surrogate)' : character;
}

/** Whether the automatic account gets a random suffix. */
export const hasSuffix = (view: FileView): boolean =>
  view.policy.settings.AutomaticAccountManagementRandomizeName.value === 1;

/** What a device does with a name under which no account can exist. */
export function lookupFails(name: GivenName, { policy }: Pick<FileView, 'policy'>): string {
  if (name.automatic && policy.settings.AutomaticAccountManagementTarget.value === 0)
    return 'the device manages the built-in Administrator, which cannot take this name; what it does instead is documented nowhere';
  return name.automatic
    ? 'the device cannot create an account of this name'
    : 'the device finds no such account and backs nothing up (event 10013), though the policy shows as applied';
}
