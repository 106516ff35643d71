/**
 * The promises of rotation.md 6, held against one fresh look.
 *
 * Pure. Promises: a sentence for each one that is broken. Must never: excuse one because of how it came about; what is
 * excused is said by the caller.
 */
import { parseEventLine } from '../../../agent/edge/eventReader.ts';
import type { Sight } from './installation.ts';

/** What is known of the installation besides the look. */
export interface Past {
  /** Whether a rotation has been applied before: only from then on anything is promised. */
  readonly applied: boolean;
}

/** What a person sees of a hold. */
export function isHold(sight: Sight): boolean {
  return sight.report.rotation.hold && sight.report.troubles.some((trouble) => trouble.startsWith('on hold'));
}

/** P1, P3 and no false good report: to hold at any moment, also right after a kill. */
export function brokenAnytime(sight: Sight, past: Past): string[] {
  const broken: string[] = [];
  const { journal, opensAt, held, budget, report } = sight;
  if (journal === 'damaged') broken.push('a kill damaged the journal');
  if (sight.state.kind === 'damaged') broken.push(`a kill damaged the state: ${sight.state.problem}`);
  if (past.applied && journal === 'absent') broken.push('the journal is gone');
  if (past.applied && opensAt < 0)
    broken.push(`P1: none of the ${held.length} credentials in the tenant opens the account`);
  if (typeof journal !== 'string' && past.applied) {
    if (opensAt > journal.above)
      broken.push(`P3: ${opensAt} credentials stand above, the journal counts ${journal.above}`);
    if (journal.above > budget) broken.push(`P3: ${journal.above} posts in doubt, ${budget} allowed`);
  }
  if (report.healthy && opensAt !== 0)
    broken.push('P5: status reports well, the newest credential does not open the account');
  return broken;
}

/**
 * P2: at rest the newest credential opens the account, and the device knows its own state. An account that a person
 * `locked` is told as that and as nothing else.
 */
export function brokenAtRest(sight: Sight, { locked }: { readonly locked: boolean } = { locked: false }): string[] {
  const broken: string[] = [];
  const { journal, state, held, opensAt, report } = sight;
  if (typeof journal === 'string' || journal.state !== 'idle') broken.push('P5: the journal is not idle');
  else if (journal.above !== 0) broken.push(`P5: the journal is idle with ${journal.above} in doubt`);
  if (state.kind !== 'state') broken.push(`P5: the state is ${state.kind}`);
  if (!sight.isMarked) broken.push('P2: the account is not as the state remembers it');
  if (opensAt !== 0) broken.push('P2: the newest credential does not open the account');
  if (held[0]?.account !== sight.accountName) broken.push('P2: the newest credential is for another account');
  const isLock = (trouble: string): boolean => trouble.startsWith(`${sight.accountName} is locked: `);
  if (report.troubles.some(isLock) !== locked) broken.push('P5: status does not say whether the account is locked');
  // What last failed stays told until the next rotation, though all is well again.
  const isLastFailure = (trouble: string) =>
    report.lastFailure !== null && trouble.endsWith(`failed: ${report.lastFailure.message}`);
  const troubles = report.troubles.filter((trouble) => !isLastFailure(trouble) && !isLock(trouble));
  if (troubles.length > 0) broken.push(`P5: status reports trouble at rest: ${troubles.join('; ')}`);
  return broken;
}

/** P4 by the operational log: the events of two cycles never mingle. */
export function brokenOrder(log: string): string[] {
  const spans = new Map<string, { first: number; last: number }>();
  for (const [line, text] of log.split('\n').entries()) {
    const cycleId = parseEventLine(text)?.cycleId;
    if (cycleId === undefined) continue;
    const span = spans.get(cycleId);
    if (span === undefined) spans.set(cycleId, { first: line, last: line });
    else span.last = line;
  }
  const inOrder = [...spans.values()].sort((a, b) => a.first - b.first);
  return inOrder.flatMap((span, index) => {
    const next = inOrder[index + 1];
    return next !== undefined && next.first < span.last
      ? [`P4: two cycles at once, lines ${next.first} to ${span.last}`]
      : [];
  });
}
