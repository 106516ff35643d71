/**
 * The options that a policy author's verbs share, understood or refused.
 *
 * Promises: a word that is not understood is ERR_LAPS_USAGE with the words that are. Must never: fall back in silence.
 */
import { LapsError } from '../core/errors.ts';
import { defaultOs, type OsBuild, parseOs } from '../core/policy/os.ts';
import type { Rule } from '../core/policy/rules/rule.ts';
import { rootNames } from '../core/policy/settings.ts';
import { inQuotes } from '../core/policy/text.ts';
import type { JoinType, PolicyFile, PolicyRootName } from '../core/ports.ts';
import type { Face } from './face.ts';
import { clean } from './render/display.ts';

/** An option's value as the parser gave it; undefined when it was not given. */
export const option = (face: Face, name: string): unknown => face.options[name];

function choice<T extends string>(name: string, given: unknown, allowed: readonly T[]): T | undefined {
  if (given === undefined) return undefined;
  const found = typeof given === 'string' ? allowed.find((each) => each === given.toLowerCase()) : undefined;
  if (found !== undefined) return found;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `${name} ${clean(String(given))} is not understood`,
    hint: `${name} takes ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1) ?? ''}`,
  });
}

/** `--os`: a Windows build; the first that knows every setting when not given. */
export function osOption(face: Face): OsBuild {
  const given = option(face, 'os');
  if (given === undefined) return defaultOs;
  const os = typeof given === 'string' ? parseOs(given) : undefined;
  if (os !== undefined) return os;
  if (typeof given === 'string' && given.includes(','))
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `--os takes one Windows build here, not the list ${clean(given)}`,
      hint: 'name one, and run it again for the next; laps validate takes several at once',
    });
  throw new LapsError('ERR_LAPS_USAGE', {
    message:
      String(given).trim() === ''
        ? 'a build that --os names is empty'
        : `--os ${clean(String(given))} is not a Windows build`,
    hint: 'write it as 10.0.26100 (Windows 11 24H2) or 10.0.22631 (Windows 11 23H2)',
  });
}

/** Option parser for `--os`: every word is kept, so that none is passed over in silence. */
export const gatherOs = (word: string, earlier: unknown): unknown =>
  earlier === undefined ? word : `${earlier},${word}`;

/** `--os` as a list: separated by commas, or given several times. Each build once, in the order given. */
export function osListOption(face: Face): readonly OsBuild[] {
  const given = option(face, 'os');
  if (given === undefined) return [defaultOs];
  const words = (Array.isArray(given) ? given : [given]).flatMap((each) => String(each).split(','));
  const builds = words.map((word) => osOption({ ...face, options: { ...face.options, os: word.trim() } }));
  return builds.filter((build, index) => builds.findIndex((other) => other.text === build.text) === index);
}

async function rulesOfBaseline(face: Face, word: string): Promise<readonly Rule[]> {
  const { baselineNames, baselineRules, namedBaseline, readBaseline } = await import(
    '../core/policy/baselines/baselines.ts'
  );
  const named = namedBaseline(word);
  if (named !== undefined) return baselineRules(named);
  if (!/[\\/.]/.test(word))
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `there is no baseline ${clean(word)}`,
      hint: `name ${baselineNames.join(' or ')}, or a file as policies/README.md describes it`,
    });
  const { bytes } = await readGiven(face, word);
  const read = readBaseline(bytes);
  if (read.kind === 'baseline') return baselineRules(read.baseline);
  throw new LapsError('ERR_LAPS_POLICY_INVALID', {
    message: `${clean(word)}${read.place === undefined ? '' : `:${read.place.line}:${read.place.column}`}: ${clean(read.problem)}`,
    hint: read.hint,
  });
}

/**
 * `--baseline`, as often as it was given: the rules of every baseline, by its name or from a file; undefined when not
 * given. Two requirements of one id could not be told apart in a report or an exception, so they are refused.
 */
