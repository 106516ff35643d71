/**
 * `laps settings`: the reference of all settings, offline, from the one table (contract 2).
 *
 * Promises: shows what the table says and nothing else. Must never: hold a fact of its own.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { nearestName } from '../core/policy/nearest.ts';
import { osWords } from '../core/policy/os.ts';
import {
  allowedText,
  isSettingName,
  type SettingName,
  settingNames,
  settingRows,
  valueText,
} from '../core/policy/settings.ts';
import type { Face, Verb } from './face.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { table } from './render/table.ts';

function named(given: string): SettingName {
  const exact = settingNames.find((name) => name.toLowerCase() === given.toLowerCase());
  if (exact !== undefined) return exact;
  const near = nearestName(given, settingNames);
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `${clean(given)} is not a setting`,
    hint: near === undefined ? 'laps settings lists all of them' : `did you mean ${near}?`,
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
  if (row.needs !== undefined) parts.push(`there is ${row.needs}`);
  return parts.join(' and ');
}

function detail(face: Face, name: SettingName): string {
  const row = settingRows[name];
  const rows: string[][] = [
    ['type', row.type + (row.unit === undefined ? '' : `, ${row.unit}`)],
    ['default', valueText(row, row.default)],
    ['allowed', allowedText(row)],
    ...(row.values ?? []).map((allowed) => {
      const since = allowed.since === undefined ? '' : `; needs ${osWords(allowed.since)}`;
      const roots = allowed.roots === undefined ? '' : `; by ${allowed.roots.join(', ')} only`;
      return ['', `${allowed.value}  ${allowed.words}${since}${roots}`];
    }),
    ['directory', row.directories.map((directory) => directoryWords[directory]).join(', ')],
    ['roots', row.roots.join(', ')],
    ['since', osWords(row.since)],
    ['CSP', row.csp ?? 'none'],
    ['registry', `${row.registry.name} (${row.registry.kind})`],
  ];
  if (row.entraMinimum !== undefined)
    rows.splice(3, 0, ['with Entra ID', `at least ${row.entraMinimum}; smaller values are raised (event 10058)`]);
  const condition = conditionText(name);
  if (condition !== '') rows.push(['ignored unless', condition]);
  const body = table(
    rows.map(([label, value]) => [`  ${label ?? ''}`, value ?? '']),
    face.host.stdout.columns,
  );
  return `${palette(face.color).bold(name)}\n  ${row.summary}\n\n${body}`;
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description('The reference of policy settings: type, range, default, words, where each applies.')
      .argument('[name]', 'one setting, upper or lower case')
      .addHelpText('after', '\nExamples:\n  laps settings\n  laps settings PasswordComplexity');
  },

  async run(face) {
    const given = face.args[0];
    const chosen = given === undefined ? settingNames : [named(given)];
    if (face.json) {
      const rows = chosen.map((name) => ({ name, ...settingRows[name] }));
      face.outJson(given === undefined ? rows : rows[0]);
      return 0;
    }
    const only = chosen[0];
    if (given !== undefined && only !== undefined && isSettingName(only)) {
      face.out(detail(face, only));
      return 0;
    }
    const line = (name: SettingName): string[] => {
      const row = settingRows[name];
      return [name, row.default === '' ? '(empty)' : String(row.default), allowedText(row)];
    };
    face.out(table([['setting', 'default', 'allowed'], ...chosen.map(line)], face.host.stdout.columns));
    face.out('\nlaps settings NAME tells more about one.\n');
    return 0;
  },
};
