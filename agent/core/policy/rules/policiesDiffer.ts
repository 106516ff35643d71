/** Intune delivers the policies of an export each to its own groups; a device in both groups gets a conflict (spec 12.5). */
import { contradictions, reportOf } from './clashes.ts';
import type { Rule } from './rule.ts';

/** Two accounts have a rule of their own. */
const accounts: readonly string[] = ['AdministratorAccountName', 'AdminAccountName'];

export const policiesDiffer: Rule = {
  id: 'LAPS059',
  name: 'policies-differ',
  severity: 'info',
  summary: 'Two policies of one export give a setting different values.',
  hint: 'make sure that no device is assigned both, or give them the same values',
  documentation:
    'An export may hold many policies, and each is judged for itself. Intune delivers a setting that two policies give the same value; one that they give different values is a conflict, which it reports for both. A device that had no LAPS policy then gets neither, and one that had keeps the values it was given last. Policies for different groups of devices may well differ; this is the list of where these do.',
  roots: 'all',
  check(context) {
    if (context.neighbours.siblings.length === 0 || context.namedRoot !== undefined) return [];
    return contradictions(context).flatMap(({ other, clashes }) =>
      reportOf(context, { other, clashes: clashes.filter(({ name }) => !accounts.includes(name)) }).map((report) => ({
        ...report,
        effect: 'a device that is assigned both has a conflict, and gets neither until it is resolved',
      })),
    );
  },
};
