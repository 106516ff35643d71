/**
 * Four roots to one effective policy, as Windows does it (spec 1.2, 2.2).
 *
 * Knows: the order of the roots, defaults, and which setting makes which other one idle. Promises: never throws on any
 * input; the first root that sets anything wins whole; every value says where it comes from. Lenient where the lint is
 * strict: the device must behave like Windows. Must never: merge two roots.
 */
import type { PolicyRootName } from '../ports.ts';
import type { GivenValue, PolicyDocument } from './document.ts';
import { type HinderingTexts, type Hindrance, hindrancesIn, type UsedText } from './hindrance.ts';
import { type OsBuild, osWords, withoutLaps } from './os.ts';
import {
  allowedText,
  type BackupDirectoryName,
  type Condition,
  forEachSetting,
  isLegacyName,
  isSettingName,
  legacyNames,
  legacyRows,
  rootNames,
  type SettingName,
  type SettingRow,
  type SettingValue,
  settingNames,
  settingRows,
} from './settings.ts';
import { countsAsSet, type JudgedSetting, judgeSettings, typeText, type Verdict } from './values.ts';

export type Origin = 'set' | 'default' | 'adjusted';

/** One setting as the device uses it. */
export interface EffectiveSetting {
  readonly value: SettingValue;
  readonly origin: Origin;
  /** What the file says, where the device uses something else. */
  readonly given?: GivenValue;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Whether the device looks at it at all, the other settings being what they are. */
  readonly applies: boolean;
  /** Why it was adjusted, where a default comes from that needs a word, or why it does not apply. */
  readonly why?: string;
  /** Why it does not apply, alone. */
  readonly idle?: string;
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

export interface RootedDocument {
  readonly root: PolicyRootName;
  readonly document: PolicyDocument;
}

/** Legacy emulation backs up to Active Directory in clear text only (spec 1.4); this version has no such backup. */
const legacyNotSupported =
  'legacy Microsoft LAPS policies are recognised but not emulated by this version: they back up to Active Directory only';

type Draft = Omit<EffectiveSetting, 'applies'>;
type Drafts = Record<SettingName, Draft>;

/** A document with what a device of one build makes of each of its settings. */
export interface JudgedDocument extends RootedDocument {
  readonly settings: readonly JudgedSetting[];
}

/** Judges what a document sets. */
export const judgedDocument = ({ root, document }: RootedDocument, os: OsBuild): JudgedDocument => ({
  root,
  document,
  settings: judgeSettings(document.settings, root, os),
});

/** A Windows without LAPS looks at no root; the file is then told as the one it would be to any other. */
const isActive = ({ settings }: JudgedDocument, os: OsBuild): boolean =>
  settings.some(({ verdict }) => countsAsSet(verdict)) ||
  (settings.some(({ verdict }) => verdict.kind === 'newerSetting') && withoutLaps(os) !== undefined);

/** The documents that speak for a root, asked in the order of the roots; the first that sets anything is returned. */
export function activeRootOf(documents: readonly RootedDocument[], os: OsBuild): JudgedDocument | undefined {
  for (const root of rootNames)
    for (const candidate of documents) {
      if (candidate.root !== root) continue;
      const judged = judgedDocument(candidate, os);
      if (isActive(judged, os)) return judged;
    }
  return undefined;
}

type Refused = Exclude<Verdict, { kind: 'fine' | 'unknown' }>;
type Ignored = Extract<Verdict, { kind: 'newerSetting' | 'notInRoot' }>;

/** Why a setting is none to this Windows, or in this root: nothing is used in the place of what it says. */
const ignoredBecause = (verdict: Ignored): string =>
  verdict.kind === 'notInRoot'
    ? 'this root cannot carry it'
    : `this Windows does not know it: it needs ${osWords(verdict.since)}`;

/** Why a value is not used as given. */
function adjustment(verdict: Exclude<Refused, Ignored>, root: PolicyRootName): string {
  switch (verdict.kind) {
    case 'wrongType':
      return `${typeText(verdict.row)} belongs here`;
    case 'notAllowed':
      return `allowed is ${allowedText(verdict.row, root)}`;
    case 'newerValue':
      return `needs ${osWords(verdict.since)}`;
    case 'valueNotInRoot':
      return 'this root cannot carry it';
  }
}

/** Most settings of most policies are not set: their drafts are made once. */
const defaultDrafts: Readonly<Drafts> = forEachSetting((name) =>
  Object.freeze({ value: settingRows[name].default, origin: 'default' }),
);

function draftOf(name: SettingName, given: JudgedSetting | undefined, active: JudgedDocument): Draft {
  const row = settingRows[name];
  if (given === undefined) return defaultDrafts[name];
  const { setting, verdict } = given;
  const { line, column } = setting.namePlace;
  const file = active.document.path;
  if (verdict.kind === 'unknown') return defaultDrafts[name];
  if (verdict.kind !== 'fine') {
    const draft = { value: row.default, origin: 'adjusted', given: setting.value, file, line, column } as const;
    return verdict.kind === 'newerSetting' || verdict.kind === 'notInRoot'
      ? { ...draft, idle: ignoredBecause(verdict) }
      : { ...draft, why: adjustment(verdict, active.root) };
  }
  if (row.emptyIsUnset === true && verdict.value === '')
    return {
      value: row.default,
      origin: 'adjusted',
      given: '',
      file,
      line,
      column,
      why: 'an empty text counts as not set',
    };
  return { value: verdict.value, origin: 'set', file, line, column };
}

/** The old product's own default is in none of the sources, and its ancestor had 12 (spec 1.4). */
const unknownLength = 'that of Windows LAPS, for no source says which length a legacy policy without one has';

/**
 * What legacy emulation would use (spec 1.4): each legacy value feeds one setting, management means Active Directory, in
 * clear text, and expiration protection is off unless it is switched on.
 */
function legacyDrafts(active: JudgedDocument): Drafts {
  const given = new Map<SettingName, JudgedSetting>();
  let enabled: Draft | undefined;
  for (const judged of active.settings) {
    const { setting, verdict } = judged;
    if (!isLegacyName(setting.name)) continue;
    const { feeds } = legacyRows[setting.name];
    if (feeds !== null) given.set(feeds, judged);
    if (setting.name !== 'AdmPwdEnabled') continue;
    const { line, column } = setting.namePlace;
    const value = verdict.kind === 'fine' && verdict.value === 1 ? 2 : 0;
    enabled = { value, origin: 'set', file: active.document.path, line, column };
  }
  const off: Partial<Drafts> = {
    PasswordExpirationProtectionEnabled: { value: 0, origin: 'default' },
    ADPasswordEncryptionEnabled: { value: 0, origin: 'default' },
    PasswordLength: { ...defaultDrafts.PasswordLength, why: unknownLength },
    ...(enabled && { BackupDirectory: enabled }),
  };
  return forEachSetting((name) => (given.has(name) ? undefined : off[name]) ?? draftOf(name, given.get(name), active));
}

/** Of a name that stands in the file twice the last counts, as every JSON reader does it; the lint tells the author. */
function modernDrafts(active: JudgedDocument | undefined): Drafts {
  const drafts: Drafts = { ...defaultDrafts };
  for (const judged of active?.settings ?? []) {
    const { name } = judged.setting;
    if (active !== undefined && isSettingName(name)) drafts[name] = draftOf(name, judged, active);
  }
  return drafts;
}

/** Spec 2.2: the one value that is raised rather than replaced by the default (event 10058). */
function withEntraFloor(drafts: Drafts): Drafts {
  const age = drafts.PasswordAgeDays;
  const floor = settingRows.PasswordAgeDays.entraMinimum;
  if (drafts.BackupDirectory.value !== 1 || floor === undefined) return drafts;
  if (age.origin === 'adjusted' && typeof age.given === 'number') {
    const why = `allowed is ${floor} to ${settingRows.PasswordAgeDays.maximum} with Entra ID`;
    return { ...drafts, PasswordAgeDays: { ...age, why } };
  }
  if (age.origin !== 'set' || typeof age.value !== 'number' || age.value >= floor) return drafts;
  const raised: Draft = {
    ...age,
    value: floor,
    origin: 'adjusted',
    given: age.value,
    why: `Entra ID allows no less than ${floor} days`,
  };
  return { ...drafts, PasswordAgeDays: raised };
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

/** What nobody set looks the same in every policy that agrees in the deciding settings: it is made once for all. */
function defaultsBeside(drafts: Readonly<Drafts>): Readonly<Settings> {
  let key = '';
  for (const name of deciding) key += `${drafts[name].value} `;
  const known = idleDefaults.get(key);
  if (known !== undefined) return known;
  const made = forEachSetting((name) => Object.freeze(settingOf(defaultDrafts[name], idleBecause(name, drafts))));
  idleDefaults.set(key, made);
  return made;
}

function modernSettings(drafts: Drafts): Settings {
  const settings: Settings = { ...defaultsBeside(drafts) };
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
  const drafts = withEntraFloor(isLegacy ? legacyDrafts(active) : modernDrafts(active));
  const hindrances = active === undefined ? noHindrance : hindrancesOf(active, drafts);
  const without = withoutLaps(os);
  if (without !== undefined)
    return { source, settings: unreadSettings(drafts, without), os: os.text, hindrances, withoutLaps: without };
  const settings = isLegacy ? legacySettings(drafts) : modernSettings(drafts);
  return {
    source,
    settings,
    os: os.text,
    hindrances,
    ...(isLegacy && { notSupported: legacyNotSupported }),
  };
}

/** What a device makes of one document alone. */
export const policyAlone = (judged: JudgedDocument, os: OsBuild): EffectivePolicy =>
  policyOf(isActive(judged, os) ? judged : undefined, os);

/** Resolves what the files say into what the device uses. At most one document per root is looked at. */
export function resolvePolicy(request: { documents: readonly RootedDocument[]; os: OsBuild }): EffectivePolicy {
  return policyOf(activeRootOf(request.documents, request.os), request.os);
}
