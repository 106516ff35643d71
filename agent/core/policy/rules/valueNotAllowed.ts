/** Out of range or not in the list: Windows uses the default, it does not take the nearest allowed value (spec 2.2). */
import type { ParsedSetting } from '../document.ts';
import { allowedText, isSettingName, settingRows, type ValueRow, valueText } from '../settings.ts';
import { givenText } from '../values.ts';
import type { Rule } from './rule.ts';

/** The actions read as bits (1 reset, 2 sign out, 4 restart, 8 end processes), but only some sums are allowed (spec 2.3). */
function bitsHint({ name, value }: ParsedSetting): string | undefined {
  if (name !== 'PostAuthenticationActions' || typeof value !== 'number' || value < 2 || value > 15) return undefined;
  if ((value & 4) !== 0) return 'write 5 to reset and restart; no other sum with a restart is allowed';
  return (value & 8) !== 0
    ? 'write 11 to reset, sign out and end all processes'
    : 'write 3: the password is reset before anyone is signed out';
}

function insteadOf({ intune, key }: ParsedSetting, row: ValueRow): string {
  if (row.minimum !== undefined) return `write a number from ${allowedText(row)}`;
  // In the settings catalog a value is the id of an option; what differs is its end.
  return intune === undefined ? `write ${allowedText(row)}` : `write "${key}_" and one of ${allowedText(row)}`;
}

export const valueNotAllowed: Rule = {
  id: 'LAPS010',
  name: 'value-not-allowed',
  severity: 'error',
  summary: 'The value is outside the range or not in the list of allowed values.',
  hint: 'write one of the allowed values',
  documentation:
    "Windows replaces a value that it does not support by that setting's default. It does not take the nearest allowed value (spec 2.2): a PasswordLength of 99 makes 14 characters, not 64.",
  roots: 'all',
  check({ odd, root }) {
    return odd.flatMap(({ setting, verdict }) => {
      if (verdict.kind !== 'notAllowed') return [];
      const row = root !== 'Legacy' && isSettingName(setting.name) ? settingRows[setting.name] : undefined;
      return [
        {
          setting: setting.name,
          message: `${setting.name} is ${givenText(setting.value)}; allowed is ${allowedText(verdict.row)}`,
          effect:
            row === undefined
              ? 'legacy emulation does not use it'
              : `the device uses the default instead: ${valueText(row, row.default)}`,
          hint: bitsHint(setting) ?? insteadOf(setting, verdict.row),
          place: setting.valuePlace,
        },
      ];
    });
  },
};
