/** A value that no registry value of this kind could hold; the file is then no policy at all (read.ts says why). */
import type { ParsedSetting, PolicyFormat } from '../document.ts';
import type { ValueRow } from '../settings.ts';
import { givenText, typeText } from '../values.ts';
import { refusedEffect } from './readingProblems.ts';
import type { Rule } from './rule.ts';

/** `"14"` may simply want to be 14. */
function repaired(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\s*(\d{1,9}|true|false)\s*$/i.test(value)) return undefined;
  return value.trim().toLowerCase();
}

/** In the settings catalog a choice is made by the id of an option, and a number stands in a value of its kind. */
const isChoice = ({ intune }: ParsedSetting, row: ValueRow): boolean =>
  intune !== undefined && (row.values !== undefined || row.type === 'boolean');

function catalogHint(wanted: string, isValue: boolean, setting: ParsedSetting, row: ValueRow): string {
  if (!isChoice(setting, row))
    return isValue ? `write ${wanted} without quotes, in an IntegerSettingValue` : `write ${wanted}`;
  const id = setting.key ?? setting.name;
  if (!isValue) return `write "${id}_${row.type === 'boolean' ? 'true' : (row.values?.[1]?.value ?? 1)}", say`;
  return `write "${id}_${row.type === 'boolean' ? wanted === 'true' || wanted === '1' : wanted}"`;
}

/** What to write instead, as the shape writes it. */
function hintFor(
  wanted: string,
  isValue: boolean,
  setting: ParsedSetting,
  format: PolicyFormat,
  row: ValueRow,
): string {
  if (format === 'intune' && setting.intune !== undefined) return catalogHint(wanted, isValue, setting, row);
  const number = wanted === 'true' ? 1 : wanted === 'false' ? 0 : Number(wanted);
  if (format === 'reg' && row.type !== 'text')
    return isValue
      ? `write "${row.registry.name}"=dword:${number.toString(16).padStart(8, '0')}`
      : 'write it as dword:';
  if (['pol', 'lgpo', 'policyrules', 'gporeport'].includes(format)) return `store it as ${row.registry.kind}`;
  if (!isValue) return `write ${wanted}`;
  if (format === 'native') return `write ${wanted} without quotes`;
  const isNumber = wanted === String(number);
  if (format === 'omauri') return `write ${wanted} without quotes, as omaSetting${isNumber ? 'Integer' : 'Boolean'}`;
  return `write it as ${isNumber ? 'an integer' : 'a boolean'}`;
}

export const wrongType: Rule = {
  id: 'LAPS009',
  name: 'wrong-type',
  severity: 'error',
  summary: 'The value is of the wrong type: a text where a number belongs, and the like.',
  hint: 'write the value without quotes, or with, as its type wants',
  documentation:
    "Numbers and switches are REG_DWORD values, names are REG_SZ (spec 1.3). No registry could hold this value for this setting, so there is nothing that Windows would do with it; the device refuses the file rather than guess at a password's rules.",
  roots: 'all',
  acceptable: false,
  check({ document, odd }) {
    return odd.flatMap(({ setting, verdict }) => {
      if (verdict.kind !== 'wrongType') return [];
      const better = repaired(setting.value);
      return [
        {
          setting: setting.name,
          message: `${setting.name} is ${givenText(setting.value)}, but ${isChoice(setting, verdict.row) ? 'the id of one of its options' : typeText(verdict.row)} belongs here`,
          effect: refusedEffect,
          hint: hintFor(better ?? typeText(verdict.row), better !== undefined, setting, document.format, verdict.row),
          place: setting.valuePlace,
        },
      ];
    });
  },
};
