/** Intune has two definitions of the age, one a directory, and both become the one setting PasswordAgeDays (spec 12.2). */
import type { Rule } from './rule.ts';

export const intuneTwoAges: Rule = {
  id: 'LAPS045',
  name: 'intune-two-ages',
  severity: 'error',
  summary: 'An Intune export holds both definitions of PasswordAgeDays.',
  hint: 'keep passwordagedays_aad with Entra ID, passwordagedays with Active Directory',
  documentation:
    'passwordagedays_aad (7 to 365, beneath backupdirectory_1) and passwordagedays (1 to 365, beneath backupdirectory_2) both map to the one CSP node PasswordAgeDays. A policy can deliver one of them; a file with both was edited by hand, and which of the two reaches the device is not documented.',
  roots: 'modern',
  check({ document, settings }) {
    if (document.format !== 'intune') return [];
    const ages = settings
      .map((each) => each.setting)
      .filter((setting) => setting.name === 'PasswordAgeDays' && setting.intune);
    const first = ages[0];
    const second = ages.find((setting) => setting.intune?.definition !== first?.intune?.definition);
    if (first === undefined || second === undefined) return [];
    return [
      {
        setting: 'PasswordAgeDays',
        message: `both definitions of the age stand here, ${first.intune?.definition} (line ${first.namePlace.line}) and ${second.intune?.definition}`,
        effect: 'both become PasswordAgeDays; which one reaches the device is not documented',
        place: second.namePlace,
      },
    ];
  },
};
