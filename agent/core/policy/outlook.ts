/**
 * What a Windows device would do with an effective policy: values, what is replaced or dead, and sentences.
 *
 * Promises: tells Windows' behaviour, also where this program does not follow it. Must never: decide a value; resolve.ts
 * has done that.
 */
import type { JoinType, PolicyRootName } from '../ports.ts';
import type { GivenValue, Unlinked } from './document.ts';
import type { EffectivePolicy } from './resolve.ts';
import { type SettingName, type SettingValue, settingNames, settingRows, valueText } from './settings.ts';
import { accountTold, guessedLengthTold, passwordTold, rotationTold, signInTold, storageTold } from './told.ts';
import { givenText } from './values.ts';
import {
  type PasswordOutlook,
  passwordOutlook,
  type WindowsManagement,
  windowsDirectoryOf,
  windowsManagement,
} from './windowsDevice.ts';

/** A value that Windows does not use as it is given. */
export interface ReplacedValue {
  readonly setting: SettingName;
  readonly given: GivenValue;
  readonly used: SettingValue;
  readonly why: string;
}

export interface Outlook {
  /** What Windows would do; this program may do less. */
  readonly windows: WindowsManagement;
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
  /** The file is that of the active root, and says this beside it. */
  readonly beside?: true;
}

function replacedIn(policy: EffectivePolicy): readonly ReplacedValue[] {
  return settingNames.flatMap((setting) => {
    const { origin, given, value, why, applies } = policy.settings[setting];
    // What the device does not look at is replaced by nothing: it is dead.
    return applies && origin === 'adjusted' && given !== undefined
      ? [{ setting, given, used: value, why: why ?? '' }]
      : [];
  });
}

/** Legacy emulation has its own values; what this program makes of them is no fact about the file. */
const deadIn = (policy: EffectivePolicy): readonly SettingName[] =>
  policy.source === 'Legacy'
    ? []
    : settingNames.filter((name) => !policy.settings[name].applies && policy.settings[name].origin !== 'default');

/** What the report of a GPO says of its links. */
const linksTold: Readonly<Record<Unlinked['kind'], string>> = {
  off: 'All links of this GPO are switched off: no device gets it by them.',
  none: 'The report names no link of this GPO: no device gets it, unless a site or another domain links it.',
};

function sourceTold(policy: EffectivePolicy, joinType: JoinType, shadowed: readonly ShadowedRoot[]): string[] {
  if (policy.source === 'none') return ['No root sets anything: there is no policy.'];
  if (policy.withoutLaps !== undefined)
    return [`The settings are those of the root ${policy.source}, and this Windows reads none of them.`];
  const told = [
    `The policy comes from the root ${policy.source} and from there alone: the first root that sets anything is taken whole, and what it does not set has its default.`,
  ];
  if (joinType === 'entra' && (policy.source === 'GPO' || policy.source === 'Legacy'))
    told.push(
      'A device that is joined to Entra ID only belongs to no domain and gets no Group Policy from one: it sees these settings only where its local Group Policy holds them. The CSP (MDM) is the way to such devices.',
    );
  for (const { root, file, beside } of shadowed)
    told.push(
      `${beside === true ? `What ${file} sets for ${root}` : `${file} (${root})`} is not looked at, not even for settings that ${policy.source} leaves out.`,
    );
  for (const { setting, given, used, why } of replacedIn(policy))
    told.push(
      `${setting} is given as ${givenText(given)}, and Windows uses ${valueText(settingRows[setting], used)}: ${why}.`,
    );
  for (const name of deadIn(policy))
    told.push(`${name} stands in the file and changes nothing: ${policy.settings[name].why ?? 'it does not apply'}.`);
  return told;
}

const nothingReplaced =
  'Nothing is backed up, so no password is replaced: one that was set before stays as it is, also past its expiry.';

/** What stands over all that is told before it. */
const doubtTold = (doubt: string | undefined): string[] =>
  doubt === undefined ? [] : [`Whether any of this comes about is not certain: ${doubt}.`];

/** The outlook of a policy for devices of one join type; `shadowed` are lower roots that set something. */
export function outlookOf(request: {
  readonly policy: EffectivePolicy;
  readonly joinType: JoinType;
  readonly shadowed?: readonly ShadowedRoot[];
  /** Present when the policy is a GPO that no link hands out. */
  readonly unlinked?: Unlinked;
}): Outlook {
  const { policy, joinType, shadowed = [], unlinked } = request;
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
      source: [
        ...sourceTold(policy, joinType, shadowed),
        ...(policy.source === 'Legacy' && policy.withoutLaps === undefined ? [legacy] : []),
        ...(unlinked === undefined ? [] : [linksTold[unlinked.kind]]),
      ],
      account: does ? accountTold(policy) : [],
      password: does ? [...passwordTold(password), ...guessedLengthTold(policy), ...storageTold(policy)] : [],
      rotation: does ? [...rotationTold(policy, directory), ...doubtTold(windows.doubt)] : [nothingReplaced],
      signIn: does ? signInTold(policy) : [],
    },
  };
}
