/**
 * `laps rules`: what `laps validate` looks for, and why, offline (contract 2).
 *
 * Promises: shows what each rule says of itself and nothing else, the shipped baselines' rules included. Must never: hold
 * a fact of its own.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { baselineNames, baselineRules, namedBaseline } from '../core/policy/baselines/baselines.ts';
import { foundBy } from '../core/policy/lookUp.ts';
import { nearestName } from '../core/policy/nearest.ts';
import type { RuleText } from '../core/policy/rules/rule.ts';
import { rules } from '../core/policy/rules/rules.ts';
import type { Face, Verb } from './face.ts';
import { clean } from './render/display.ts';
import { severityPaint } from './render/finding.ts';
import { palette } from './render/paint.ts';
import { wrapText } from './render/table.ts';

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

/** The rule of that id or name; else all that the word is a part of. */
function found(given: string, entries: readonly Entry[]): readonly Entry[] {
  const wanted = given.trim().toLowerCase();
  const number = /^(?:laps)?(\d{1,3})$/.exec(wanted)?.[1];
  const id = number === undefined ? wanted : `laps${number.padStart(3, '0')}`;
  const exact = entries.find(({ rule }) => [rule.id, rule.name].some((word) => word.toLowerCase() === id));
  if (exact !== undefined) return [exact];
  // Ids do not resemble one another by what they mean: a near one would be a guess.
  if (number !== undefined)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `there is no rule ${id.toUpperCase()}`,
      hint: 'laps rules lists all of them; a number that is left out is never used for another rule',
    });
  const some = foundBy(
    wanted,
    entries,
    ({ rule }) => rule.name,
    ({ rule }) => `${rule.summary} ${rule.hint}`,
  );
  if (some.length > 0) return some;
  const near = nearestName(
    given,
    entries.map(({ rule }) => rule.name),
  );
  throw new LapsError('ERR_LAPS_USAGE', {
    message: wanted === '' ? 'the name is empty' : `${clean(given)} is no rule`,
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

/** Rules in two lines each: a column for what they find would be too narrow to read. */
function block(face: Face, entries: readonly Entry[]): string {
  const paints = palette(face.color);
  const width = Math.max(40, Math.min(face.host.stdout.columns, 100));
  const longest = (words: readonly string[]): number => Math.max(0, ...words.map((word) => word.length));
  const ids = longest(entries.map(({ rule }) => rule.id));
  const severities = longest(entries.map(({ rule }) => rule.severity));
  const indent = ' '.repeat(9);
  return entries
    .map(({ rule }) => {
      const severity = severityPaint(rule.severity, paints)(rule.severity.padEnd(severities));
      const head = `${rule.id.padEnd(ids)}  ${severity}  ${paints.bold(rule.name)}`;
      const finds = wrapText(rule.summary, width - indent.length).map((line) => `${indent}${line}\n`);
      return `${head}\n${finds.join('')}`;
    })
    .join('');
}

function list(face: Face, entries: readonly Entry[]): string {
  const always = entries.filter((entry) => entry.baseline === undefined);
  const blocks = always.length === 0 ? [] : [block(face, always)];
  for (const name of baselineNames) {
    const asked = entries.filter((entry) => entry.baseline === name);
    if (asked.length > 0) blocks.push(`with --baseline ${name}\n${block(face, asked)}`);
  }
  return blocks.join('\n');
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description('The rules that laps validate knows: what each finds, why it matters, what to do.')
      .argument('[id]', 'a rule by its id or name, or a word of it')
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
          '  laps rules encryption',
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
    const some = found(given, entries);
    const [only] = some;
    if (face.json) face.outJson(some.length === 1 ? some.map(json)[0] : some.map(json));
    else if (some.length === 1 && only !== undefined) face.out(detail(face, only));
    else face.out(`${list(face, some)}\nlaps rules ID tells more about one.\n`);
    return 0;
  },
};
