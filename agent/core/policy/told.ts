/**
 * What a Windows device does with the account and its password, in sentences that an author can forward.
 *
 * Knows: when a password is replaced (spec 4.5, 4.8), what a sign-in triggers (5), which account is meant (2.3, 6), how
 * the directory keeps it. Promises: whole sentences; what no source establishes is said to be open. Must never: decide a
 * value; resolve.ts has done that.
 */
import { longestPrefix } from './accountName.ts';
import { accountNameOf, ageDaysOf } from './effective.ts';
import type { EffectivePolicy } from './resolve.ts';
import type { SettingName } from './settings.ts';
import { inQuotes } from './text.ts';
import { numberIn, type PasswordOutlook, textIn, windowsDirectoryOf } from './windowsDevice.ts';

/** What is left of a prefix beside the random digits (spec 6.3, 13 row 1). */
function prefixTold(name: string): string {
  const bare = name.trim();
  return bare.length > longestPrefix
    ? `${inQuotes(bare.slice(0, longestPrefix))} (${inQuotes(bare)} is cut)`
    : inQuotes(bare);
}

/** Which account is managed, and by whom. */
export function accountTold(policy: EffectivePolicy): string[] {
  const on = (name: SettingName): boolean => numberIn(policy, name) === 1;
  if (!on('AutomaticAccountManagementEnabled')) {
    const name = accountNameOf(policy);
    return name === undefined
      ? ['The account is the built-in Administrator, found by RID 500 whatever its name is.']
      : [
          `The account is the local account ${inQuotes(name)}. It must exist already: LAPS does not create it, and without it nothing is backed up (event 10013).`,
        ];
  }
  const state = on('AutomaticAccountManagementEnableAccount') ? 'enabled' : 'disabled';
  const name = textIn(policy, 'AutomaticAccountManagementNameOrPrefix');
  const isDoubtful = policy.hindrances.some((each) => each.setting.name === 'AutomaticAccountManagementNameOrPrefix');
  const called = isDoubtful ? 'to be named' : 'named';
  const named = on('AutomaticAccountManagementRandomizeName')
    ? `${called} ${prefixTold(name)} and random digits, new ones at every rotation`
    : `${called} ${inQuotes(name)}`;
  return [
    on('AutomaticAccountManagementTarget')
      ? `LAPS makes and manages an account of its own, ${named}, ${state}, a member of the local Administrators; AdministratorAccountName is ignored.`
      : `LAPS manages the built-in Administrator wholly and keeps it ${state}; AdministratorAccountName is ignored. What becomes of its name is documented nowhere.`,
    'Nobody else can change, rename or delete the account while LAPS manages it (events 10101 to 10104).',
  ];
}

/** A character set by name and size; the specials themselves are worth seeing. */
function setWords(set: string): string {
  if (/^[A-Z]+$/.test(set)) return `${set.length} capitals`;
  if (/^[a-z]+$/.test(set)) return `${set.length} small letters`;
  return /^\d+$/.test(set) ? `${set.length} digits` : `the ${set.length} specials ${set}`;
}

/** What the password looks like. */
export function passwordTold({
  spec,
  sets,
  choices,
  entropyBits: bits,
  exactEntropyBits: exact,
}: PasswordOutlook): string[] {
  const about = Math.round(bits);
  if (spec.kind === 'passphrase')
    return [
      `The password is a passphrase of ${spec.words} words, each with a capital and nothing between them, out of a list of ${choices}: about ${about} bits.`,
    ];
  const words = sets.map(setWords);
  const all = words.length === 1 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
  const each = words.length === 1 ? '' : ', at least one of each';
  const precise = Math.round(exact) === about ? '' : ` (${Math.round(exact)}, counting that each must be there)`;
  return [`The password has ${spec.length} characters out of ${all}${each}: about ${about} bits${precise}.`];
}

/** A length that is the best guess there is. */
export function guessedLengthTold({ source, settings }: EffectivePolicy): string[] {
  const { origin, value } = settings.PasswordLength;
  if (source !== 'Legacy' || origin !== 'default') return [];
  return [
    `The legacy policy names no length. Which one Windows then uses is documented nowhere; ${value} is the default of Windows LAPS.`,
  ];
}

