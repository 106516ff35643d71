/** Out of range or not in the list: Windows uses the default, it does not take the nearest allowed value (spec 2.2). */
import type { ParsedSetting } from '../document.ts';
import { knows } from '../os.ts';
import {
  allowedText,
  allowedValues,
  choiceText,
  isSettingName,
  settingRows,
  type ValueRow,
  valueText,
} from '../settings.ts';
import { givenText } from '../values.ts';
import { writtenDword } from '../written.ts';
import { leastHere } from './facts.ts';
import type { Rule, RuleContext } from './rule.ts';

type Where = Pick<RuleContext, 'root' | 'builds' | 'document'>;

const everyBuildKnows = ({ builds }: Where, since: string | undefined): boolean =>
  builds.every((build) => knows(build, since));

/** The actions read as bits (1 reset, 2 sign out, 4 restart, 8 end processes), but only some sums are allowed (spec 2.3). */
function meantActions({ name, value }: ParsedSetting, row: ValueRow, where: Where): [number, string] | undefined {
  if (name !== 'PostAuthenticationActions' || typeof value !== 'number' || value < 2 || value > 15) return undefined;
  if ((value & 4) !== 0) return [5, 'to reset and restart; no other sum with a restart is allowed'];
  const all = row.values?.find((allowed) => allowed.value === 11);
  if ((value & 8) !== 0 && everyBuildKnows(where, all?.since)) return [11, 'to reset, sign out and end all processes'];
  return [3, 'to reset and sign out: the password is reset before anyone is signed out'];
}

function rangeHint(least: number, row: ValueRow, { document }: Where): string {
  const most = row.maximum ?? 0;
  const inSixteens = document.format === 'reg' ? ` (${writtenDword(least)} to ${writtenDword(most)})` : '';
  return `write a number from ${least} to ${most}${inSixteens}`;
}

/** What to write instead, as the shape spells it; a value that one of the builds does not know is not proposed. */
function choiceHint({ intune, key }: ParsedSetting, row: ValueRow, where: Where): string {
  const isSwitch = row.type === 'boolean';
  const wide = allowedValues(row, where.root);
  const known = wide.filter(({ since }) => everyBuildKnows(where, since));
  // In the settings catalog a value is the id of an option; what differs is its end.
  if (intune !== undefined)
    return isSwitch
      ? `write "${key}_true" or "${key}_false"`
      : `write "${key}_" followed by ${choiceText(known.map(({ value }) => value))}`;
  if (isSwitch) return where.document.format === 'native' ? 'write true or false (1 or 0)' : 'write 1 or 0';
  const words = choiceText(known.map(({ value }) => value));
  const most = known.at(-1)?.value ?? 0;
  const notes = [
    ...(where.document.format === 'reg' && most > 9 ? [`${most} is ${writtenDword(most)}`] : []),
    ...(known.length < wide.length ? ['what else there is needs a later Windows'] : []),
  ];
  return `write ${words}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
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
        isRange && least !== row.minimum ? `with Entra ID ${least} to ${row.maximum}` : allowedText(row, root);
      const meant = meantActions(setting, row, context);
      const asWritten = (value: number): string =>
        setting.intune === undefined
          ? `${value}${document.format === 'reg' && value > 9 ? ` (${writtenDword(value)})` : ''}`
          : `"${setting.key}_${value}"`;
      const instead = isRange ? rangeHint(least, row, context) : choiceHint(setting, row, context);
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
