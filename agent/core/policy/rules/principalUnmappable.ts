/** Who may decrypt must be named so that Windows can map it; otherwise nothing is backed up at all (spec 2.2, 2.3). */
import { backupDirectoryOf } from '../effective.ts';
import { brokenCondition, takenSetting } from './facts.ts';
import { characterText, forbiddenIn } from './names.ts';
import type { Report, Rule } from './rule.ts';

function mistakeIn(principal: string): Pick<Report, 'message' | 'hint' | 'effect'> | undefined {
  const refused = (event: number): string => `the device cannot map it and backs nothing up (event ${event})`;
  const unprintable = forbiddenIn(principal).find((each) => characterText(each) !== each);
  if (unprintable !== undefined)
    return {
      message: `the encryption principal holds what no name may hold: ${characterText(unprintable)}`,
      effect: refused(10035),
    };
  const bare = principal.replace(/["'()]/g, '').trim();
  if (bare !== principal.trim())
    return {
      message: 'the encryption principal holds quotes or parentheses',
      effect: refused(10035),
      ...(bare !== '' && { hint: `write ${bare}` }),
    };
  if (/^s-1-/i.test(bare))
    return /^s-1-\d+(-\d+){1,15}$/i.test(bare)
      ? undefined
      : { message: `${bare} is not a SID`, effect: refused(10035), hint: 'write it as S-1-5-21-...-1234' };
  if (/^[^\\@]+\\[^\\]+$/.test(bare) || /^[^\\@]+@[^\\@]+$/.test(bare)) return undefined;
  return {
    message: `the encryption principal ${JSON.stringify(bare)} does not say which domain it belongs to`,
    effect: refused(10034),
    hint: `write DOMAIN\\${bare.replace(/[\\@]/g, '')}, ${bare.replace(/[\\@]/g, '')}@domain, or its SID`,
  };
}

export const principalUnmappable: Rule = {
  id: 'LAPS032',
  name: 'principal-unmappable',
  severity: 'error',
  summary: 'ADPasswordEncryptionPrincipal is not a SID, DOMAIN\\name or name@domain.',
  hint: 'write a SID, DOMAIN\\name or name@domain, without quotes',
  documentation:
    'The principal that may decrypt is a SID, DOMAIN\\name or name@domain, without quotes or parentheses. An isolated name is refused with event 10034, one that cannot be mapped with 10035. This is the exception to the rule that a bad value is replaced by its default: processing fails, and nothing is backed up (spec 2.2, 13 row 2). Whether the name exists only the domain can tell.',
  roots: 'modern',
  check(context) {
    const principal = takenSetting(context, 'ADPasswordEncryptionPrincipal');
    if (typeof principal?.value !== 'string' || principal.value.trim() === '') return [];
    if (backupDirectoryOf(context.policy) !== 'AD') return [];
    if (brokenCondition(context, 'ADPasswordEncryptionPrincipal') !== undefined) return [];
    const mistake = mistakeIn(principal.value);
    if (mistake === undefined) return [];
    return [{ setting: 'ADPasswordEncryptionPrincipal', ...mistake, place: principal.setting.valuePlace }];
  },
};
