/** A setting or value that came with a later Windows: the policy is lawful, this device just does not know it yet. */
import { osWords } from '../os.ts';
import { isSettingName, settingRows, valueText } from '../settings.ts';
import { givenText, verdictOn } from '../values.ts';
import type { Rule } from './rule.ts';

export const newerThanOs: Rule = {
  id: 'LAPS011',
  name: 'newer-than-os',
  severity: 'warning',
  summary: 'The setting or the value needs a later Windows than the one judged for (--os).',
  check({ document, root, os }) {
    return document.settings.flatMap((setting) => {
      const verdict = verdictOn(setting, root, os);
      if ((verdict.kind !== 'newerValue' && verdict.kind !== 'newerSetting') || !isSettingName(setting.name)) return [];
      const row = settingRows[setting.name];
      const isValue = verdict.kind === 'newerValue';
      return [
        {
          setting: setting.name,
          message: `${setting.name}${isValue ? ` ${givenText(setting.value)}` : ''} needs ${osWords(verdict.since)}`,
          effect: isValue
            ? `a device with build ${os.build} uses the default instead: ${valueText(row, row.default)}`
            : `a device with build ${os.build} ignores it`,
          hint: `judge for another Windows with --os 10.0.26100`,
          place: isValue ? setting.valuePlace : setting.namePlace,
        },
      ];
    });
  },
};
