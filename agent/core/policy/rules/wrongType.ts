/** A value that no registry value of this kind could hold; the file is then no policy at all (read.ts says why). */
import type { GivenValue, ParsedSetting, PolicyFormat } from '../document.ts';
import type { ValueRow } from '../settings.ts';
import { isCatalogChoice, wrongTypeText } from '../values.ts';
import { writtenDword } from '../written.ts';
import { isAllowedHere, numbersHere } from './allowed.ts';
import { refusedEffect } from './readingProblems.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Words for a switch, and what people call the directories beside the words of the table. */
const switches: Readonly<Record<string, string>> = {
  yes: 'true',
  on: 'true',
  enabled: 'true',
  enable: 'true',
  no: 'false',
  off: 'false',
  disabled: 'false',
  disable: 'false',
};
const otherWords: Readonly<Record<string, string>> = {
  ad: 'active directory',
  aad: 'entra',
  azuread: 'entra',
  'azure ad': 'entra',
  entraid: 'entra',
};

/** The value that a word stands for: a switch, or the only value of the list whose own words have it. */
function inWords(given: GivenValue, { type, values = [] }: ValueRow): string | undefined {
  if (typeof given !== 'string' || given.length > 40) return undefined;
  const word = given.trim().toLowerCase();
  if (type === 'boolean') return Object.hasOwn(switches, word) ? switches[word] : undefined;
  const wanted = (Object.hasOwn(otherWords, word) ? otherWords[word] : undefined) ?? word;
  if (!/^[a-z][a-z ]{3,}$/.test(wanted)) return undefined;
  const found = values.filter(({ words }) => words.toLowerCase().includes(wanted));
  return found.length === 1 ? found.map(({ value }) => String(value)).join('') : undefined;
}

/** `"14"` may simply want to be 14; so does an option of that number, where a number belongs. */
function repaired(given: GivenValue): string | undefined {
  const isKept = given !== null && typeof given === 'object' && (given.kind === 'catalog' || given.kind === 'registry');
  // The data of other types is shown in sixteens.
  const value = isKept && (given.kind === 'catalog' || given.type === 'REG_QWORD') ? given.shown : given;
  if (typeof value !== 'string' || !/^\s*(\d{1,9}|true|false)\s*$/i.test(value)) return undefined;
  return value.trim().toLowerCase();
}

const asNumber = (wanted: string): number => (wanted === 'true' ? 1 : wanted === 'false' ? 0 : Number(wanted));

/** The value that the file means, where that is plain and a device would take it. */
function meantIn(context: RuleContext, { name, value }: ParsedSetting, row: ValueRow): string | undefined {
  const better = repaired(value) ?? inWords(value, row);
  if (better === undefined || (row.type !== 'boolean' && !/^\d/.test(better))) return undefined;
  return isAllowedHere(context, name, row, asNumber(better)) ? better : undefined;
}

const switchWords = (format: PolicyFormat): string =>
  format === 'native' ? 'true or false (1 or 0)' : 'true or false';

interface Meant {
  readonly setting: ParsedSetting;
  readonly row: ValueRow;
  /** What the file means, where that is plain. */
  readonly wanted: string | undefined;
  /** `8 to 64`, `1, 3, 5 or 11`: what else could be meant. */
  readonly choices: string;
}

function catalogHint(meant: Meant): string {
  const { wanted, setting, row, choices } = meant;
  const { value } = setting;
  if (value !== null && typeof value === 'object' && value.kind === 'catalog' && value.called !== undefined)
    return `write "${value.called.wanted}"`;
  const id = setting.key ?? setting.name;
  const isMisplaced = value !== null && typeof value === 'object' && value.kind === 'catalog';
  const place = (member: string): string => (isMisplaced ? ` in a ${member}` : '');
  if (isCatalogChoice(setting, row)) {
    const member = place('choiceSettingValue');
    if (row.type === 'boolean')
      return wanted === undefined
        ? `write "${id}_true" or "${id}_false"${member}`
        : `write "${id}_${asNumber(wanted) === 1}"${member}`;
    return wanted === undefined
      ? `write "${id}_" followed by ${choices}${member}`
      : `write "${id}_${asNumber(wanted)}"${member}`;
  }
  if (row.type === 'text') return `write a text${place('simpleSettingValue (a StringSettingValue)')}`;
  if (isMisplaced)
    return `write ${wanted ?? `a number, ${choices},`}${place('simpleSettingValue (an IntegerSettingValue)')}`;
  return wanted === undefined
    ? `write a number, ${choices}, in an IntegerSettingValue`
    : `write ${wanted} without quotes, in an IntegerSettingValue`;
}

