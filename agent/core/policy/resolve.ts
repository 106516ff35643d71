/**
 * Four roots to one effective policy, as Windows does it (spec 1.2, 2.2).
 *
 * Knows: the order of the roots, and which setting makes which other one idle. Promises: never throws on any
 * input; the first root that sets anything wins whole; every value says where it comes from. Lenient where the lint is
 * strict: the device must behave like Windows. Must never: merge two roots.
 */
import type { PolicyRootName } from '../ports.ts';
import {
  type Draft,
  type Drafts,
  defaultDrafts,
  draftsOf,
  type JudgedDocument,
  judgedDocument,
  type RootedDocument,
  uncarriedBecause,
  unknownBecause,
} from './drafts.ts';
import { type HinderingTexts, type Hindrance, hindrancesIn, type UsedText } from './hindrance.ts';
import { type OsBuild, withoutLaps } from './os.ts';
import {
  type BackupDirectoryName,
  type Condition,
  forEachSetting,
  isLegacyName,
  legacyNames,
  legacyRows,
  rootNames,
  type SettingName,
  type SettingRow,
  settingNames,
  settingRows,
} from './settings.ts';
import { countsAsSet, type JudgedSetting } from './values.ts';

/** One setting as the device uses it. */
export interface EffectiveSetting extends Draft {
  /** Whether the device looks at it at all, the other settings being what they are. */
  readonly applies: boolean;
}

export interface EffectivePolicy {
  readonly source: PolicyRootName | 'none';
  readonly settings: Readonly<Record<SettingName, EffectiveSetting>>;
  /** Present when this version cannot act on the active root at all; the device is then not managed. */
  readonly notSupported?: string;
  /** The Windows build that was judged for. */
  readonly os: string;
  /** Present when that Windows has no LAPS at all, and says why; it reads no policy then. */
  readonly withoutLaps?: string;
  /** What in the policy keeps a device from backing up, if the policy asks for that. */
  readonly hindrances: readonly Hindrance[];
}

/** Legacy emulation backs up to Active Directory in clear text only (spec 1.4); this version has no such backup. */
const legacyNotSupported =
  'legacy Microsoft LAPS policies are recognised but not emulated by this version: they back up to Active Directory only';

/** A Windows without LAPS looks at no root; the file is then told as the one it would be to any other. */
const isActive = ({ settings }: JudgedDocument, os: OsBuild): boolean =>
  settings.some(({ verdict }) => countsAsSet(verdict)) ||
  (settings.some(({ verdict }) => verdict.kind === 'newerSetting') && withoutLaps(os) !== undefined);

/** Where there is no Windows LAPS, legacy is the only root that anything may follow: the older Microsoft LAPS does. */
const legacyFirst: readonly PolicyRootName[] = ['Legacy', ...rootNames.filter((name) => name !== 'Legacy')];

/** The roots in the order in which something asks them. */
export const rootsAsked = (os: OsBuild): readonly PolicyRootName[] =>
  withoutLaps(os) === undefined ? rootNames : legacyFirst;

/** The documents that speak for a root, asked in the order of the roots; the first that sets anything is returned. */
export function activeRootOf(documents: readonly RootedDocument[], os: OsBuild): JudgedDocument | undefined {
  for (const root of rootsAsked(os))
    for (const candidate of documents) {
      if (candidate.root !== root) continue;
      const judged = judgedDocument(candidate, os);
      if (isActive(judged, os)) return judged;
    }
  return undefined;
}

function holds(condition: Condition, drafts: Readonly<Drafts>): boolean {
  const { value } = drafts[condition.setting];
  return (condition.in?.includes(value) ?? true) && !(condition.notIn?.includes(value) ?? false);
}

const directories: Readonly<Record<number, BackupDirectoryName>> = { 1: 'Entra', 2: 'AD' };
const directoryWords: Readonly<Record<BackupDirectoryName, string>> = { Entra: 'Entra ID', AD: 'Active Directory' };

function otherDirectory({ directories: taken }: SettingRow, directory: BackupDirectoryName): string {
  const only = taken.map((each) => directoryWords[each]).join(' and ');
  return `only for ${only}; this policy backs up to ${directoryWords[directory]}`;
}

/** Why the device does not look at a setting, or undefined when it does (spec 2.1, "ignored unless"). */
function idleBecause(name: SettingName, drafts: Readonly<Drafts>): string | undefined {
  if (name === 'BackupDirectory') return undefined;
  const row = settingRows[name];
  const chosen = drafts.BackupDirectory.value;
  const directory = typeof chosen === 'number' ? directories[chosen] : undefined;
  if (directory === undefined) return 'BackupDirectory is 0: nothing is managed';
  if (!row.directories.includes(directory)) return otherDirectory(row, directory);
  const broken = row.ignoredUnless.find((condition) => !holds(condition, drafts));
  return broken?.otherwise.replace('{value}', String(drafts[broken.setting].value));
}

/** The settings that a condition looks at, the directory first. All are numbers of a short list. */
const deciding: readonly SettingName[] = [
  ...new Set<SettingName>([
    'BackupDirectory',
    ...settingNames.flatMap((name) => settingRows[name].ignoredUnless.map(({ setting }) => setting)),
  ]),
];

type Settings = Record<SettingName, EffectiveSetting>;
const idleDefaults = new Map<string, Readonly<Settings>>();

function settingOf(draft: Draft, idle: string | undefined): EffectiveSetting {
  if (idle === undefined) return { ...draft, applies: true };
  return { ...draft, applies: false, why: draft.why === undefined ? idle : `${draft.why}; ${idle}`, idle };
}

