/**
 * A Windows device under an effective policy: where it backs up, whether it manages, what it would draw.
 *
 * Knows: join states (spec 4.9) and how Windows counts (3.4). Promises: Windows' behaviour, also where this program does
 * not follow it; whether anything is backed up at all is judged here and nowhere else. Must never: word a sentence for a person beyond a reason; told.ts does.
 */
import { entropyBits, exactEntropyBits } from '../password/entropy.ts';
import { wordLists } from '../password/lists.ts';
import { setsOf } from '../password/sets.ts';
import type { PasswordSpec } from '../password/spec.ts';
import type { JoinType } from '../ports.ts';
import { type Management, managementOf, passwordSpecOf } from './effective.ts';
import type { Hindrance } from './hindrance.ts';
import type { EffectivePolicy, EffectiveSetting } from './resolve.ts';
import { forEachSetting, type SettingName } from './settings.ts';

/** A number as the device uses it. */
export const numberIn = (policy: EffectivePolicy, name: SettingName): number => {
  const { value } = policy.settings[name];
  return typeof value === 'number' ? value : 0;
};
/** A text as the device uses it. */
export const textIn = (policy: EffectivePolicy, name: SettingName): string => String(policy.settings[name].value);

/** Where Windows backs the password up, whether or not this program could. */
export function windowsDirectoryOf(policy: EffectivePolicy): 'none' | 'Entra' | 'AD' {
  const value = numberIn(policy, 'BackupDirectory');
  return policy.source === 'none' || policy.withoutLaps !== undefined || value === 0
    ? 'none'
    : value === 1
      ? 'Entra'
      : 'AD';
}

const directoryWords = { Entra: 'Microsoft Entra ID', AD: 'Active Directory' } as const;

/** Whether Windows manages, and what it says itself about it. */
export interface WindowsManagement extends Management {
  /** The event in which Windows tells that nothing is managed or backed up; absent where none is known. */
  readonly event?: number;
  /** Why, though the device manages, it may back nothing up all the same: no source settles it. */
  readonly doubt?: string;
  /** Present when another program may follow the policy where Windows LAPS does not, and names it. */
  readonly elsewhere?: string;
}

/** Why a device of this join type cannot back up to a directory; undefined when it can (spec 4.9). */
export function unreachableBecause(directory: 'Entra' | 'AD', joinType: JoinType): string | undefined {
  if (joinType === 'registered')
    return 'the device is only registered with Entra ID, which Windows LAPS does not support';
  return directory === 'AD' && joinType === 'entra'
    ? 'the policy backs up to Active Directory, but the device is joined to Entra ID only'
    : undefined;
}

const hindranceText = ({ message, effect }: Hindrance): string => `${message}; ${effect}`;

const olderLaps = 'the older Microsoft LAPS';

/** What a Windows without LAPS makes of a policy. A legacy one that asks for management may have another follower there. */
function withoutLapsAt(policy: EffectivePolicy, why: string, joinType: JoinType): WindowsManagement {
  if (policy.source !== 'Legacy')
    return { manages: false, why: `${why}: no policy is read, nothing is backed up, and no event tells so` };
  if (numberIn(policy, 'BackupDirectory') === 0)
    return { manages: false, why: `${why}, and AdmPwdEnabled is not 1, so nobody follows the legacy policy` };
  // It knows no other directory than Active Directory.
  if (joinType !== 'hybrid')
    return {
      manages: false,
      why: `${why}, and ${olderLaps}, which follows legacy policies, needs a domain to back up to`,
    };
  const sure = policy.hindrances.find(({ certain }) => certain);
  if (sure !== undefined) return { manages: false, why: `${why}, and nobody else can follow it: ${sure.message}` };
  const only = `nothing emulates a legacy policy there, and only ${olderLaps} follows it, where that is installed`;
  return { manages: false, why: `${why}: ${only}`, elsewhere: olderLaps };
}

