/** The one action that signs nobody out: it restarts the device instead, one minute later (spec 5.2). */
import { brokenCondition, takenSetting } from './facts.ts';
import type { Rule } from './rule.ts';

export const restartAction: Rule = {
  id: 'LAPS021',
  name: 'restart-action',
  severity: 'info',
  summary: 'PostAuthenticationActions 5 restarts the device without signing the account out first.',
  hint: 'write 3 to sign the account out with two minutes of warning, or 11 to end its processes as well (build 26100)',
  documentation:
    'After the reset, 5 restarts the whole device within a minute; it signs nobody out first, and whoever works there loses what is not saved. It is also the only action that surely ends every use of the old password. 3 and 11 touch the managed account alone. Accept this finding with the reason where a restart is meant.',
  roots: 'modern',
  check(context) {
    const actions = takenSetting(context, 'PostAuthenticationActions');
    if (actions?.value !== 5 || brokenCondition(context, 'PostAuthenticationActions') !== undefined) return [];
    const delay = context.policy.settings.PostAuthenticationResetDelay.value;
    return [
      {
        setting: 'PostAuthenticationActions',
        message: 'PostAuthenticationActions 5 restarts the device for everyone who is signed in',
        effect: `${delay} ${delay === 1 ? 'hour' : 'hours'} after a sign-in with the managed account the device resets the password and restarts within a minute`,
        place: actions.setting.valuePlace,
      },
    ];
  },
};
