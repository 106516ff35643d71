/**
 * What a Windows device would do with an effective policy, in sentences that an author can forward.
 *
 * Knows: join states (spec 4.9), when a password is replaced (4.5, 4.8), what a sign-in triggers (5), which account is
 * meant (2.3, 6). Promises: tells Windows' behaviour, also where this program does not follow it; what no source
 * establishes is said to be open. Must never: decide a value; resolve.ts has done that.
 */
import { entropyBits, exactEntropyBits } from '../password/entropy.ts';
import { wordLists } from '../password/lists.ts';
import { setsOf } from '../password/sets.ts';
import type { PasswordSpec } from '../password/spec.ts';
import type { JoinType, PolicyRootName } from '../ports.ts';
import type { GivenValue } from './document.ts';
import { accountNameOf, ageDaysOf, type Management, passwordSpecOf } from './effective.ts';
import type { EffectivePolicy } from './resolve.ts';
import { type SettingName, type SettingValue, settingNames, settingRows, valueText } from './settings.ts';
import { givenText } from './values.ts';

const numberIn = (policy: EffectivePolicy, name: SettingName): number => {
  const { value } = policy.settings[name];
  return typeof value === 'number' ? value : 0;
};
const textIn = (policy: EffectivePolicy, name: SettingName): string => String(policy.settings[name].value);

/** Where Windows backs the password up, whether or not this program could. */
export function windowsDirectoryOf(policy: EffectivePolicy): 'none' | 'Entra' | 'AD' {
  const value = numberIn(policy, 'BackupDirectory');
  return policy.source === 'none' || value === 0 ? 'none' : value === 1 ? 'Entra' : 'AD';
}

const directoryWords = { Entra: 'Microsoft Entra ID', AD: 'Active Directory' } as const;

/** Whether a Windows device of this join type manages a password under the policy, and why (spec 1.4, 4.2, 4.9). */
export function windowsManagement(policy: EffectivePolicy, joinType: JoinType): Management {
  const no = (why: string): Management => ({ manages: false, why });
  if (policy.source === 'none') return no('no root sets anything, so there is no policy (event 10007)');
  const directory = windowsDirectoryOf(policy);
  if (directory === 'none') {
    if (policy.source === 'Legacy') return no('AdmPwdEnabled is not 1, so the legacy policy manages nothing');
    const { origin } = policy.settings.BackupDirectory;
    const said = origin === 'default' ? 'BackupDirectory is not set, and its default is 0' : 'BackupDirectory is 0';
    return no(`${said}: nothing is backed up, whatever else is set (event 10007)`);
  }
  if (joinType === 'registered')
    return no('the device is only registered with Entra ID, which Windows LAPS does not support');
  if (directory === 'AD' && joinType === 'entra')
    return no('the policy backs up to Active Directory, but the device is joined to Entra ID only');
  return { manages: true, why: `backup to ${directoryWords[directory]}` };
}

/** What the password is made of. Bits as spec 3.4 counts them, and exactly. */
export interface PasswordOutlook {
  readonly spec: PasswordSpec;
  /** The character sets of which each gives at least one character; empty for a passphrase. */
  readonly sets: readonly string[];
  /** Characters or words to choose each from. */
  readonly choices: number;
  readonly entropyBits: number;
  readonly exactEntropyBits: number;
}

const rounded = (bits: number): number => Math.round(bits * 10) / 10;

/** The password that the policy asks for; undefined when nothing is managed. */
export function passwordOutlook(policy: EffectivePolicy): PasswordOutlook {
  const spec = passwordSpecOf(policy);
  const sets = spec.kind === 'password' ? setsOf(spec.complexity) : [];
  const choices = spec.kind === 'password' ? sets.join('').length : wordLists[spec.complexity].size;
  return {
    spec,
    sets,
    choices,
    entropyBits: rounded(entropyBits(spec)),
    exactEntropyBits: rounded(exactEntropyBits(spec)),
  };
}

/** A value that Windows does not use as it is given. */
export interface ReplacedValue {
  readonly setting: SettingName;
  readonly given: GivenValue;
  readonly used: SettingValue;
  readonly why: string;
}

export interface Outlook {
  /** What Windows would do; this program may do less. */
  readonly windows: Management;
  readonly password: PasswordOutlook;
  readonly replaced: readonly ReplacedValue[];
  /** Settings that stand in the file and change nothing. */
  readonly dead: readonly SettingName[];
  /** Paragraphs in the order in which a person would tell them. */
  readonly told: {
    readonly source: readonly string[];
    readonly account: readonly string[];
    readonly password: readonly string[];
    readonly rotation: readonly string[];
    readonly signIn: readonly string[];
  };
}

/** A lower root that sets something and is not looked at. */
export interface ShadowedRoot {
  readonly root: PolicyRootName;
  readonly file: string;
}

function replacedIn(policy: EffectivePolicy): readonly ReplacedValue[] {
  return settingNames.flatMap((setting) => {
    const { origin, given, value, why } = policy.settings[setting];
    return origin === 'adjusted' && given !== undefined ? [{ setting, given, used: value, why: why ?? '' }] : [];
  });
}

