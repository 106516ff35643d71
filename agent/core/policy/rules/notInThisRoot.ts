/** A few settings and values no MDM carries (spec 2.1, 13 row 5); there a device does not see them. */
import { isSettingName, settingRows, valueText } from '../settings.ts';
import { givenText } from '../values.ts';
import type { Rule } from './rule.ts';

export const notInThisRoot: Rule = {
  id: 'LAPS014',
  name: 'not-in-this-root',
  severity: 'error',
  summary: 'The setting or the value cannot be carried by this root.',
  hint: 'deliver it by Group Policy',
  documentation:
    'ADBackupDSRMPassword is no setting of the CSP, because domain controllers are never managed by MDM: Group Policy carries it, and so can local configuration. PostAuthenticationActions 0 comes by Group Policy alone. In another root the device does not see the setting, or uses the default in place of the value.',
  roots: 'modern',
  check({ odd, root, document }) {
    return odd.flatMap(({ setting, verdict }) => {
      if ((verdict.kind !== 'notInRoot' && verdict.kind !== 'valueNotInRoot') || !isSettingName(setting.name))
        return [];
      const row = settingRows[setting.name];
      const isValue = verdict.kind === 'valueNotInRoot';
      return [
        {
          setting: setting.name,
          message: `${setting.name}${isValue ? ` ${givenText(setting.value)}` : ''} cannot be carried by the root ${root}`,
          effect: isValue
            ? `the device uses the default instead: ${valueText(row, row.default)}`
            : 'the device ignores it',
          hint:
            setting.name === 'PostAuthenticationActions'
              ? 'write PostAuthenticationResetDelay 0 to switch the actions off; only Group Policy carries 0 here'
              : document.root === undefined
                ? 'Group Policy carries it: name the file gpo.json or judge it with --root gpo'
                : 'remove it here; Group Policy carries it',
          place: isValue ? setting.valuePlace : setting.namePlace,
        },
      ];
    });
  },
};
