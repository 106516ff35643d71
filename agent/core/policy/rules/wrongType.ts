/** A value that no registry value of this kind could hold; the file is then no policy at all (read.ts says why). */

import type { PolicyRootName } from '../../ports.ts';
import type { GivenValue, ParsedSetting, PolicyFormat } from '../document.ts';
import { allowedText, allowedValues, type ValueRow } from '../settings.ts';
import { isCatalogChoice, wrongTypeText } from '../values.ts';
import { writtenDword } from '../written.ts';
import { leastHere } from './facts.ts';
import { refusedEffect } from './readingProblems.ts';
import type { Rule } from './rule.ts';

/** `"14"` may simply want to be 14; so does an option of that number, where a number belongs. */
function repaired(given: GivenValue): string | undefined {
  const isKept = given !== null && typeof given === 'object' && (given.kind === 'catalog' || given.kind === 'registry');
  // The data of other types is shown in sixteens.
  const value = isKept && (given.kind === 'catalog' || given.type === 'REG_QWORD') ? given.shown : given;
  if (typeof value !== 'string' || !/^\s*(\d{1,9}|true|false)\s*$/i.test(value)) return undefined;
  return value.trim().toLowerCase();
}

const asNumber = (wanted: string): number => (wanted === 'true' ? 1 : wanted === 'false' ? 0 : Number(wanted));

interface Meant {
  readonly setting: ParsedSetting;
  readonly row: ValueRow;
  readonly root: PolicyRootName;
  readonly least: number;
  /** The value that the file means, where that is plain and would be taken. */
  readonly wanted: string | undefined;
}

/** Whether the value that was probably meant would be taken: a hint must not lead to the next finding. */
function isAllowed(wanted: string, { row, root, least }: Omit<Meant, 'wanted'>): boolean {
  const number = asNumber(wanted);
  if (row.type === 'boolean') return number === 0 || number === 1;
  if (row.type === 'text') return false;
  if (row.values !== undefined) return allowedValues(row, root).some(({ value }) => value === number);
  return number >= least && number <= (row.maximum ?? 0);
}

/** `8 to 64`, `1, 3, 5 or 11`. */
const choices = ({ row, root, least }: Meant): string =>
  row.minimum === undefined ? allowedText(row, root) : `${least} to ${row.maximum}`;

function catalogHint(meant: Meant): string {
  const { wanted, setting, row } = meant;
  const id = setting.key ?? setting.name;
  const isMisplaced = setting.value !== null && typeof setting.value === 'object' && setting.value.kind === 'catalog';
  const place = (member: string): string => (isMisplaced ? ` in a ${member}` : '');
  if (isCatalogChoice(setting, row)) {
    const member = place('choiceSettingValue');
    if (row.type === 'boolean')
      return wanted === undefined
        ? `write "${id}_true" or "${id}_false"${member}`
        : `write "${id}_${asNumber(wanted) === 1}"${member}`;
    return wanted === undefined
      ? `write "${id}_" followed by ${choices(meant)}${member}`
      : `write "${id}_${wanted}"${member}`;
  }
  if (row.type === 'text') return `write a text${place('simpleSettingValue (a StringSettingValue)')}`;
  if (isMisplaced)
    return `write ${wanted ?? `a number, ${choices(meant)},`}${place('simpleSettingValue (an IntegerSettingValue)')}`;
  return wanted === undefined
    ? `write a number, ${choices(meant)}, in an IntegerSettingValue`
    : `write ${wanted} without quotes, in an IntegerSettingValue`;
}

/** What to write instead, as the shape writes it. */
function hintFor(meant: Meant, format: PolicyFormat): string {
  const { wanted, setting, row } = meant;
  if (format === 'intune' && setting.intune !== undefined) return catalogHint(meant);
  if (format === 'reg' && row.type !== 'text')
    return wanted === undefined
      ? `write it as dword: with a number, ${choices(meant)}`
      : `write "${row.registry.name}"=${writtenDword(asNumber(wanted))}`;
  if (['pol', 'lgpo', 'policyrules', 'gporeport'].includes(format)) return `store it as ${row.registry.kind}`;
  if (row.type === 'text') return format === 'native' ? 'write a text in double quotes' : 'write it as a text';
  if (wanted === undefined) {
    const kind = row.type === 'boolean' ? '' : 'a number, ';
    return `write ${kind}${choices(meant)}${format === 'native' ? ', without quotes' : ''}`;
  }
  if (format === 'native') return `write ${wanted} without quotes`;
  const isNumber = wanted === String(asNumber(wanted));
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
    "Numbers and switches are REG_DWORD values, names are REG_SZ. No registry could hold this value for this setting, so there is nothing that Windows would do with it; the device refuses the file rather than guess at a password's rules. In Intune's settings catalogue a choice is the id of an option in a choiceSettingValue, a number or a text a value in a simpleSettingValue; what stands in the other of the two is no value of the setting.",
  roots: 'all',
  acceptable: false,
  check(context) {
    const { document, odd, root } = context;
    return odd.flatMap(({ setting, verdict }) => {
      if (verdict.kind !== 'wrongType') return [];
      const { row } = verdict;
      const better = repaired(setting.value);
      const about = { setting, row, root, least: leastHere(context, setting.name, row) };
      const wanted = better !== undefined && isAllowed(better, about) ? better : undefined;
      return [
        {
          setting: setting.name,
          message: wrongTypeText(setting, row),
          effect: refusedEffect,
          hint: hintFor({ ...about, wanted }, document.format),
          place: setting.valuePlace,
        },
      ];
    });
  },
};
