/** Policies of one file, and exports of one folder, reach devices each by itself: a device that gets two that differ cannot follow both (spec 12.5). */
import { contradictions, isOfIntune, reportOf } from './clashes.ts';
import type { Rule } from './rule.ts';

/** Two accounts have a rule of their own. */
const accounts: readonly string[] = ['AdministratorAccountName', 'AdminAccountName'];

export const policiesDiffer: Rule = {
  id: 'LAPS059',
  name: 'policies-differ',
  severity: 'info',
  summary: 'Two policies of one file, or two of Intune in one folder, give a setting different values.',
  hint: 'make sure that no device is assigned both, or give them the same values',
  documentation:
    'An export of Intune, a report of many GPOs and Policy Analyzer rules may hold many policies, and each is judged for itself; exports of Intune that lie in one folder are compared likewise. Policies for different groups of devices may well differ; this is the list of where these do. Intune delivers a setting that two policies give the same value; one that they give different values is a conflict, which it reports for both: a device that had no LAPS policy gets neither, and one that had keeps the values it was given last. Of two GPOs the one that is applied last wins, setting by setting, as their links say.',
  roots: 'all',
  check(context) {
    if (context.namedRoot !== undefined) return [];
    return contradictions(context).flatMap(({ other, clashes }) =>
      reportOf(context, { other, clashes: clashes.filter(({ name }) => !accounts.includes(name)) }).map((report) => ({
        ...report,
        ...(isOfIntune(context.document)
          ? {
              effect:
                'a device that is assigned both has a conflict: until it is resolved, it keeps the LAPS values it was given last, and gets neither policy where it had none',
            }
          : {
              effect: 'a device that gets both takes the value of the one that is applied last, as their links say',
              hint: 'see that the links give the value that is meant, or give both the same',
            }),
      })),
    );
  },
};
