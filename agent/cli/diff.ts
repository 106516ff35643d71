/**
 * `laps diff`: what a device would do differently under another policy, and whether it rotates (contract 2).
 *
 * Promises: exit 0 when nothing changes, 1 when something does, whatever shapes the two have. Must never: compare texts;
 * core/policy/diff.ts compares what applies.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { differenceOf, type PolicyDifference, type Side } from '../core/policy/diff.ts';
import type { Management } from '../core/policy/effective.ts';
import type { OsBuild } from '../core/policy/os.ts';
import type { EffectivePolicy } from '../core/policy/resolve.ts';
import { type SettingName, settingRows, valueText } from '../core/policy/settings.ts';
import { type EffectiveReading, type PolicyAtPath, policyAtPath, refusalError } from './effective.ts';
import type { Face, Verb } from './face.ts';
import {
  gather,
  gatherOs,
  joinTypeOption,
  osOption,
  policyHelp,
  policyWordsOption,
  rootHelpElse,
  rootsOption,
} from './policyOptions.ts';
import { clean, widthOf } from './render/display.ts';
import { palette } from './render/paint.ts';
import { table, wrapText } from './render/table.ts';

interface Taken {
  readonly policy: EffectivePolicy;
  /** Which of several policies of the file this is. */
  readonly note?: string;
}

function takenOf({ policy, refusal, note, takenFor }: EffectiveReading): Taken {
  // What a device would do under a file that it does not take depends on what it had: there is nothing to compare.
  if (refusal !== undefined) throw refusalError(refusal);
  const notes = [
    ...(note === undefined ? [] : [note]),
    ...(takenFor === undefined ? [] : [`taken for ${takenFor} like the other`]),
  ];
  if (policy !== undefined) return { policy, ...(notes.length > 0 && { note: notes.join('; ') }) };
  throw new LapsError('ERR_LAPS_INTERNAL', { message: 'nothing to compare', hint: 'run laps validate' });
}

/** The options that may be about one side only. */
function refuseUnused(face: Face, sides: readonly PolicyAtPath[]): void {
  const refuse = (message: string, hint: string): never => {
    throw new LapsError('ERR_LAPS_USAGE', { message, hint });
  };
  const [policies, roots] = [policyWordsOption(face), rootsOption(face)];
  if (policies.length === 1 && sides.every(({ takesPolicy }) => !takesPolicy))
    refuse('neither side holds several policies', '--policy once for both sides, or twice for A and for B');
  if (roots.length === 1 && sides.every(({ takesRoot }) => !takesRoot))
    refuse('both sides say by themselves which root they are for', 'leave --root out');
}

/**
 * `--policy` given once is about each side that holds several policies, `--root` about each that does not name its root
 * itself; given twice, about A and then about B. A side of which nothing says the root is taken for the other's: that the
 * root changes is nothing that anybody said.
 */
async function bothSides(face: Face, [a, b]: readonly [string, string], os: OsBuild): Promise<readonly [Taken, Taken]> {
  const [words, roots] = [policyWordsOption(face), rootsOption(face)];
  for (const [name, { length }] of [['policy', words] as const, ['root', roots] as const])
    if (length > 2)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: `--${name} is given more than twice`,
        hint: `--${name} once for both sides, or twice for A and for B`,
      });
  const elsewhere = { policy: words.length === 1, root: roots.length === 1 };
  const before = await policyAtPath(face, { path: a, os, policy: words[0], root: roots[0], elsewhere });
  const after = await policyAtPath(face, { path: b, os, policy: words.at(-1), root: roots.at(-1), elsewhere });
  refuseUnused(face, [before, after]);
  return [takenOf(before.judged(after.root)), takenOf(after.judged(before.root))];
}

const titled = (path: string, { note }: Taken): string => (note === undefined ? path : `${path} (${note})`);

function sideText(name: SettingName, side: Side): string {
  if (!side.applies) return 'not used';
  const text = clean(valueText(settingRows[name], side.value));
  if (side.origin !== 'default') return text;
  return text.endsWith(')') ? `${text.slice(0, -1)}; default)` : `${text} (default)`;
}

const manages = (windows: Management): string => (windows.manages ? windows.why : `nothing is managed: ${windows.why}`);

function rotationText({ rotation }: PolicyDifference): string {
  const mask = rotation.mask !== null && rotation.mask > 0 ? ` (0x${rotation.mask.toString(16)} in event 10015)` : '';
  const reasons = rotation.reasons.join('; ');
  switch (rotation.next) {
    case 'yes':
      return `the next cycle makes a new password${mask}: ${reasons}`;
    case 'open':
      return `whether the next cycle makes a new password is not known: ${reasons}`;
    case 'no':
      return 'the next cycle makes no new password';
  }
}