/** Legacy emulation has its own values; what this program makes of them is no fact about the file. */
const deadIn = (policy: EffectivePolicy): readonly SettingName[] =>
  policy.source === 'Legacy'
    ? []
    : settingNames.filter((name) => !policy.settings[name].applies && policy.settings[name].origin === 'set');

function sourceTold(policy: EffectivePolicy, shadowed: readonly ShadowedRoot[]): string[] {
  if (policy.source === 'none') return ['No root sets anything: there is no policy.'];
  const told = [
    `The policy comes from the root ${policy.source} and from there alone: the first root that sets anything is taken whole, and what it does not set has its default.`,
  ];
  for (const { root, file } of shadowed)
    told.push(`${file} (${root}) is not looked at, not even for settings that ${policy.source} leaves out.`);
  for (const { setting, given, used, why } of replacedIn(policy))
    told.push(
      `${setting} is given as ${givenText(given)}, and Windows uses ${valueText(settingRows[setting], used)}: ${why}.`,
    );
  for (const name of deadIn(policy))
    told.push(`${name} stands in the file and changes nothing: ${policy.settings[name].why ?? 'it does not apply'}.`);
  return told;
}

function accountTold(policy: EffectivePolicy): string[] {
  const on = (name: SettingName): boolean => numberIn(policy, name) === 1;
  if (!on('AutomaticAccountManagementEnabled')) {
    const name = accountNameOf(policy);
    return name === undefined
      ? ['The account is the built-in Administrator, found by RID 500 whatever its name is.']
      : [
          `The account is the local account ${name}. It must exist already: LAPS does not create it, and without it nothing is backed up (event 10013).`,
        ];
  }
  const state = on('AutomaticAccountManagementEnableAccount') ? 'enabled' : 'disabled';
  const name = textIn(policy, 'AutomaticAccountManagementNameOrPrefix');
  const named = on('AutomaticAccountManagementRandomizeName')
    ? `named ${name} and random digits, new ones at every rotation`
    : `named ${name}`;
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

function passwordTold({ spec, sets, choices, entropyBits: bits, exactEntropyBits: exact }: PasswordOutlook): string[] {
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

function rotationTold(policy: EffectivePolicy, directory: 'Entra' | 'AD'): string[] {
  const age = ageDaysOf(policy);
  const days = `${age} day${age === 1 ? '' : 's'}`;
  const told = [
    'The device looks at its policy every hour. The first time under this policy it makes a new password and backs it up before it sets it.',
    `After that the password is replaced ${days} after each backup, and earlier when the policy comes from another root, another account is named, the device has lost its record of it, or an administrator asks.`,
    'Editing the age, the length or the complexity does not replace a password by itself: the next one follows the new rule.',
  ];
  if (directory === 'AD')
    told.push(
      numberIn(policy, 'PasswordExpirationProtectionEnabled') === 1
        ? `An expiry in the directory that would let the password grow older than ${days} is not accepted: the password is replaced at once.`
        : `The expiry in the directory may be put beyond ${days}: expiration protection is off.`,
    );
  return told;
}

const actionsTold: Readonly<Record<number, string>> = {
  1: 'Whoever is signed in with the account stays signed in.',
  3: 'Then whoever is signed in with the account is warned, has two minutes to save, and is signed out; its network (SMB) sessions are closed.',
  5: 'Then the device restarts one minute later, for everyone who uses it.',
  11: 'Then whoever is signed in with the account is warned, has two minutes to save, and is signed out; its network (SMB) sessions are closed, and every process left under it is ended without a warning.',
};

function signInTold(policy: EffectivePolicy): string[] {
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

/** The outlook of a policy for devices of one join type; `shadowed` are lower roots that set something. */
export function outlookOf(request: {
  readonly policy: EffectivePolicy;
  readonly joinType: JoinType;
  readonly shadowed?: readonly ShadowedRoot[];
}): Outlook {
  const { policy, joinType, shadowed = [] } = request;
  const windows = windowsManagement(policy, joinType);
  const directory = windowsDirectoryOf(policy);
  const password = passwordOutlook(policy);
  const does = windows.manages && directory !== 'none';
  const legacy =
    'Windows follows a legacy policy only where no other root sets anything, the legacy extension is not installed, the machine is no domain controller, and LAPS\\Config does not hold BackupDirectory 0; the password is kept in clear text.';
  return {
    windows,
    password,
    replaced: replacedIn(policy),
    dead: deadIn(policy),
    told: {
      source: [...sourceTold(policy, shadowed), ...(policy.source === 'Legacy' ? [legacy] : [])],
      account: does ? accountTold(policy) : [],
      password: does ? passwordTold(password) : [],
      rotation: does ? rotationTold(policy, directory) : ['No password is replaced; one that was set before stays.'],
      signIn: does ? signInTold(policy) : [],
    },
  };
}
