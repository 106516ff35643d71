/** Out of range or not in the list: Windows uses the default, it does not take the nearest allowed value (spec 2.2). */
import type { ParsedSetting } from '../document.ts';
import { allowedText, allowedValues, isSettingName, settingRows, type ValueRow, valueText } from '../settings.ts';
import { givenText } from '../values.ts';
import { writtenDword } from '../written.ts';
import { everyBuildKnows, leastHere, numbersHere, valuesHere } from './allowed.ts';
import type { Rule, RuleContext } from './rule.ts';

/** The actions read as bits (1 reset, 2 sign out, 4 restart, 8 end processes), but only some sums are allowed (spec 2.3). */
function meantActions(
  { name, value }: ParsedSetting,
  row: ValueRow,
  context: RuleContext,
): [number, string] | undefined {
  if (name !== 'PostAuthenticationActions' || typeof value !== 'number' || value < 2 || value > 15) return undefined;
  if ((value & 4) !== 0) return [5, 'to reset and restart; no other sum with a restart is allowed'];
  const all = row.values?.find((allowed) => allowed.value === 11);
  if ((value & 8) !== 0 && everyBuildKnows(context, all?.since))
    return [11, 'to reset, sign out and end all processes'];
  return [3, 'to reset and sign out: the password is reset before anyone is signed out'];
}

/** What to write instead, as the shape spells it; a value that one of the builds does not know is not proposed. */
function insteadOf({ name, intune, key }: ParsedSetting, row: ValueRow, context: RuleContext): string {
  const { format } = context.document;
  const isReg = format === 'reg';
  const numbers = numbersHere(context, name, row);
  if (row.minimum !== undefined) {
    const [least, most] = [leastHere(context, name, row), row.maximum ?? 0];
    return `write a number from ${numbers}${isReg ? ` (${writtenDword(least)} to ${writtenDword(most)})` : ''}`;
  }
  // In the settings catalog a value is the id of an option; what differs is its end.
  if (row.type === 'boolean') {
    if (intune !== undefined) return `write "${key}_true" or "${key}_false"`;
    if (format === 'native') return 'write true or false (1 or 0)';
    return format === 'omauri' || format === 'syncml' ? 'write true or false' : 'write 1 or 0';
  }
  if (intune !== undefined) return `write "${key}_" followed by ${numbers}`;
  const known = valuesHere(context, row);
  const most = known.at(-1) ?? 0;
  const notes = [
    ...(isReg && most > 9 ? [`${most} is ${writtenDword(most)}`] : []),
    ...(known.length < allowedValues(row, context.root).length ? ['what else there is needs a later Windows'] : []),
  ];
  return `write ${numbers}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

export const valueNotAllowed: Rule = {
  id: 'LAPS010',
  name: 'value-not-allowed',
  severity: 'error',
  summary: 'The value is outside the range or not in the list of allowed values.',
  hint: 'write one of the allowed values',
  documentation:
    "Windows replaces a value that it does not support by that setting's default. It does not take the nearest allowed value: a PasswordLength of 99 makes 14 characters, not 64.",
  roots: 'all',
  check(context) {
    const { odd, root, document } = context;
    return odd.flatMap(({ setting, verdict }) => {
      if (verdict.kind !== 'notAllowed') return [];
      const { row } = verdict;
      const modern = root !== 'Legacy' && isSettingName(setting.name) ? settingRows[setting.name] : undefined;
      const isRange = row.minimum !== undefined;
      const least = leastHere(context, setting.name, row);
      const allowed =
        isRange && least !== row.minimum ? `${least} to ${row.maximum} with Entra ID` : allowedText(row, root);
      const meant = meantActions(setting, row, context);
      const asWritten = (value: number): string =>
        setting.intune === undefined
          ? `${value}${document.format === 'reg' && value > 9 ? ` (${writtenDword(value)})` : ''}`
          : `"${setting.key}_${value}"`;
      const instead = insteadOf(setting, row, context);
      return [
        {
          setting: setting.name,
          message: `${setting.name} is ${givenText(setting.value)}; allowed is ${allowed}`,
          effect:
            modern === undefined
              ? 'legacy emulation does not use it'
              : `the device uses the default instead: ${valueText(modern, modern.default)}`,
          hint: meant === undefined ? instead : `write ${asWritten(meant[0])} ${meant[1]}`,
          place: setting.valuePlace,
        },
      ];
    });
  },
};
