/** Out of range or not in the list: Windows uses the default, it does not take the nearest allowed value (spec 2.2). */
import { allowedText, isSettingName, settingRows, valueText } from '../settings.ts';
import { givenText, verdictOn } from '../values.ts';
import type { Rule } from './rule.ts';

export const valueNotAllowed: Rule = {
  id: 'LAPS010',
  name: 'value-not-allowed',
  severity: 'error',
  summary: 'The value is outside the range or not in the list of allowed values.',
  check({ document, root, os }) {
    return document.settings.flatMap((setting) => {
      const verdict = verdictOn(setting, root, os);
      if (verdict.kind !== 'notAllowed') return [];
      const row = root !== 'Legacy' && isSettingName(setting.name) ? settingRows[setting.name] : undefined;
      return [
        {
          setting: setting.name,
          message: `${setting.name} is ${givenText(setting.value)}; allowed is ${allowedText(verdict.row)}`,
          ...(row !== undefined && { effect: `the device uses the default instead: ${valueText(row, row.default)}` }),
          hint: `write ${allowedText(verdict.row)}`,
          place: setting.valuePlace,
        },
      ];
    });
  },
};
