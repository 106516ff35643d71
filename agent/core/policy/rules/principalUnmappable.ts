/** Who may decrypt must be named so that Windows can map it; otherwise nothing is backed up at all (spec 2.2, 2.3). */
import { backupDirectoryOf } from '../effective.ts';
import { brokenCondition, rawText, takenSetting } from './facts.ts';
import { mistakeInPrincipal } from './principal.ts';
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
  check(context) {
    const principal = takenSetting(context, 'ADPasswordEncryptionPrincipal');
    if (typeof principal?.value !== 'string' || principal.value.trim() === '') return [];
    if (backupDirectoryOf(context.policy) !== 'AD') return [];
    if (brokenCondition(context, 'ADPasswordEncryptionPrincipal') !== undefined) return [];
    const mistake = mistakeInPrincipal(principal.value, context.document.format, rawText(context, principal.setting));
    if (mistake === undefined) return [];
    return [{ setting: 'ADPasswordEncryptionPrincipal', ...mistake, place: principal.setting.valuePlace }];
  },
};
