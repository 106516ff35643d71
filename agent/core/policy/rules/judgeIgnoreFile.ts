/**
 * What is wrong with a `.lapsaccept` itself, told where it stands.
 *
 * Knows: what became of each line in the files that were judged. Promises: a line is called unused only when every file
 * that it could be about was judged; a line that says nothing is always told. Must never: accept anything; weigh.ts does.
 */
import type { WeighedException } from '../exceptions/exception.ts';
import type { IgnoreLine } from '../exceptions/ignoreFile.ts';
import { findingOf } from './findings.ts';
import type { Finding, Rule } from './rule.ts';
import { lateRules, ruleNamed } from './rules.ts';

export interface IgnoreFileToJudge {
  readonly lines: readonly IgnoreLine[];
  /** Every rule there is in this run. */
  readonly table: readonly Rule[];
  /** What became of the exceptions in each of the judged files. */
  readonly outcomes: readonly WeighedException[];
  /** Whether all policies of the folder, a path from the root on, were judged. */
  readonly isJudgedWhole: (folder: string) => boolean;
}

function stateOf(
  line: IgnoreLine,
  word: string,
  { table, outcomes, isJudgedWhole }: IgnoreFileToJudge,
): WeighedException['state'] | undefined {
  const met = outcomes.filter(({ exception, rule }) => exception === line.exception && rule === word);
  if (met.some(({ state }) => state === 'used')) return undefined;
  const isWhole = isJudgedWhole(line.folder);
  const first = met[0]?.state;
  if (first !== undefined) return first === 'unused' && line.path.includes('*') && !isWhole ? undefined : first;
  // It is about no file of this run. Rules of a baseline have a slash in their ids and exist only beside --baseline.
  if (ruleNamed(table, word) === undefined && !word.includes('/')) return 'noSuchRule';
  return isWhole ? 'noFile' : undefined;
}

/**
 * A line whose rules are followed by the reason without a colon: the rules were taken for a part of the path, and the
 * reason's last word for a rule. The rule that was meant, and the line as it should be.
 */
function withoutColon({ path, exception }: IgnoreLine, table: readonly Rule[]): WeighedException | undefined {
  const { rules, reason } = exception;
  if (reason !== '' && rules.every((rule) => ruleNamed(table, rule) !== undefined)) return undefined;
  const words = path.split(/\s+/);
  const isRule = (word: string | undefined): boolean =>
    word !== undefined && ruleNamed(table, word.replace(/,$/, '')) !== undefined;
  const from = words.findIndex((word, at) => at > 0 && isRule(word));
  if (from === -1) return undefined;
  let to = from + 1;
  while (words[to - 1]?.endsWith(',') === true && isRule(words[to])) to += 1;
  const rule = words.slice(from, to).join(' ').replace(/,$/, '');
  const rest = [...words.slice(to), rules.join(', ')].join(' ');
  const meant = `${words.slice(0, from).join(' ')} ${rule}: ${rest}${reason === '' ? '' : `: ${reason}`}`;
  return { exception, rule, state: 'noColon', meant };
}

/** The findings of an ignore file, in the order of its lines. */
export function judgeIgnoreFile(file: IgnoreFileToJudge): readonly Finding[] {
  const exceptions = file.lines.flatMap((line): WeighedException[] => {
    const { exception } = line;
    if (exception.rules.length === 0) return [{ exception, rule: '', state: 'notUnderstood' }];
    const colon = withoutColon(line, file.table);
    if (colon !== undefined) return [colon];
    return exception.rules.flatMap((rule) => {
      const state = stateOf(line, rule, file);
      return state === undefined ? [] : [{ exception, rule, state }];
    });
  });
  return lateRules
    .flatMap((rule) => rule.check({ exceptions }).map((report) => findingOf(rule, report)))
    .toSorted((a, b) => a.place.line - b.place.line || a.rule.localeCompare(b.rule));
}
