/** A delay after which nothing happens (spec 5.1: action 0 means no monitoring at all). */
import { takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const delayWithoutAction: Rule = {
  id: 'LAPS020',
  name: 'delay-without-action',
  severity: 'warning',
  summary: 'PostAuthenticationResetDelay is set, but PostAuthenticationActions 0 leaves nothing to do when it ends.',
  hint: 'write PostAuthenticationActions 3 (reset and sign out), or remove the delay',
  documentation:
    'PostAuthenticationActions 0, which only Group Policy offers, means that nothing happens after a sign-in. A delay beside it is never looked at.',
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