/**
 * What nobody set looks the same in every policy of a root that agrees in the deciding settings: it is made once for all.
 * Set or not, what this Windows or this root does not know is no setting.
 */
function defaultsBeside(drafts: Readonly<Drafts>, root: PolicyRootName, os: OsBuild): Readonly<Settings> {
  let key = `${root} ${os.text} `;
  for (const name of deciding) key += `${drafts[name].value} `;
  const known = idleDefaults.get(key);
  if (known !== undefined) return known;
  const idle = (name: SettingName): string | undefined =>
    unknownBecause(name, os) ?? idleBecause(name, drafts) ?? uncarriedBecause(name, root);
  const made = forEachSetting((name) => Object.freeze(settingOf(defaultDrafts[name], idle(name))));
  idleDefaults.set(key, made);
  return made;
}

function modernSettings(drafts: Drafts, root: PolicyRootName, os: OsBuild): Settings {
  const settings: Settings = { ...defaultsBeside(drafts, root, os) };
  for (let at = 0; at < settingNames.length; at += 1) {
    const name = settingNames[at];
    if (name !== undefined && drafts[name] !== defaultDrafts[name])
      settings[name] = settingOf(drafts[name], drafts[name].idle ?? idleBecause(name, drafts));
  }
  return settings;
}

/** What legacy emulation acts on: the values of its own that feed a setting, and the directory (spec 1.4). */
const emulated: ReadonlySet<SettingName> = new Set([
  'BackupDirectory',
  ...legacyNames.flatMap((name) => legacyRows[name].feeds ?? []),
]);

/** As Windows has it; that this version does not emulate is `notSupported`, and no fact about the file. */
function legacySettings(drafts: Drafts): Settings {
  const isOn = drafts.BackupDirectory.value !== 0;
  return forEachSetting((name) => {
    if (name !== 'BackupDirectory' && !isOn)
      return settingOf(drafts[name], 'AdmPwdEnabled is not 1: nothing is managed');
    return settingOf(drafts[name], emulated.has(name) ? undefined : 'a legacy policy has no such setting');
  });
}

/** To a Windows without LAPS no setting is one, whatever is wrong with its value. */
const unreadSettings = (drafts: Drafts, because: string): Settings =>
  forEachSetting((name) => {
    const { why: _, ...draft } = drafts[name];
    return settingOf(draft, because);
  });

/** The settings of a root other than legacy; where none is active, those of the first have their defaults. */
function settingsIn(drafts: Drafts, root: PolicyRootName, os: OsBuild): Settings {
  const without = withoutLaps(os);
  return without === undefined ? modernSettings(drafts, root, os) : unreadSettings(drafts, without);
}

const noHindrance: readonly Hindrance[] = [];

/** What the policy names, each where the device looks at it: the account, and who may decrypt. */
function hindrancesOf(active: JudgedDocument, drafts: Readonly<Drafts>): readonly Hindrance[] {
  const isLegacy = active.root === 'Legacy';
  const used = (name: SettingName): UsedText | undefined => {
    const { origin, value } = drafts[name];
    if (origin !== 'set' || typeof value !== 'string' || value === '') return undefined;
    if (!isLegacy && settingRows[name].ignoredUnless.some((condition) => !holds(condition, drafts))) return undefined;
    const isMeant = ({ setting }: JudgedSetting): boolean =>
      isLegacy && isLegacyName(setting.name) ? legacyRows[setting.name].feeds === name : setting.name === name;
    const given = active.settings.findLast(isMeant);
    return given === undefined ? undefined : { setting: given.setting, value };
  };
  const automatic = used('AutomaticAccountManagementNameOrPrefix');
  const inAd = !isLegacy && drafts.BackupDirectory.value === 2;
  const texts: HinderingTexts = {
    document: active.document,
    account: used('AdministratorAccountName'),
    automatic: automatic && {
      ...automatic,
      target: drafts.AutomaticAccountManagementTarget.value === 0 ? 'builtIn' : 'own',
      hasSuffix: drafts.AutomaticAccountManagementRandomizeName.value === 1,
    },
    principal: inAd ? used('ADPasswordEncryptionPrincipal') : undefined,
  };
  return hindrancesIn(texts);
}

/** What a device makes of the document of the active root; without one, of no policy at all. */
export function policyOf(active: JudgedDocument | undefined, os: OsBuild): EffectivePolicy {
  const source = active?.root ?? 'none';
  const isLegacy = active?.root === 'Legacy';
  const drafts = draftsOf(active);
  const hindrances = active === undefined ? noHindrance : hindrancesOf(active, drafts);
  const without = withoutLaps(os);
  return {
    source,
    // Whoever follows a legacy policy where there is no Windows LAPS: what its values mean stays the same.
    settings: isLegacy ? legacySettings(drafts) : settingsIn(drafts, active?.root ?? 'CSP', os),
    os: os.text,
    hindrances,
    ...(isLegacy && { notSupported: legacyNotSupported }),
    ...(without !== undefined && { withoutLaps: without }),
  };
}

/** What a device makes of one document alone. */
export const policyAlone = (judged: JudgedDocument, os: OsBuild): EffectivePolicy =>
  policyOf(isActive(judged, os) ? judged : undefined, os);

/** Resolves what the files say into what the device uses. At most one document per root is looked at. */
export function resolvePolicy(request: { documents: readonly RootedDocument[]; os: OsBuild }): EffectivePolicy {
  return policyOf(activeRootOf(request.documents, request.os), request.os);
}
