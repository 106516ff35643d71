/**
 * What a device makes of one value: the single judgement that resolve and the rules share.
 *
 * Knows: the validator that ajv compiled from policies/settings.json, and which Windows knows what. Promises: one
 * verdict for every setting and any JSON value. Must never: look at another setting; what depends on two is resolve's.
 */
import type { PolicyRootName } from '../ports.ts';
import type { GivenValue, ParsedSetting } from './document.ts';
import { type CompiledError, validateLegacy, validateModern } from './generated/settingsValidator.mjs';
import { knows, type OsBuild } from './os.ts';
import {
  isSettingName,
  type SettingName,
  type SettingValue,
  settingRows,
  type ValueRow,
  valueRowOf,
} from './settings.ts';
import { inQuotes, shortName } from './text.ts';

export type Verdict =
  | { readonly kind: 'fine'; readonly value: SettingValue }
  /** No such setting under any root. Never counts as set (spec O1: we hold that only known settings do). */
  | { readonly kind: 'unknown' }
  /** A setting, but not one that this root can carry (ADBackupDSRMPassword by MDM). */
  | { readonly kind: 'notInRoot'; readonly row: ValueRow }
  /** A setting that this Windows does not have yet: to it, an unknown name. */
  | { readonly kind: 'newerSetting'; readonly row: ValueRow; readonly since: string }
  /** A text where a number belongs and the like: the file cannot be read as policy. */
  | { readonly kind: 'wrongType'; readonly row: ValueRow }
  /** Outside the range or the list: the device uses the default (spec 2.2). */
  | { readonly kind: 'notAllowed'; readonly row: ValueRow }
  | { readonly kind: 'newerValue'; readonly row: ValueRow; readonly since: string }
  | { readonly kind: 'valueNotInRoot'; readonly row: ValueRow };

const typeWords = { integer: 'a whole number', boolean: 'true or false', text: 'a text' } as const;
/** What belongs where a value of the wrong type stands. */
export const typeText = (row: ValueRow): string => typeWords[row.type];

/** In the settings catalog a choice is made by the id of an option, and a number or a text stands in a value of its kind. */
export const isCatalogChoice = ({ intune }: Pick<ParsedSetting, 'intune'>, row: ValueRow): boolean =>
  intune !== undefined && (row.values !== undefined || row.type === 'boolean');

const withArticle = (kind: string): string => `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;

/** `PasswordLength is "14", but a whole number belongs here`. */
export function wrongTypeText(setting: ParsedSetting, row: ValueRow): string {
  const { name, value } = setting;
  if (value !== null && typeof value === 'object' && value.kind === 'catalog' && value.called !== undefined) {
    const { given, wanted } = value.called;
    return `${name}, ${value.shown}, is called ${withArticle(given)}, but ${withArticle(wanted.replace(/^.*Configuration/, ''))} belongs here`;
  }
  const wanted = isCatalogChoice(setting, row) ? 'the id of one of its options' : typeText(row);
  return `${setting.name} is ${givenText(setting.value)}, but ${wanted} belongs here`;
}

/** The table's `enum` for a boolean setting also catches what is no boolean at all; tell the two apart. */
function isWrongType(row: ValueRow, error: CompiledError, value: GivenValue): boolean {
  if (error.keyword === 'type') return true;
  return row.type === 'boolean' && typeof value !== 'boolean' && !Number.isInteger(value);
}

function normal(value: GivenValue): SettingValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' || typeof value === 'string' ? value : '';
}

/** Values as a device compares them: the names of accounts and groups without regard to case. */
export const asCompared = (name: SettingName, value: SettingValue): SettingValue =>
  name === 'AdministratorAccountName' || name === 'ADPasswordEncryptionPrincipal' ? String(value).toLowerCase() : value;

type Given = Pick<ParsedSetting, 'name' | 'value'>;

/** Judges one setting of a root on a Windows. */
export function verdictOn(setting: Given, root: PolicyRootName, os: OsBuild): Verdict {
  const { name, value } = setting;
  const row = valueRowOf(root, name);
  if (row === undefined) return { kind: 'unknown' };
  const validate = root === 'Legacy' ? validateLegacy : validateModern;
  const good = validate({ [name]: value });
  const errors = good ? [] : (validate.errors ?? []);
  const modern = root !== 'Legacy' && isSettingName(name) ? settingRows[name] : undefined;
  if (modern !== undefined && !modern.roots.includes(root)) return { kind: 'notInRoot', row };
  if (errors.some((error) => isWrongType(row, error, value))) return { kind: 'wrongType', row };
  if (modern !== undefined && !knows(os, modern.since)) return { kind: 'newerSetting', row, since: modern.since };
  if (errors.length > 0) return { kind: 'notAllowed', row };
  const allowed = row.values?.find((candidate) => candidate.value === value);
  if (allowed?.roots !== undefined && !allowed.roots.includes(root)) return { kind: 'valueNotInRoot', row };
  if (allowed?.since !== undefined && !knows(os, allowed.since))
    return { kind: 'newerValue', row, since: allowed.since };
  return { kind: 'fine', value: normal(value) };
}

/** One setting of a file with what a device makes of it by itself. */
export interface JudgedSetting {
  readonly setting: ParsedSetting;
  readonly verdict: Verdict;
}

/**
 * Good verdicts on numbers and switches, by what they depend on. There are no more than the table allows values, and a
 * thousand files ask for the same ones again and again.
 */
const goodVerdicts = new WeakMap<OsBuild, Map<string, Map<GivenValue, Verdict>>>();

function rememberedVerdict(setting: Given, root: PolicyRootName, os: OsBuild): Verdict {
  const { name, value } = setting;
  const forOs = goodVerdicts.get(os) ?? new Map<string, Map<GivenValue, Verdict>>();
  const key = root === 'CSP' ? name : `${root} ${name}`;
  const known = forOs.get(key)?.get(value);
  if (known !== undefined) return known;
  const verdict = verdictOn(setting, root, os);
  if (verdict.kind === 'fine' && typeof value !== 'string') {
    goodVerdicts.set(os, forOs);
    forOs.set(key, (forOs.get(key) ?? new Map<GivenValue, Verdict>()).set(value, verdict));
  }
  return verdict;
}

/** Judges each setting of a file, as {@link verdictOn} does. */
export const judgeSettings = (
  settings: readonly ParsedSetting[],
  root: PolicyRootName,
  os: OsBuild,
): readonly JudgedSetting[] => settings.map((setting) => ({ setting, verdict: rememberedVerdict(setting, root, os) }));

/** Whether a setting makes its root the active one: any known setting does, whatever its value (spec 1.2). */
export function countsAsSet(verdict: Verdict): boolean {
  return verdict.kind !== 'unknown' && verdict.kind !== 'notInRoot' && verdict.kind !== 'newerSetting';
}

/** A given value for people, short and without control characters: `"14"`, `99`, `an object`. */
export function givenText(value: GivenValue): string {
  if (value !== null && typeof value === 'object') {
    if (value.kind === 'registry') return value.shown === '' ? `a ${value.type}` : `a ${value.type} (${value.shown})`;
    if (value.kind === 'catalog') return `${value.shown} in ${withArticle(value.called?.given ?? value.member)}`;
    return value.kind === 'object' ? 'an object' : 'a list';
  }
  // JSON has no word for what 1e400 is read as.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number beyond all bounds';
  return typeof value === 'string' ? inQuotes(shortName(value)) : String(value);
}
