/**
 * What the exceptions of a file take away from its findings, and what became of each exception.
 *
 * Knows: rules by id and name, in any case. Promises: what a device refuses the file for is never taken away, nor anything
 * without a reason. Must never: find anything.
 */
import type { Exception, WeighedException } from '../exceptions/exception.ts';
import type { Finding, Rule } from './rule.ts';
import { ruleNamed } from './rules.ts';

const isOf = (finding: Finding, word: string): boolean =>
  finding.rule.toLowerCase() === word.toLowerCase() || finding.name.toLowerCase() === word.toLowerCase();

const covers = ({ lines }: Exception, finding: Finding): boolean =>
  lines === undefined || (finding.place.line >= lines.from && finding.place.line <= lines.to);

/** A finding that an exception takes away. */
export interface Accepted {
  readonly finding: Finding;
  readonly reason: string;
  /** Whether the exception stands in the policy file itself, and not in an ignore file. */
  readonly isInFile: boolean;
}

export interface Weighed {
  readonly kept: readonly Finding[];
  readonly accepted: readonly Accepted[];
  readonly exceptions: readonly WeighedException[];
}

/** What the exceptions take away, and what became of each. */
export function weigh(findings: readonly Finding[], exceptions: readonly Exception[], table: readonly Rule[]): Weighed {
  if (exceptions.length === 0) return { kept: findings, accepted: [], exceptions: [] };
  const taken = new Map<Finding, Exception>();
  const weighed = exceptions.flatMap((exception): WeighedException[] => {
    if (exception.rules.length === 0) return [{ exception, rule: '', state: 'notUnderstood' }];
    return exception.rules.map((word) => {
      const rule = ruleNamed(table, word);
      if (rule === undefined) return { exception, rule: word, state: 'noSuchRule' };
      if (rule.acceptable === false || rule.last === true) return { exception, rule: word, state: 'notAcceptable' };
      if (exception.reason === '') return { exception, rule: word, state: 'noReason' };
      const met = findings.filter((finding) => isOf(finding, word) && covers(exception, finding));
      for (const finding of met) taken.set(finding, exception);
      return { exception, rule: word, state: met.length > 0 ? 'used' : 'unused' };
    });
  });
  return {
    kept: findings.filter((finding) => !taken.has(finding)),
    accepted: [...taken].map(([finding, { reason, about }]) => ({ finding, reason, isInFile: about === undefined })),
    exceptions: weighed,
  };
}