/** How the shapes that name a value's type name it: what belongs beside the value itself. */
function typeBeside(format: PolicyFormat, { row }: Meant): string {
  const kind = row.type === 'text' ? 'text' : row.type === 'boolean' ? 'switch' : 'number';
  const names = { text: 'String', switch: 'Boolean', number: 'Integer' };
  if (format === 'omauri') return `, as omaSetting${names[kind]}`;
  return format === 'syncml' ? `, with the Format ${{ text: 'chr', switch: 'bool', number: 'int' }[kind]}` : '';
}

/** In the shapes that hold registry data: what the data should be, and where each of them keeps its type. */
function registryHint({ setting, row, wanted, choices }: Meant, format: PolicyFormat): string {
  const { kind } = row.registry;
  const isText = row.type === 'text';
  const number = wanted === undefined ? undefined : asNumber(wanted);
  const numbers = row.type === 'boolean' ? '1 or 0' : choices;
  if (format === 'lgpo') {
    if (isText) return 'write SZ:text';
    return number === undefined ? `write DWORD: followed by ${numbers}` : `write DWORD:${number}`;
  }
  // A report holds words where it holds no type; those that are not known are another language's, or mistyped.
  if (format === 'gporeport' && setting.storedAs === undefined)
    return isText || row.values === undefined
      ? `write ${isText ? 'a text' : `a number, ${numbers}`}`
      : 'make the report on an English console, or use the Registry.pol: this option is named in words that are not known';
  if (setting.storedAs?.toUpperCase() === kind && !isText) return `write a number, ${numbers}, as its data`;
  return number === undefined ? `store it as ${kind}` : `store it as ${kind}, ${number}`;
}

/** What to write instead, as the shape writes it. */
function hintFor(meant: Meant, format: PolicyFormat): string {
  const { wanted, setting, row, choices } = meant;
  if (format === 'intune' && setting.intune !== undefined) return catalogHint(meant);
  const { name } = row.registry;
  if (format === 'reg') {
    if (row.type === 'text') return `write "${name}"="text"`;
    return wanted === undefined
      ? `write it as dword: with a number, ${choices}`
      : `write "${name}"=${writtenDword(asNumber(wanted))}`;
  }
  if (['pol', 'lgpo', 'policyrules', 'gporeport'].includes(format)) return registryHint(meant, format);
  const beside = typeBeside(format, meant);
  const isNative = format === 'native';
  if (row.type === 'text') return `write a text${isNative ? ' in double quotes' : beside}`;
  const bare = format === 'syncml' ? '' : ' without quotes';
  // Beside a type that is a switch, the value is a word.
  const word = beside !== '' && row.type === 'boolean' && wanted !== undefined ? `${asNumber(wanted) === 1}` : wanted;
  if (word !== undefined) return `write ${word}${bare}${beside}`;
  return `write ${row.type === 'boolean' ? '' : 'a number, '}${choices}${bare === '' ? '' : `,${bare}`}${beside}`;
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
    const { document, odd } = context;
    return odd.flatMap(({ setting, verdict }) => {
      if (verdict.kind !== 'wrongType') return [];
      const { row } = verdict;
      const choices = row.type === 'boolean' ? switchWords(document.format) : numbersHere(context, setting.name, row);
      const wanted = meantIn(context, setting, row);
      return [
        {
          setting: setting.name,
          message: wrongTypeText(setting, row),
          effect: refusedEffect,
          hint: hintFor({ setting, row, wanted, choices }, document.format),
          place: setting.valuePlace,
        },
      ];
    });
  },
};
