/**
 * The catalogue of settings, read from policies/settings.json (design law 4: declared once).
 *
 * Knows: every setting, root and legacy value, with type, range, default and words. Promises: names are a closed union
 * taken from the table itself, so a setting that is not in the table does not compile. Must never: hold a fact about a
 * setting that the table does not.
 */
import catalogue from '../../../policies/settings.json' with { type: 'json' };
import type { PolicyRootName } from '../ports.ts';
import { inQuotes } from './text.ts';

export type SettingName = keyof typeof catalogue.settings;
export type LegacyName = keyof typeof catalogue.legacy;
/** What a setting holds once it is read: booleans are 1 and 0, as the registry keeps them (spec 1.3). */
export type SettingValue = number | string;
export type BackupDirectoryName = 'Entra' | 'AD';

export interface AllowedValue {
  readonly value: number;
  readonly words: string;
  /** First Windows build that knows this value; absent: as long as the setting itself. */
  readonly since?: string;
  /** Roots that may carry it; absent: all (spec 13, row 5). */
  readonly roots?: readonly PolicyRootName[];
}

/** "Ignored unless" of spec 2.1, as data. */
export interface Condition {
  readonly setting: SettingName;
  readonly in?: readonly SettingValue[];
  readonly notIn?: readonly SettingValue[];
  /** Why the setting is ignored when this does not hold; `{value}` is the other setting's value. */
  readonly otherwise: string;
}

/** What the values of a setting may be, in any root. */
export interface ValueRow {
  readonly summary: string;
  readonly type: 'integer' | 'boolean' | 'text';
  /** What a number counts, in the plural. */
  readonly unit?: string;
  /** What an empty text stands for. */
  readonly emptyWords?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly values?: readonly AllowedValue[];
  readonly registry: { readonly name: string; readonly kind: 'REG_DWORD' | 'REG_SZ' };
}

export interface SettingRow extends ValueRow {
  readonly default: SettingValue;
  /** With BackupDirectory 1 the device raises smaller values to this one (spec 2.2, event 10058). */
  readonly entraMinimum?: number;
  /** The Group Policy editor stops there; a device does not (spec 2.2). */
  readonly editorMaxLength?: number;
  readonly emptyIsUnset?: boolean;
  readonly directories: readonly BackupDirectoryName[];
  readonly roots: readonly PolicyRootName[];
  readonly since: string;
  readonly csp: string | null;
  readonly ignoredUnless: readonly Condition[];
  /** A condition on the device's surroundings that no policy file can tell. */
  readonly needs?: string;
}

export interface LegacyRow extends ValueRow {
  readonly feeds: SettingName | null;
}

export interface RootRow {
  readonly order: number;
  /** PolicySource of the State key (spec 10). */
  readonly code: 1 | 2 | 3 | 4;
  readonly prefix: string | null;
  readonly key: string;
  readonly eventText: string;
  readonly words: string;
}

// The parse boundary: JSON knows no literal types. test/house/policyTables.test.ts holds the table to these shapes.
export const settingRows = catalogue.settings as unknown as Readonly<Record<SettingName, SettingRow>>;
export const legacyRows = catalogue.legacy as unknown as Readonly<Record<LegacyName, LegacyRow>>;
export const rootRows = catalogue.roots as unknown as Readonly<Record<PolicyRootName, RootRow>>;

const isOwnKey = <K extends string>(rows: Readonly<Record<K, unknown>>, name: string): name is K =>
  Object.hasOwn(rows, name);

export const isSettingName = (name: string): name is SettingName => isOwnKey(settingRows, name);
export const isLegacyName = (name: string): name is LegacyName => isOwnKey(legacyRows, name);

/** All settings, in the table's order. */
export const settingNames: readonly SettingName[] = Object.keys(settingRows).filter(isSettingName);
export const legacyNames: readonly LegacyName[] = Object.keys(legacyRows).filter(isLegacyName);
/** The four roots in the order in which a device asks them (spec 1.1). */
export const rootNames: readonly PolicyRootName[] = Object.keys(rootRows).filter((name): name is PolicyRootName =>
  isOwnKey(rootRows, name),
);

/** The names that mean something under a root. */
export function namesOf(root: PolicyRootName): readonly string[] {
  return root === 'Legacy' ? legacyNames : settingNames.filter((name) => settingRows[name].roots.includes(root));
}

/** The row that says what values a name may hold under a root, or undefined when the root does not know the name. */
export function valueRowOf(root: PolicyRootName, name: string): ValueRow | undefined {
  if (root === 'Legacy') return isLegacyName(name) ? legacyRows[name] : undefined;
  return isSettingName(name) ? settingRows[name] : undefined;
}

/** One member per setting. */
export function forEachSetting<T>(make: (name: SettingName) => T): Record<SettingName, T> {
  const made: Partial<Record<SettingName, T>> = {};
  for (const name of settingNames) made[name] = make(name);
  // A partial record forgets that it is whole by now; the keys are exactly settingNames.
  return made as Record<SettingName, T>;
}

/** The values of a list that a root can carry; without a root, all of them. */
export const allowedValues = ({ values = [] }: ValueRow, root?: PolicyRootName): readonly AllowedValue[] =>
  values.filter(({ roots }) => root === undefined || roots === undefined || roots.includes(root));

/** `0, 1 or 2`: a choice in words. */
export const choiceText = (words: ReadonlyArray<string | number>): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;

/** `0 or 1`, `8 to 64`, `a text`: what a person may write, in a root if one is named. */
export function allowedText(row: ValueRow, root?: PolicyRootName): string {
  if (row.type === 'text') return 'a text';
  if (row.type === 'boolean') return 'true or false (1 or 0)';
  if (row.values !== undefined) return choiceText(allowedValues(row, root).map(({ value }) => value));
  return `${row.minimum ?? 0} to ${row.maximum ?? 0}`;
}

/** A value with its words: `4 (upper- and lower-case letters, digits, specials)`, `30 days`, `true`, `"lapsadmin"`. */
export function valueText(row: ValueRow, value: SettingValue): string {
  if (row.type === 'boolean') return value === 1 ? 'true' : 'false';
  const words = row.values?.find((allowed) => allowed.value === value)?.words;
  if (words !== undefined) return `${value} (${words})`;
  if (value === '') return row.emptyWords === undefined ? '(empty)' : `(empty: ${row.emptyWords})`;
  if (typeof value === 'string') return inQuotes(value);
  if (row.unit === undefined) return String(value);
  return `${value} ${value === 1 ? row.unit.replace(/s$/, '') : row.unit}`;
}