/** Why what both make a device do is nothing; each side's own reason where those are two. Empty where it is something. */
function nothingText({ windows: { before, after } }: PolicyDifference, paths: readonly [string, string]): string {
  if (after.manages) return '';
  if (after.elsewhere !== undefined) return `: ${clean(after.why)}`;
  const [was, is] = [before, after].map(({ why }) => clean(why));
  const [a, b] = paths.map(clean);
  return `, and that is nothing: ${was === is ? is : `under ${a}, ${was}; under ${b}, ${is}`}`;
}

function text(face: Face, difference: PolicyDifference, paths: readonly [string, string]): void {
  const [before, after] = paths.map(clean);
  if (difference.same) {
    face.out(`${before} and ${after} make a device do the same${nothingText(difference, paths)}\n`);
    return;
  }
  const paints = palette(face.color);
  face.out(
    `${paints.bold('before')}  ${before} (${difference.source.before}): ${clean(manages(difference.windows.before))}\n`,
  );
  face.out(
    `${paints.bold('after')}   ${after} (${difference.source.after}): ${clean(manages(difference.windows.after))}\n`,
  );
  const columns = Math.max(40, Math.min(face.host.stdout.columns, 100));
  const room = columns - Math.max(0, ...difference.changes.map(({ setting }) => setting.length)) - '    '.length;
  // What does not fit beside one another stands below one another, the arrow first.
  const rows = difference.changes.flatMap(({ setting, before: was, after: is }) => {
    const [old, now] = [sideText(setting, was), `-> ${sideText(setting, is)}`];
    const sides = widthOf(old) + 1 + widthOf(now) <= room ? [`${old} ${now}`] : [old, now];
    return sides.map((side, at) => [at === 0 ? `  ${setting}` : '', side]);
  });
  face.out(
    rows.length === 0 ? '\n  the settings are the same; only the root is another\n' : `\n${table(rows, columns)}`,
  );
  const width = columns - 2;
  const told = [rotationText(difference), ...difference.rotation.notes];
  face.out(
    `\n${told.flatMap((each) => wrapText(clean(each), width).map((line, at) => `${at === 0 ? '' : '  '}${line}\n`)).join('')}`,
  );
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Compare what a device does under two policies, whatever their shapes: which effective values change, and whether the next cycle makes a new password.',
      )
      .argument('<a>', 'a policy file, a policy folder, or - for standard input')
      .argument('<b>', 'the same')
      .option('--os <build>', 'Windows build to judge for (default 10.0.26100)', gatherOs)
      .option('--join-type <type>', 'entra (default), hybrid or registered')
      .option('--policy <name>', `${policyHelp}; given twice, for <a> and for <b>`, gather)
      .option(
        '--root <root>',
        `${rootHelpElse('that of the other, else csp')}; given twice, for <a> and for <b>`,
        gather,
      )
      .addHelpText(
        'after',
        [
          '',
          'Exit status: 0 nothing changes, 1 something does (or a device would not take one of the two), 3 a path cannot be read.',
          '',
          'Examples:',
          '  laps diff policies/csp.json new.json',
          '  laps diff gpo/Registry.pol exports/intune.json --join-type hybrid',
          '  laps diff export.json export.json --policy Pilot --policy Production',
          '  git show main:policies/csp.json | laps diff - policies/csp.json',
          '  laps diff old.json new.json --root gpo',
        ].join('\n'),
      );
  },

  async run(face) {
    const [a, b] = face.args;
    if (a === undefined || b === undefined || (a === '-' && b === '-'))
      throw new LapsError('ERR_LAPS_USAGE', {
        message: a === '-' && b === '-' ? 'standard input can be only one of the two' : 'two policies are compared',
        hint: 'laps diff policies/csp.json new.json',
      });
    const os = osOption(face);
    const [before, after] = await bothSides(face, [a, b], os);
    const policies = { before: before.policy, after: after.policy };
    const notes = [before, after].map(({ note }) => note ?? null);
    const joinType = joinTypeOption(face) ?? 'entra';
    const difference = differenceOf(policies, joinType);
    if (face.json) face.outJson({ before: a, after: b, os: os.text, joinType, notes, ...difference });
    else text(face, difference, [titled(a, before), titled(b, after)]);
    return difference.same ? 0 : 1;
  },
};
