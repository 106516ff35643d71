/** A delay of 0 does not mean "at once": it switches post-authentication actions off (spec 2.3, 5.1). */
import { takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const actionsSwitchedOff: Rule = {
  id: 'LAPS019',
  name: 'actions-switched-off',
  severity: 'warning',
  summary: 'PostAuthenticationResetDelay 0 switches off the PostAuthenticationActions that the file asks for.',
  hint: 'write 1 for the shortest delay, one hour',
  documentation:
    'PostAuthenticationResetDelay counts the hours from a sign-in with the managed account to the actions. 0 does not mean at once, it means never: the account is not watched at all, and a password that was read and used stays valid until its age ends. The shortest delay is one hour.',
  roots: 'modern',
  check(context) {
    const delay = takenSetting(context, 'PostAuthenticationResetDelay');
    const actions = takenSetting(context, 'PostAuthenticationActions');
    if (delay?.value !== 0 || actions === undefined || actions.value === 0) return [];
    return [
      {
        setting: 'PostAuthenticationResetDelay',
        message: `PostAuthenticationResetDelay 0 switches PostAuthenticationActions ${actions.value} off`,
        effect: 'the device does nothing after a sign-in: the password stays until its age ends',
        // Only Group Policy has a word for "no actions"; elsewhere the delay of 0 alone says it.
        ...(context.root === 'GPO' && {
          hint: 'write 1 for the shortest delay, one hour; or, where nothing shall be done, PostAuthenticationActions 0 as well',
        }),
        place: delay.setting.valuePlace,
      },
    ];
  },
};
