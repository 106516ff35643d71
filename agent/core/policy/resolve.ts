/**
 * Four roots to one effective policy, as Windows does it (spec 1.2, 2.2).
 *
 * Knows: the order of the roots, defaults, and which setting makes which other one idle. Promises: never throws on any
 * input; the first root that sets anything wins whole; every value says where it comes from. Lenient where the lint is
 * strict: the device must behave like Windows. Must never: merge two roots.
 */
import type { PolicyRootName } from '../ports.ts';
import type { GivenValue, ParsedSetting, PolicyDocument } from './document.ts';
import { type OsBuild, osWords } from './os.ts';
import {
  allowedText,
  type BackupDirectoryName,
  type Condition,
  forEachSetting,
  isLegacyName,
  isSettingName,
  legacyRows,
  rootNames,
  type SettingName,
  type SettingRow,
  type SettingValue,
  settingRows,
} from './settings.ts';
import { countsAsSet, typeText, type Verdict, verdictOn } from './values.ts';

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
  /** Why it was adjusted or does not apply. */
  readonly why?: string;
}

export interface EffectivePolicy {
  readonly source: PolicyRootName | 'none';
  readonly settings: Readonly<Record<SettingName, EffectiveSetting>>;
  /** Present when this version cannot act on the active root at all; the device is then not managed. */
  readonly notSupported?: string;
  /** The Windows build that was judged for. */
  readonly os: string;
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

/** The documents that speak for a root, asked in the order of the roots; the first that sets anything is returned. */
export function activeRootOf(documents: readonly RootedDocument[], os: OsBuild): RootedDocument | undefined {
  for (const root of rootNames) {
    const found = documents.find(
      (candidate) =>
        candidate.root === root &&
        candidate.document.settings.some((setting) => countsAsSet(verdictOn(setting, root, os))),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why a value is not used as given. */
function adjustment(verdict: Exclude<Verdict, { kind: 'fine' | 'unknown' }>): string {
  switch (verdict.kind) {
    case 'wrongType':
      return `${typeText(verdict.row)} belongs here`;
    case 'notAllowed':
      return `allowed is ${allowedText(verdict.row)}`;
    case 'newerValue':
    case 'newerSetting':
      return `needs ${osWords(verdict.since)}`;
    case 'notInRoot':
    case 'valueNotInRoot':
      return 'this root cannot carry it';
  }
}

/** Most settings of most policies are not set: their drafts are made once. */
const defaultDrafts: Readonly<Drafts> = forEachSetting((name) =>
  Object.freeze({ value: settingRows[name].default, origin: 'default' }),
);

function draftOf(name: SettingName, given: ParsedSetting | undefined, active: RootedDocument, os: OsBuild): Draft {
  const row = settingRows[name];
  if (given === undefined) return defaultDrafts[name];
  const where = { file: active.document.path, line: given.namePlace.line, column: given.namePlace.column };
  const verdict = verdictOn(given, active.root, os);
  if (verdict.kind === 'unknown') return defaultDrafts[name];
  if (verdict.kind !== 'fine')
    return { value: row.default, origin: 'adjusted', given: given.value, ...where, why: adjustment(verdict) };
  if (row.emptyIsUnset === true && verdict.value === '')
    return { value: row.default, origin: 'adjusted', given: '', ...where, why: 'an empty text counts as not set' };
  return { value: verdict.value, origin: 'set', ...where };
}

/**
 * What legacy emulation would use (spec 1.4): each legacy value feeds one setting, management means Active Directory, in
 * clear text, and expiration protection is off unless it is switched on.
 */
function legacyDrafts(active: RootedDocument, os: OsBuild): Drafts {
  const given = new Map<SettingName, ParsedSetting>();
  let enabled: Draft | undefined;
  for (const setting of active.document.settings) {
    if (!isLegacyName(setting.name)) continue;
    const { feeds } = legacyRows[setting.name];
    if (feeds !== null) given.set(feeds, setting);
    if (setting.name !== 'AdmPwdEnabled') continue;
    const { line, column } = setting.namePlace;
    const verdict = verdictOn(setting, active.root, os);
    const value = verdict.kind === 'fine' && verdict.value === 1 ? 2 : 0;
    enabled = { value, origin: 'set', file: active.document.path, line, column };
  }
  const off: Partial<Drafts> = {
    PasswordExpirationProtectionEnabled: { value: 0, origin: 'default' },
    ADPasswordEncryptionEnabled: { value: 0, origin: 'default' },
    ...(enabled && { BackupDirectory: enabled }),
  };
  return forEachSetting(
    (name) => (given.has(name) ? undefined : off[name]) ?? draftOf(name, given.get(name), active, os),
  );
}

/** Spec 2.2: the one value that is raised rather than replaced by the default (event 10058). */
function withEntraFloor(drafts: Drafts): Drafts {
  const age = drafts.PasswordAgeDays;
  const floor = settingRows.PasswordAgeDays.entraMinimum;
  if (drafts.BackupDirectory.value !== 1 || floor === undefined) return drafts;
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

const defaultSettings = forEachSetting((): Map<string | undefined, EffectiveSetting> => new Map());

function defaultSetting(name: SettingName, idle: string | undefined): EffectiveSetting {
  const known = defaultSettings[name].get(idle);
  if (known !== undefined) return known;
  const made = Object.freeze({
    ...defaultDrafts[name],
    applies: idle === undefined,
    ...(idle !== undefined && { why: idle }),
  });
  defaultSettings[name].set(idle, made);
  return made;
}

/** Resolves what the files say into what the device uses. At most one document per root is looked at. */
export function resolvePolicy(request: { documents: readonly RootedDocument[]; os: OsBuild }): EffectivePolicy {
  const { os } = request;
  const active = activeRootOf(request.documents, os);
  const legacy = active?.root === 'Legacy';
  // Of a name that stands there twice the last counts, as every JSON reader does it; the lint tells the author.
  const given = new Map<SettingName, ParsedSetting>();
  if (active !== undefined && !legacy)
    for (const setting of active.document.settings) if (isSettingName(setting.name)) given.set(setting.name, setting);
  const drafts = withEntraFloor(
    legacy
      ? legacyDrafts(active, os)
      : forEachSetting((name) =>
          active === undefined ? defaultDrafts[name] : draftOf(name, given.get(name), active, os),
        ),
  );
  const settings = forEachSetting((name): EffectiveSetting => {
    const draft = drafts[name];
    const idle = legacy ? legacyNotSupported : idleBecause(name, drafts);
    // A default that nobody set looks the same in every policy in which it is idle for the same reason.
    if (draft === defaultDrafts[name]) return defaultSetting(name, idle);
    if (idle === undefined) return { ...draft, applies: true };
    return { ...draft, applies: false, why: draft.why === undefined ? idle : `${draft.why}; ${idle}` };
  });
  return {
    source: active?.root ?? 'none',
    settings,
    ...(legacy && { notSupported: legacyNotSupported }),
    os: os.text,
  };
}
