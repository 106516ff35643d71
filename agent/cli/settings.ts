/**
 * `laps settings`: the reference of all settings, offline, from the one table (contract 2).
 *
 * Promises: shows what the table says and nothing else. Must never: hold a fact of its own.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { catalogPrefix } from '../core/policy/formats/uri.ts';
import { settingsMeant } from '../core/policy/lookUp.ts';
import { nearestName } from '../core/policy/nearest.ts';
import { osWords } from '../core/policy/os.ts';
import {
  allowedText,
  isSettingName,
  type LegacyName,
  legacyNames,
  legacyRows,
  namesOf,
  rootNames,
  rootRows,
  type SettingName,
  settingNames,
  settingRows,
  valueText,
} from '../core/policy/settings.ts';
import type { PolicyRootName } from '../core/ports.ts';
import type { Face, Verb } from './face.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { table, wrapText } from './render/table.ts';

function unknown(given: string): LapsError {
  const near = nearestName(given, [...settingNames, ...legacyNames]);
  return new LapsError('ERR_LAPS_USAGE', {
    message: given.trim() === '' ? 'the name is empty' : `${clean(given)} is not a setting`,
    hint: near === undefined ? 'laps settings lists all of them' : `did you mean ${near}?`,
  });
}

function notRead(given: string, meant: string): LapsError {
  return new LapsError('ERR_LAPS_USAGE', {
    message: `no device reads ${clean(given)}`,
    hint: `write ${meant}; laps settings ${rootNames.map((root) => root.toLowerCase()).join(', ')} show the four roots`,
  });
}

const directoryWords = { Entra: 'Entra ID', AD: 'Active Directory' } as const;

function conditionText(name: SettingName): string {
  const row = settingRows[name];
  const parts = row.ignoredUnless.map((condition) =>
    condition.in !== undefined
      ? `${condition.setting} is ${condition.in.join(', ')}`
      : `${condition.setting} is not ${condition.notIn?.join(', ') ?? ''}`,
  );
  if (row.needs !== undefined) parts.push(`the device is ${row.needs}`);
  return parts.join(' and ');
}

/** The ids that the settings catalog has for it; one setting has two (spec 12.2). */
function intuneIds(name: SettingName): string {
  const id = `${catalogPrefix}${name.toLowerCase()}`;
  if (settingRows[name].csp === null) return 'none';
  return settingRows[name].entraMinimum === undefined ? id : `${id}_aad (Entra ID) or ${id} (Active Directory)`;
}

/** A page of the reference: its name, what it is, and rows of a label and what stands there. */
function page(face: Face, name: string, summary: string, rows: ReadonlyArray<readonly [string, string]>): string {
  const { columns } = face.host.stdout;
  const head = wrapText(summary, Math.max(40, Math.min(columns, 100)) - 2).map((line) => `  ${line}\n`);
  const body = rows.map(([label, value]) => [`  ${label}`, value]);
  return `${palette(face.color).bold(name)}\n${head.join('')}\n${table(body, columns)}`;
}

function detail(face: Face, name: SettingName): string {
  const row = settingRows[name];
  const legacy = legacyNames.find((each) => legacyRows[each].feeds === name);
  const rows: Array<readonly [string, string]> = [
    ['type', row.type + (row.unit === undefined ? '' : `, ${row.unit}`)],
    ['default', valueText(row, row.default)],
    ['allowed', allowedText(row)],
    ...(row.entraMinimum === undefined
      ? []
      : [['with Entra ID', `at least ${row.entraMinimum}; smaller values are raised (event 10058)`] as const]),
    ...(row.values ?? []).map((allowed) => {
      const since = allowed.since === undefined ? '' : `; needs ${osWords(allowed.since)}`;
      const roots = allowed.roots === undefined ? '' : `; by ${allowed.roots.join(', ')} only`;
      return ['', `${allowed.value}  ${allowed.words}${since}${roots}`] as const;
    }),
    ['directory', row.directories.map((directory) => directoryWords[directory]).join(', ')],
    ['roots', row.roots.join(', ')],
    ['since', osWords(row.since)],
    ['CSP', row.csp ?? 'none'],
    ['Intune', intuneIds(name)],
    ['registry', `${row.registry.name} (${row.registry.kind})`],
    ...(legacy === undefined ? [] : [['legacy LAPS', legacy] as const]),
  ];
  const condition = conditionText(name);
  if (condition !== '') rows.push(['ignored unless', condition]);
  return page(face, name, row.summary, rows);
}

