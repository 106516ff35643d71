/** Entra ID takes no age under seven days: the one value that is raised, not replaced by its default (event 10058). */
import { ageRaised } from '../effective.ts';
import type { Rule } from './rule.ts';

export const ageBelowEntraMinimum: Rule = {
  id: 'LAPS013',
  name: 'age-below-entra-minimum',
  severity: 'error',
  summary: 'PasswordAgeDays is below what Entra ID allows.',
  hint: 'write 7 or more',
  documentation:
    'Microsoft Entra ID takes no password age under seven days. This is the one value that a device raises instead of replacing it by the default; event 10058 tells both numbers.',
  roots: 'modern',
  check({ document, policy }) {
    const raised = ageRaised(policy);
    const setting = document.settings.findLast((candidate) => candidate.name === 'PasswordAgeDays');
    if (raised === undefined || setting === undefined) return [];
    return [
      {
        setting: setting.name,
        message: `PasswordAgeDays ${raised.ConfiguredDays} is below the ${raised.UsedDays} days that Entra ID allows`,
        effect: `the device uses ${raised.UsedDays} and warns with event 10058`,
        hint: `write ${raised.UsedDays} or more, up to 365`,
        place: setting.valuePlace,
      },
    ];
  },
};