/** How the directory keeps it: an author's question, since only Active Directory leaves it open (spec 2.3, 4.8). */
export function storageTold(policy: EffectivePolicy): string[] {
  if (windowsDirectoryOf(policy) !== 'AD') return [];
  if (policy.source === 'Legacy' || numberIn(policy, 'ADPasswordEncryptionEnabled') === 0)
    return [
      'Active Directory keeps the password in clear text and no earlier ones; who may read the attribute may read it.',
    ];
  const given = textIn(policy, 'ADPasswordEncryptionPrincipal');
  const principal = given.trim() === '' ? undefined : inQuotes(given);
  const who = principal ?? "the Domain Admins of the device's domain";
  const history = numberIn(policy, 'ADEncryptedPasswordHistorySize');
  const before = history === 0 ? 'keeps no earlier ones' : `keeps the ${history === 1 ? 'one' : history} before it`;
  const told = [
    `Active Directory keeps the password encrypted, for ${who} to decrypt, and ${before}. This needs a domain functional level of 2016 or later; below it nothing is backed up (event 10006).`,
  ];
  if (principal !== undefined)
    told.push(
      `If ${principal} is no user or group that Windows can map, nothing is backed up (events 10034 and 10035).`,
    );
  if (numberIn(policy, 'ADBackupDSRMPassword') === 1)
    told.push(
      'On a domain controller it is the DSRM password that is backed up, for the Domain Admins to decrypt, and no local account is managed.',
    );
  return told;
}

/** Whether an expiry in Active Directory is held to the age (spec 2.3). */
export const isExpiryProtected = (policy: EffectivePolicy): boolean =>
  windowsDirectoryOf(policy) === 'AD' && numberIn(policy, 'PasswordExpirationProtectionEnabled') === 1;

/** Spec 13 row 12. */
export const shortenedAge =
  'Whether an age that is made shorter does the same to a password that is already older, or was to become so, is open: the sources disagree';

/** When it is replaced. */
export function rotationTold(policy: EffectivePolicy, directory: 'Entra' | 'AD'): string[] {
  const age = ageDaysOf(policy);
  const days = `${age} day${age === 1 ? '' : 's'}`;
  // In Active Directory what is stored is also encrypted anew (spec 4.5).
  const stored =
    directory === 'AD' && policy.source !== 'Legacy'
      ? ' encryption is switched on, another principal may decrypt it,'
      : '';
  const told = [
    'The device looks at its policy every hour. The first time under this policy it makes a new password and backs it up before it sets it.',
    `After that the password is replaced ${days} after each backup, and earlier when the policy comes from another root, another account is named,${stored} the device has lost its record of it, or an administrator asks.`,
  ];
  const edited = (what: string): string =>
    `Editing ${what} does not replace a password by itself: the next one follows the new rule.`;
  if (directory !== 'AD') return [...told, edited('the age, the length or the complexity')];
  if (!isExpiryProtected(policy))
    return [
      ...told,
      edited('the age, the length or the complexity'),
      `The expiry in the directory may be put beyond ${days}: expiration protection is off.`,
    ];
  return [
    ...told,
    edited('the length or the complexity'),
    `An expiry that somebody puts into the directory, so that the password would grow older than ${days}, is not accepted: the password is replaced at once. ${shortenedAge}.`,
  ];
}

const actionsTold: Readonly<Record<number, string>> = {
  1: 'Whoever is signed in with the account stays signed in.',
  3: 'Then whoever is signed in with the account is warned, has two minutes to save, and is signed out; its network (SMB) sessions are closed.',
  5: 'Then the device restarts one minute later, for everyone who uses it.',
  11: 'Then whoever is signed in with the account is warned, has two minutes to save, and is signed out; its network (SMB) sessions are closed, and every process left under it is ended without a warning.',
};

/** What signing in with the account leads to. */
export function signInTold(policy: EffectivePolicy): string[] {
  const hours = numberIn(policy, 'PostAuthenticationResetDelay');
  const actions = numberIn(policy, 'PostAuthenticationActions');
  const nothing = 'Signing in with the account triggers nothing';
  if (policy.source === 'Legacy') return [`${nothing}: a legacy policy knows no post-authentication actions.`];
  if (hours === 0) return [`${nothing}: PostAuthenticationResetDelay is 0.`];
  if (actions === 0) return [`${nothing}: PostAuthenticationActions is 0.`];
  return [
    `${hours} hour${hours === 1 ? '' : 's'} after the account was used to sign in, in any way, the password is replaced (events 10041 and 10042).`,
    actionsTold[actions] ?? '',
  ];
}