export async function baselineOption(face: Face): Promise<readonly Rule[] | undefined> {
  const given = option(face, 'baseline');
  if (given === undefined) return undefined;
  const rules: Rule[] = [];
  for (const word of new Set([given].flat().map(String)))
    for (const rule of await rulesOfBaseline(face, word)) {
      if (rules.some(({ id }) => id === rule.id))
        throw new LapsError('ERR_LAPS_USAGE', {
          message: `two of the baselines have a requirement ${clean(rule.id)}`,
          hint: 'give their requirements ids of their own, or name the baselines in two runs',
        });
      rules.push(rule);
    }
  return rules;
}

/** `--join-type`; undefined when not given. */
export function joinTypeOption(face: Face): JoinType | undefined {
  return choice('--join-type', option(face, 'joinType'), ['entra', 'hybrid', 'registered'] as const);
}

const wordOfRoot = (root: PolicyRootName): string => root.toLowerCase();

function rootNamed(given: unknown): PolicyRootName | undefined {
  const word = choice('--root', given, rootNames.map(wordOfRoot));
  return rootNames.find((root) => wordOfRoot(root) === word);
}

/** `--root`, as often as it was given. */
export const rootsOption = (face: Face): readonly PolicyRootName[] =>
  [option(face, 'root') ?? []].flat().flatMap((word) => rootNamed(word) ?? []);

/** `--root` where one root is meant; undefined when not given. */
export function rootOption(face: Face): PolicyRootName | undefined {
  const [root, other] = new Set(rootsOption(face));
  if (other === undefined) return root;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--root takes one root here, not ${root} and ${other}`,
    hint: 'name one, and run it again for the next',
  });
}

/** What `--root` is for, in the verbs that judge policies. */
export const rootHelpElse = (otherwise: string): string =>
  `judge as this root: csp, gpo, local or legacy (default: what the file or its name says, else ${otherwise})`;
export const rootHelp = rootHelpElse('csp');

/** What `--policy` is for, in every verb that takes it. */
export const policyHelp = 'of a file with several policies, the one that is meant: by name, or by number from 1';

/** `--policy` where one policy is meant; undefined when not given. */
export function policyWordOption(face: Face): string | undefined {
  const [word, other] = new Set(policyWordsOption(face));
  if (other === undefined) return word;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--policy takes one policy here, not ${clean(inQuotes(word ?? ''))} and ${clean(inQuotes(other))}`,
    hint: 'name one, and run it again for the next',
  });
}

/** `--policy`, as often as it was given. */
export function policyWordsOption(face: Face): readonly string[] {
  const given = option(face, 'policy');
  return given === undefined ? [] : (Array.isArray(given) ? given : [given]).map(String);
}

/** Option parser for an option that may be given several times. */
export const gather = (word: string, earlier: unknown): unknown =>
  Array.isArray(earlier) ? [...earlier, word] : [word];

/** How `validate` tells what it found. */
export type ReportFormat = 'text' | 'json' | 'sarif' | 'github';

/** `--format`, or json with `--json`. */
export function formatOption(face: Face): ReportFormat {
  const word = choice('--format', option(face, 'format'), ['text', 'json', 'sarif', 'github'] as const);
  return word ?? (face.json ? 'json' : 'text');
}

/** A whole number of at least 1 and at most `most`. */
export function countOption(face: Face, most: number, fallback: number): number {
  const given = option(face, 'count');
  if (given === undefined) return fallback;
  const number = /^\d{1,9}$/.test(String(given)) ? Number(given) : 0;
  if (number >= 1 && number <= most) return number;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--count ${clean(String(given))} is not understood`,
    hint: `--count takes a whole number from 1 to ${most}`,
  });
}

/** A path as it was given; an empty one, as a variable without a value leaves it, names nothing. */
export function namedPath(path: string): string {
  if (path.trim() !== '') return path;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: 'a path is empty',
    hint: 'name a file or a folder; in a script, see whether a variable has no value',
  });
}

/** A file by path, or standard input for `-`. */
export async function readGiven(face: Face, path: string): Promise<PolicyFile> {
  if (path === '-') return { path, bytes: await face.host.stdin.readAll() };
  const { readPolicyFile } = await (await import('../composeAuthoring.ts')).authoring();
  return readPolicyFile({ path: namedPath(path), cwd: face.host.cwd });
}
