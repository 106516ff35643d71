/**
 * The table of rules. A new rule is one file and one row here.
 *
 * Promises: findings come in the order of the text. Ids are kept for ever; LAPS012 is kept for dead-setting (contract 3).
 */
import type { JoinType, PolicyRootName } from '../../ports.ts';
import type { PolicyDocument } from '../document.ts';
import type { OsBuild } from '../os.ts';
import { resolvePolicy } from '../resolve.ts';
import { ageBelowEntraMinimum } from './ageBelowEntraMinimum.ts';
import { directoryUnreachable } from './directoryUnreachable.ts';
import { duplicateSetting } from './duplicateSetting.ts';
import { formatNotRead } from './formatNotRead.ts';
import { mixedRoots } from './mixedRoots.ts';
import { newerThanOs } from './newerThanOs.ts';
import { notInThisRoot } from './notInThisRoot.ts';
import type { Finding, Rule, RuleContext } from './rule.ts';
import { tooDeep } from './tooDeep.ts';
import { tooLarge } from './tooLarge.ts';
import { twoFilesForOneRoot } from './twoFilesForOneRoot.ts';
import { unknownSetting } from './unknownSetting.ts';
import { unreadable } from './unreadable.ts';
import { valueNotAllowed } from './valueNotAllowed.ts';
import { wrongType } from './wrongType.ts';

export const rules: readonly Rule[] = [
  unreadable,
  tooLarge,
  tooDeep,
  formatNotRead,
  mixedRoots,
  twoFilesForOneRoot,
  unknownSetting,
  duplicateSetting,
  wrongType,
  valueNotAllowed,
  newerThanOs,
  ageBelowEntraMinimum,
  notInThisRoot,
  directoryUnreachable,
];

/** Everything the rules say about one file, in the order of the text. */
export function findingsOf(request: {
  readonly document: PolicyDocument;
  readonly root: PolicyRootName;
  readonly os: OsBuild;
  readonly joinType: JoinType | undefined;
  readonly others: readonly string[];
}): readonly Finding[] {
  const { document, root, os } = request;
  const context: RuleContext = { ...request, policy: resolvePolicy({ documents: [{ root, document }], os }) };
  return rules
    .flatMap((rule) =>
      rule
        .check(context)
        .map((report): Finding => ({ rule: rule.id, name: rule.name, severity: rule.severity, ...report })),
    )
    .toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column || a.rule.localeCompare(b.rule));
}