function legacyDetail(face: Face, name: LegacyName): string {
  const row = legacyRows[name];
  return page(face, name, row.summary, [
    ['type', row.type],
    ['allowed', allowedText(row)],
    ['root', 'Legacy'],
    ['registry', `${rootRows.Legacy.key}, ${row.registry.name} (${row.registry.kind})`],
    ["today's name", row.feeds ?? (name === 'AdmPwdEnabled' ? 'BackupDirectory' : 'none')],
  ]);
}

const ordinals = ['first', 'second', 'third', 'last'] as const;

/** A root: what it is, where it lives, and what may stand in it. */
function rootDetail(face: Face, root: PolicyRootName): string {
  const row = rootRows[root];
  const names = namesOf(root).filter(isSettingName);
  const missing = root === 'Legacy' ? [] : settingNames.filter((name) => !names.includes(name));
  const told = `Policy root: ${row.words}, asked ${ordinals[row.order - 1] ?? ''}. A device takes the first of the four roots that sets anything, whole, and looks at no other.`;
  return [
    page(face, root, told, [
      ...(row.prefix === null ? [] : [['URI', row.prefix] as const]),
      ['registry', row.key],
      ...(missing.length === 0 ? [] : [['has no', missing.join(', ')] as const]),
    ]),
    '\n',
    table(
      [
        ...(root === 'Legacy'
          ? [['setting', 'allowed'], ...legacyNames.map((name) => [name, allowedText(legacyRows[name])])]
          : [['setting', 'default', 'allowed'], ...names.map((name) => line(name, root))]),
      ],
      face.host.stdout.columns,
    ),
    more,
  ].join('');
}

const more = '\nlaps settings NAME tells more about one.\n';

/** One line of the list: what stands in the file when nothing does, and what may. */
function line(name: SettingName, root?: PolicyRootName): readonly string[] {
  const row = settingRows[name];
  const entra = row.entraMinimum === undefined ? '' : `; with Entra ID from ${row.entraMinimum}`;
  const { emptyWords: _words, values: _values, ...short } = row;
  return [name, valueText(short, row.default), `${allowedText(row, root)}${entra}`];
}

function list(face: Face, names: readonly SettingName[]): string {
  const { columns } = face.host.stdout;
  const all = names.length === settingNames.length;
  const legacy = legacyNames.filter((name) => !isSettingName(name));
  return [
    table([['setting', 'default', 'allowed'], ...names.map((name) => line(name))], columns),
    ...(all
      ? [
          `\nlegacy Microsoft LAPS\n${table(
            legacy.map((name) => [name, allowedText(legacyRows[name])]),
            columns,
          )}`,
        ]
      : []),
    more,
  ].join('');
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description('The reference of policy settings: type, range, default, words, where each applies.')
      .argument('[name]', 'a setting, or a part of its name; also its URI, its Intune id, its legacy name, or a root')
      .addHelpText(
        'after',
        '\nExamples:\n  laps settings\n  laps settings PasswordComplexity\n  laps settings encryption\n  laps settings gpo\n  laps settings ./Device/Vendor/MSFT/LAPS/Policies/PasswordLength',
      );
  },

  async run(face) {
    const given = face.args[0];
    if (given === undefined) {
      if (face.json) face.outJson(settingNames.map((name) => ({ name, ...settingRows[name] })));
      else face.out(list(face, settingNames));
      return 0;
    }
    const meant = settingsMeant(given);
    if (meant.kind === 'nothing') throw unknown(given);
    if (meant.kind === 'stray') throw notRead(given, meant.meant);
    if (meant.kind === 'root') {
      const { root } = meant;
      if (face.json) face.outJson({ root, ...rootRows[root], settings: namesOf(root) });
      else face.out(rootDetail(face, root));
      return 0;
    }
    if (meant.kind === 'legacy') {
      if (face.json) face.outJson({ name: meant.name, root: 'Legacy', ...legacyRows[meant.name] });
      else face.out(legacyDetail(face, meant.name));
      return 0;
    }
    const { names } = meant;
    const [only] = names;
    const rows = names.map((name) => ({ name, ...settingRows[name] }));
    if (face.json) face.outJson(rows.length === 1 ? rows[0] : rows);
    else face.out(names.length === 1 && only !== undefined ? detail(face, only) : list(face, names));
    return 0;
  },
};
