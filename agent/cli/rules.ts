/**
 * `laps rules`: what `laps validate` looks for, and why, offline (contract 2).
 *
 * Promises: shows what each rule says of itself and nothing else, the shipped baselines' rules included. Must never: hold
 * a fact of its own.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { baselineNames, baselineRules, namedBaseline } from '../core/policy/baselines/baselines.ts';
import { nearestName } from '../core/policy/nearest.ts';
import type { RuleText } from '../core/policy/rules/rule.ts';
import { rules } from '../core/policy/rules/rules.ts';
import type { Face, Verb } from './face.ts';
import { clean } from './render/display.ts';
import { severityPaint } from './render/finding.ts';
import { palette } from './render/paint.ts';
import { table, wrapText } from './render/table.ts';

interface Entry {
  readonly rule: RuleText;
  /** The baseline that asks for it; undefined for a rule that is always asked. */
  readonly baseline: string | undefined;
}

function allEntries(): readonly Entry[] {
  const asked = rules.map((rule): Entry => ({ rule, baseline: undefined }));
  const ofBaselines = baselineNames.flatMap((baseline) => {
    const named = namedBaseline(baseline);
    return named === undefined ? [] : baselineRules(named).map((rule): Entry => ({ rule, baseline }));
  });
  return [...asked, ...ofBaselines];
}

function found(given: string, entries: readonly Entry[]): Entry {
  const wanted = given.toLowerCase();
  const isIt = ({ rule }: Entry): boolean => [rule.id, rule.name].some((word) => word.toLowerCase() === wanted);
  const entry = entries.find(isIt);
  if (entry !== undefined) return entry;
  const names = entries.flatMap(({ rule }) => [rule.name, rule.id]);
  const near = nearestName(given, names);
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `${clean(given)} is no rule`,
    hint: near === undefined ? 'laps rules lists all of them' : `did you mean ${near}?`,
  });
}

const json = ({ rule, baseline }: Entry): Record<string, unknown> => {
  const { id, name, severity, summary, hint, documentation, source } = rule;
  return { id, name, severity, summary, hint, documentation, source: source ?? null, baseline: baseline ?? null };
};

function detail(face: Face, { rule, baseline }: Entry): string {
  const paints = palette(face.color);
  const width = Math.max(40, Math.min(face.host.stdout.columns, 100));
  const block = (text: string): string =>
    text
      .split('\n')
      .flatMap((line) => wrapText(line, width - 2))
      .map((line) => `  ${line}`.trimEnd())
      .join('\n');
  const parts = [
    `${paints.bold(`${rule.id} ${rule.name}`)}  ${severityPaint(rule.severity, paints)(rule.severity)}`,
    block(rule.summary),
    block(rule.documentation),
    block(`hint: ${rule.hint}`),
    ...(rule.source === undefined ? [] : [block(`source: ${rule.source}`)]),
    ...(baseline === undefined ? [] : [block(`asked with --baseline ${baseline} only`)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function list(face: Face, entries: readonly Entry[]): string {
  const { columns } = face.host.stdout;
  const row = ({ rule }: Entry): string[] => [rule.id, rule.severity, rule.name, rule.summary];
  const always = entries.filter((entry) => entry.baseline === undefined);
  const blocks = [table([['rule', 'severity', 'name', 'finds'], ...always.map(row)], columns)];
  for (const name of baselineNames) {
    const asked = entries.filter((entry) => entry.baseline === name);
    blocks.push(`with --baseline ${name}\n${table(asked.map(row), columns)}`);
  }
  return blocks.join('\n');
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description('The rules that laps validate knows: what each finds, why it matters, what to do.')
      .argument('[id]', 'one rule, by its id or its name')
      .addHelpText(
        'after',
        [
          '',
          'Severity: error, a device will not do what the file says; warning, it will, but an author would want to know; info, worth knowing.',
          '',
          'Examples:',
          '  laps rules',
          '  laps rules LAPS013',
          '  laps rules unknown-setting',
        ].join('\n'),
      );
  },

  async run(face) {
    const entries = allEntries();
    const given = face.args[0];
    if (given === undefined) {
      if (face.json) face.outJson(entries.map(json));
      else face.out(`${list(face, entries)}\nlaps rules ID tells more about one.\n`);
      return 0;
    }
    const entry = found(given, entries);
    if (face.json) face.outJson(json(entry));
    else face.out(detail(face, entry));
    return 0;
  },
};