/** Whether a Windows device of this join type manages a password under the policy, and why (spec 1.4, 4.2, 4.9). */
export function windowsManagement(policy: EffectivePolicy, joinType: JoinType): WindowsManagement {
  const no = (why: string, event?: number): WindowsManagement => ({
    manages: false,
    why: event === undefined ? why : `${why} (event ${event})`,
    ...(event !== undefined && { event }),
  });
  if (policy.withoutLaps !== undefined) return withoutLapsAt(policy, policy.withoutLaps, joinType);
  if (policy.source === 'none') return no('no root sets anything, so there is no policy', 10007);
  const directory = windowsDirectoryOf(policy);
  if (directory === 'none') {
    if (policy.source === 'Legacy') return no('AdmPwdEnabled is not 1, so the legacy policy manages nothing');
    const { origin } = policy.settings.BackupDirectory;
    const said = origin === 'default' ? 'BackupDirectory is not set, and its default is 0' : 'BackupDirectory is 0';
    return no(`${said}: nothing is backed up, whatever else is set`, 10007);
  }
  const unreachable = unreachableBecause(directory, joinType);
  if (unreachable !== undefined) return no(unreachable);
  const sure = policy.hindrances.find(({ certain }) => certain);
  if (sure !== undefined)
    return { manages: false, why: hindranceText(sure), ...(sure.event !== undefined && { event: sure.event }) };
  const [open] = policy.hindrances;
  const why = `backup to ${directoryWords[directory]}`;
  if (open === undefined) return { manages: true, why };
  return { manages: true, why: `${why}, but ${hindranceText(open)}`, doubt: hindranceText(open) };
}

/** Linux gives its accounts longer names than Windows does: so many characters at most. */
const longestLinuxName = 32;

/**
 * What this program would do as the device: it may do less than Windows, and with the accounts that it simulates never
 * more. Where it does with real ones, `why` says so.
 */
export function programManagement(policy: EffectivePolicy, joinType: JoinType): Management {
  const program = managementOf(policy, joinType);
  const windows = windowsManagement(policy, joinType);
  if (!program.manages || windows.manages) return program;
  const isLinuxName =
    policy.hindrances.length > 0 &&
    policy.hindrances.every(({ kind }) => kind === 'nameTooLong') &&
    textIn(policy, 'AdministratorAccountName').length <= longestLinuxName;
  const { manages, why } = windows;
  return { manages, why: isLinuxName ? `${why}. ${managedOnLinux}` : why };
}

/** What differs with a name that is too long for Windows alone. */
export const managedOnLinux =
  'With real accounts of Linux, whose names may be longer, this program manages the one of this name, where it exists';

/** What the password is made of. Bits as spec 3.4 counts them, and exactly. */
export interface PasswordOutlook {
  readonly spec: PasswordSpec;
  /** The character sets of which each gives at least one character; empty for a passphrase. */
  readonly sets: readonly string[];
  /** Characters or words to choose each from. */
  readonly choices: number;
  readonly entropyBits: number;
  /** Counting that each character set must be there. */
  readonly exactEntropyBits: number;
}

const rounded = (bits: number): number => Math.round(bits * 10) / 10;

/** The password that the policy asks for; undefined when nothing is managed. */
export function passwordOutlook(policy: EffectivePolicy): PasswordOutlook {
  const spec = passwordSpecOf(policy);
  const sets = spec.kind === 'password' ? setsOf(spec.complexity) : [];
  const choices = spec.kind === 'password' ? sets.join('').length : wordLists[spec.complexity].windowsSize;
  return {
    spec,
    sets,
    choices,
    entropyBits: rounded(entropyBits(spec)),
    exactEntropyBits: rounded(spec.kind === 'password' ? exactEntropyBits(spec) : entropyBits(spec)),
  };
}

/** Why a value is not used as given, without why the device does not look at it. */
function adjustmentOf({ why = '', idle }: EffectiveSetting): string {
  return idle === undefined ? why : why.slice(0, Math.max(0, why.length - idle.length - '; '.length));
}

/** The settings where none of them applies, each with that reason beside why its own value would not be used as given. */
export const settingsWithout = (policy: EffectivePolicy, why: string): EffectivePolicy['settings'] =>
  forEachSetting((name) => {
    const setting = policy.settings[name];
    const adjusted = setting.origin === 'adjusted' ? adjustmentOf(setting) : '';
    return { ...setting, applies: false, why: adjusted === '' ? why : `${adjusted}; ${why}`, idle: why };
  });

/**
 * The settings as they concern devices of one join type: where the policy asks for a backup that does not come about,
 * none applies, and each says why.
 */
export function settingsOn(policy: EffectivePolicy, joinType: JoinType): EffectivePolicy['settings'] {
  const { manages, why } = windowsManagement(policy, joinType);
  const isUnfollowed = policy.source === 'Legacy' && policy.withoutLaps !== undefined;
  if (manages || (windowsDirectoryOf(policy) === 'none' && !isUnfollowed)) return policy.settings;
  return settingsWithout(policy, why);
}
