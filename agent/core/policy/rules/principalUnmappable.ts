/** Who may decrypt must be named so that Windows can map it; otherwise nothing is backed up at all (spec 2.2, 2.3). */
import { hindrancesAsReports } from './facts.ts';
import type { Rule } from './rule.ts';

export const principalUnmappable: Rule = {
  id: 'LAPS032',
  name: 'principal-unmappable',
  severity: 'error',
  summary: 'ADPasswordEncryptionPrincipal is not a SID, DOMAIN\\name or name@domain.',
  hint: 'write a SID, DOMAIN\\name or name@domain, without quotes',
  documentation:
    'The principal that may decrypt is a SID, DOMAIN\\name or name@domain, without quotes or parentheses; JSON and .reg files double the backslash. An isolated name is refused with event 10034, one that cannot be mapped with 10035. This is the exception to the rule that a bad value is replaced by its default: processing fails, and nothing is backed up. Whether the name exists only the domain can tell.',
  roots: 'modern',
  check: (context) => hindrancesAsReports(context, 'principalUnmappable'),
};
