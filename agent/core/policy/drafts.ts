/**
 * What each setting of the active root is to a device before the others are looked at: as given, replaced, or a default.
 *
 * Knows: defaults, what a value is replaced by, what legacy emulation takes from its own values (spec 1.4, 2.2).
 * Promises: every setting has a value, and says where it comes from. Must never: say whether a setting applies beside the
 * others; resolve.ts does.
 */
import type { PolicyRootName } from '../ports.ts';
import type { GivenValue, ParsedSetting, PolicyDocument } from './document.ts';
import { knows, type OsBuild, osWords } from './os.ts';
import {
  allowedText,
  forEachSetting,
  isLegacyName,
  isSettingName,
  legacyRows,
  type SettingName,
  type SettingValue,
  settingRows,
} from './settings.ts';
import { type JudgedSetting, judgeSettings, typeText, type Verdict } from './values.ts';

export type Origin = 'set' | 'default' | 'adjusted';

/** A setting of which it is not known yet whether it applies. */
export interface Draft {
  readonly value: SettingValue;
  readonly origin: Origin;
  /** What the file says, where the device uses something else. */
  readonly given?: GivenValue;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** In a binary file, where a line says nothing. */
  readonly byteOffset?: number;
  /** Why it was adjusted, where a default comes from that needs a word, or why it does not apply. */
  readonly why?: string;
  /** Why it does not apply, alone. */
  readonly idle?: string;
}

export type Drafts = Record<SettingName, Draft>;

export interface RootedDocument {
  readonly root: PolicyRootName;
  readonly document: PolicyDocument;
}

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

type Refused = Exclude<Verdict, { kind: 'fine' | 'unknown' }>;
type Ignored = Extract<Verdict, { kind: 'newerSetting' | 'notInRoot' }>;

const cannotCarry = 'this root cannot carry it';
const unknownUntil = (since: string): string => `this Windows does not know it; it needs ${osWords(since)}`;

/** Why a setting is none to this Windows, or in this root: nothing is used in the place of what it says. */
const ignoredBecause = (verdict: Ignored): string =>
  verdict.kind === 'notInRoot' ? cannotCarry : unknownUntil(verdict.since);

/** The same of a setting that nobody wrote: it would be ignored, whatever it said. Undefined where it would not be. */
export const unknownBecause = (name: SettingName, os: OsBuild): string | undefined =>
  knows(os, settingRows[name].since) ? undefined : unknownUntil(settingRows[name].since);
export const uncarriedBecause = (name: SettingName, root: PolicyRootName): string | undefined =>
  settingRows[name].roots.includes(root) ? undefined : cannotCarry;

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
export const defaultDrafts: Readonly<Drafts> = forEachSetting((name) =>
  Object.freeze({ value: settingRows[name].default, origin: 'default' }),
);

/** Where a setting's name stands. */
const spotOf = ({
  line,
  column,
  byteOffset,
}: ParsedSetting['namePlace']): Required<Pick<Draft, 'line' | 'column'>> & Pick<Draft, 'byteOffset'> => ({
  line,
  column,
  ...(byteOffset !== undefined && { byteOffset }),
});

function draftOf(name: SettingName, given: JudgedSetting | undefined, active: JudgedDocument): Draft {
  const row = settingRows[name];
  if (given === undefined) return defaultDrafts[name];
  const { setting, verdict } = given;
  const at = { file: active.document.path, ...spotOf(setting.namePlace) };
  if (verdict.kind === 'unknown') return defaultDrafts[name];
  if (verdict.kind !== 'fine') {
    const draft = { value: row.default, origin: 'adjusted', given: setting.value, ...at } as const;
    return verdict.kind === 'newerSetting' || verdict.kind === 'notInRoot'
      ? { ...draft, idle: ignoredBecause(verdict) }
      : { ...draft, why: adjustment(verdict, active.root) };
  }
  if (row.emptyIsUnset === true && verdict.value === '')
    return {
      value: row.default,
      origin: 'adjusted',
      given: '',
      ...at,
      why: 'an empty text counts as not set',
    };
  return { value: verdict.value, origin: 'set', ...at };
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
    const value = verdict.kind === 'fine' && verdict.value === 1 ? 2 : 0;
    enabled = { value, origin: 'set', file: active.document.path, ...spotOf(setting.namePlace) };
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

/** The drafts of a document that speaks for the active root; without one, of no policy at all. */
export const draftsOf = (active: JudgedDocument | undefined): Drafts =>
  withEntraFloor(active?.root === 'Legacy' ? legacyDrafts(active) : modernDrafts(active));
