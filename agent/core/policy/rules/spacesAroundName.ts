/** A space before or after a name makes the lookup fail (spec 2.3), and nobody sees it in a console. */
import { backupDirectoryOf } from '../effective.ts';
import { quotedText, writtenText } from '../written.ts';
import { brokenCondition, takenSetting } from './facts.ts';
import { lookupFails } from './names.ts';
import type { Report, Rule } from './rule.ts';

/** Dots and spaces alone are another mistake (LAPS026). */
const isPadded = (value: string): boolean => value.trim() !== value && !/^[.\s]*$/.test(value);

export const spacesAroundName: Rule = {
  id: 'LAPS027',
  name: 'spaces-around-name',
  severity: 'error',
  summary: 'A name begins or ends with a space.',
  hint: 'write it without the spaces',
  documentation:
    'The name is looked up as it stands. With a space before or after it, usually brought along by copying, no account is found and nothing is backed up, while Intune and Group Policy show the policy as applied. The same holds for the encryption principal.',
  roots: 'all',
  check(context) {
    const { format } = context.document;
    const found: Report[] = context.names
      .filter((name) => isPadded(name.value))
      .map((name) => ({
        setting: name.setting.name,
        message: `${name.setting.name} has spaces around it: ${quotedText(name.value, format)}`,
        effect: lookupFails(name, context),
        hint: `write ${writtenText(name.value.trim(), format)}`,
        place: name.setting.valuePlace,
      }));
    const principal = takenSetting(context, 'ADPasswordEncryptionPrincipal');
    if (
      typeof principal?.value === 'string' &&
      isPadded(principal.value) &&
      backupDirectoryOf(context.policy) === 'AD' &&
      brokenCondition(context, 'ADPasswordEncryptionPrincipal') === undefined
    )
      found.push({
        setting: 'ADPasswordEncryptionPrincipal',
        message: `ADPasswordEncryptionPrincipal has spaces around it: ${quotedText(principal.value, format)}`,
        effect: 'the device may fail to find who shall decrypt, and then backs nothing up (event 10035)',
        hint: `write ${writtenText(principal.value.trim(), format)}`,
        place: principal.setting.valuePlace,
      });
    return found;
  },
};
