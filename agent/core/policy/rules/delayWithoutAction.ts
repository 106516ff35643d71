/** A delay after which nothing happens (spec 5.1: action 0 means no monitoring at all). */
import { takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const delayWithoutAction: Rule = {
  id: 'LAPS020',
  name: 'delay-without-action',
  severity: 'info',
  summary: 'PostAuthenticationResetDelay is set, but PostAuthenticationActions 0 leaves nothing to do when it ends.',
  hint: 'nothing need be done; or write 0 for both, or PostAuthenticationActions 3 (reset and sign out)',
  documentation:
    'PostAuthenticationActions 0, which only Group Policy offers, means that nothing happens after a sign-in. A delay beside it is never looked at. The editor writes the two together, the delay as 24 hours unless it is changed, so this is no more than an info; 0 for both says the same without a doubt.',
  roots: 'modern',
  check(context) {
    const delay = takenSetting(context, 'PostAuthenticationResetDelay');
    if (delay === undefined || delay.value === 0 || takenSetting(context, 'PostAuthenticationActions')?.value !== 0)
      return [];
    return [
      {
        setting: 'PostAuthenticationResetDelay',
        message: `PostAuthenticationResetDelay ${delay.value} is not used: PostAuthenticationActions 0 does nothing`,
        effect: 'the device does nothing after a sign-in',
        place: delay.setting.namePlace,
      },
    ];
  },
};
