/** A few settings and values travel by Group Policy only (spec 2.1, 13 row 5); elsewhere a device does not see them. */
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
    'ADBackupDSRMPassword exists in Group Policy only, because domain controllers are never managed by MDM; so does PostAuthenticationActions 0. In another root the device does not see it, or uses the default.',
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
                ? 'only Group Policy carries it: name the file gpo.json or judge it with --root gpo'
                : 'remove it here; only Group Policy carries it',
          place: isValue ? setting.valuePlace : setting.namePlace,
        },
      ];
    });
  },
};
