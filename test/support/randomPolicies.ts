/** Seeded random policies: legal for their root, with texts that try every shape's quoting. */
import {
  type LegacyName,
  legacyRows,
  namesOf,
  type SettingName,
  type SettingValue,
  settingRows,
  type ValueRow,
} from '../../agent/core/policy/settings.ts';
import type { PolicyRootName } from '../../agent/core/ports.ts';

export interface RandomPolicy {
  readonly root: PolicyRootName;
  readonly settings: ReadonlyArray<{ readonly name: string; readonly value: SettingValue | boolean }>;
}

const pieces = [
  'lapsadmin',
  'Ärger',
  '管理者',
  '😀',
  ' ',
  '  ',
  '\t',
  '"',
  '\\',
  "'",
  ';',
  '//',
  '<',
  '>',
  '&',
  '&amp;',
  ']]>',
  '<![CDATA[',
  '%',
  '=',
  '-',
  '#',
  ',',
  '.',
  '{}',
  '[x]',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\u0085',
  'dword:1',
  '**del.x',
  'a\\"b',
];
/** Characters that some shape cannot hold. */
const rare = ['\r', '\n', '\r\n', '\u0001', '\u001f', '\u007f', '\ud800', '\udc00x', '\ufffe'];

function textOf(pick: (below: number) => number): string {
  const kind = pick(20);
  if (kind < 2) return '';
  if (kind < 10) return `account${pick(1000)}`;
  let text = '';
  for (let left = 1 + pick(6); left > 0; left -= 1) text += pieces[pick(pieces.length)] ?? '';
  if (kind === 19) text += (rare[pick(rare.length)] ?? '') + text;
  return text;
}

function valueOfRow(row: ValueRow, root: PolicyRootName, pick: (below: number) => number): SettingValue | boolean {
  if (row.type === 'text') return textOf(pick);
  if (row.type === 'boolean') return pick(2) === 0 ? pick(2) === 1 : pick(2);
  const allowed = row.values?.filter((each) => each.roots === undefined || each.roots.includes(root));
  if (allowed !== undefined) return allowed[pick(allowed.length)]?.value ?? 0;
  const [low, high] = [row.minimum ?? 0, row.maximum ?? 0];
  return low + pick(high - low + 1);
}

const rowOf = (root: PolicyRootName, name: string): ValueRow =>
  root === 'Legacy' ? legacyRows[name as LegacyName] : settingRows[name as SettingName];

/** One policy of a random root; about half of the root's settings, in random order. */
export function randomPolicy(pick: (below: number) => number): RandomPolicy {
  const root = (['CSP', 'CSP', 'GPO', 'GPO', 'Local', 'Legacy'] as const)[pick(6)] ?? 'CSP';
  const names = namesOf(root).filter(() => pick(2) === 0);
  for (let at = names.length - 1; at > 0; at -= 1) {
    const other = pick(at + 1);
    [names[at], names[other]] = [names[other] ?? '', names[at] ?? ''];
  }
  // Most real policies say where to back up; without it half of Intune's settings have no place.
  if (root === 'CSP' && !names.includes('BackupDirectory') && pick(3) > 0) names.unshift('BackupDirectory');
  const settings = names.map((name) => ({ name, value: valueOfRow(rowOf(root, name), root, pick) }));
  return { root, settings: pick(2) === 0 ? settings : settings.filter(({ name }) => hasPlace(name, settings)) };
}

/** Whether a setting stands beside what it depends on (spec 12.2): the half of the policies that Intune can hold. */
function hasPlace(name: string, settings: RandomPolicy['settings']): boolean {
  const given = (other: string): unknown => deviceValue(settings.find((each) => each.name === other)?.value);
  if (/^AD|^PasswordExpiration|^PasswordAge/.test(name)) return given('BackupDirectory') === 2;
  if (name === 'PassphraseLength') return Number(given('PasswordComplexity')) > 5;
  return !/^AutomaticAccountManagement(?!Enabled)/.test(name) || given('AutomaticAccountManagementEnabled') === 1;
}

/** What a device holds: booleans are 1 and 0. */
export const deviceValue = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);

const faultyNames = [
  'a/b',
  'admin ',
  ' admin',
  'x'.repeat(28),
  'admin.',
  '. .',
  'C\\admin',
  'a@b.test',
  '\ta',
  'Administrator',
];
const faultyPrincipals = [
  'Readers',
  ' C\\Readers ',
  'C\\Readers',
  '"C\\x"',
  'S-1-5-x',
  'C/x',
  '.\\x',
  '@x',
  ' ',
  'a\tb',
];

function faultyValue(name: string, pick: (below: number) => number): unknown {
  const from = <T>(list: readonly T[]): T | undefined => list[pick(list.length)];
  if (/Name|Prefix$/.test(name)) return from(faultyNames);
  if (name === 'ADPasswordEncryptionPrincipal') return from(faultyPrincipals);
  // Mostly numbers that no setting takes: a text for a number makes a device refuse the file whole.
  return pick(40) === 0 ? '1' : from([0, 1, 2, 3, 6, 7, 99, 400, -1]);
}

/** A policy as authors break them: values that nobody may write, names that no account has, what depends on nothing. */
export function randomFaultyPolicy(pick: (below: number) => number): {
  readonly root: PolicyRootName;
  readonly settings: Readonly<Record<string, unknown>>;
} {
  const { root, settings } = randomPolicy(pick);
  const faulty = settings.map(({ name, value }) => [name, pick(3) === 0 ? faultyValue(name, pick) : value] as const);
  const odd = pick(10) === 0 ? [['PasswordLenght', 20] as const] : [];
  // Most policies get as far as to ask for a backup.
  const enough = root === 'Legacy' ? { AdmPwdEnabled: 1 } : { BackupDirectory: 1 + pick(2) };
  return { root, settings: { ...Object.fromEntries([...faulty, ...odd]), ...(pick(4) > 0 && enough) } };
}
