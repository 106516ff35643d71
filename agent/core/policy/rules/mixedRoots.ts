/** One file speaks for one root, once: the roots are never merged (spec 1.2), so a file for two would be. */
import { rootConflict } from '../read.ts';
import { reportOf, reportsOf } from './readingProblems.ts';
import type { Rule } from './rule.ts';

export const mixedRoots: Rule = {
  id: 'LAPS005',
  name: 'mixed-roots',
  severity: 'error',
  summary: 'The file speaks for two roots, or for another root than its name does.',
  hint: 'one file per root: csp.json, gpo.json, local.json, legacy.json',
  documentation:
    'Windows never merges roots: the first of CSP, GPO, local configuration and legacy LAPS that sets anything is used whole. A file that speaks for two roots, or for another root than its name stands for, has no such place, and the device refuses it. Settings of legacy LAPS in a GPO or a registry file are the exception: there they lie beside those of Windows LAPS by nature, and shadowed-root tells that they are passed over.',
  roots: 'all',
  acceptable: false,
  check(context) {
    const { document, root, namedRoot } = context;
    if (document.problems.length > 0) return reportsOf(context, 'mixedRoots');
    const refusal = rootConflict(document, root);
    if (refusal === undefined) return [];
    // Not the file's name says so but whoever asks.
    if (namedRoot !== root)
      return [
        {
          message: `the file is asked about as a policy of the root ${root}, but its content is keyed for ${document.root}`,
          effect: `a device reads it as ${document.root}`,
          hint: `judge it without --root ${root.toLowerCase()}`,
          place: refusal.place,
        },
      ];
    return [reportOf(refusal)];
  },
};
