/**
 * What a hint says to write, as the file's own shape holds it: followed to the letter, it is not the next finding.
 *
 * Knows: that a `.reg` file counts in sixteens, that a choice in Intune is the id of an option, and that an MDM sends a
 * switch as a word. Promises: a hint that speaks of no value, or is in the file's shape already, stays as it is. Must
 * never: choose a value; the rules do.
 */
import type { PolicyFormat } from '../document.ts';
import { catalogPrefix } from '../formats/uri.ts';
import { isLegacyName, isSettingName, type SettingName, settingRows } from '../settings.ts';
import { writtenDword } from '../written.ts';
import type { Finding, RuleContext } from './rule.ts';

/** A setting's name before one or more values: `PasswordLength 13`, `BackupDirectory 1 or 2`, `PasswordAgeDays 30 or less`. */
const named = /\b([A-Z][A-Za-z]{7,50}) ((?:\d{1,3}|true|false)\b(?:(?:, | or | to )\d{1,3}\b)*)/g;
/** A value by itself; not the number of a build or a year. */
const bare = /(?<![\w.-])(?<!build )\d{1,3}(?![\w.-])/g;
/** Below ten both ways of counting are the same. */
const isLong = (value: string): boolean => Number(value) > 9;

const inReg = (values: string): string => {
  const long = (values.match(/\d+/g) ?? []).filter(isLong);
  if (long.length === 0) return values;
  const alone = /^\d+$/.test(values);
  const shown = long.map((value) =>
    alone ? writtenDword(Number(value)) : `${value} is ${writtenDword(Number(value))}`,
  );
  return `${values} (${shown.join('; ')})`;
};

const isChoice = (name: string): name is SettingName =>
  isSettingName(name) && (settingRows[name].values !== undefined || settingRows[name].type === 'boolean');

function optionOf(name: SettingName, value: string): string {
  const word = settingRows[name].type === 'boolean' ? String(value === '1' || value === 'true') : value;
  return `"${catalogPrefix}${name.toLowerCase()}_${word}"`;
}

function inIntune(name: string, values: string): string {
  if (!isChoice(name)) return values;
  const id = /^\w+$/.test(values)
    ? optionOf(name, values)
    : `"${catalogPrefix}${name.toLowerCase()}_" followed by one of them`;
  return `${values} (${id})`;
}

const isSwitch = (name: string | undefined): boolean =>
  name !== undefined && isSettingName(name) && settingRows[name].type === 'boolean';
const asWord = (value: string): string => (value === '0' || value === '1' ? String(value === '1') : value);

interface Shape {
  /** What stands after a setting's name. */
  readonly named: (name: string, values: string) => string;
  /** A number for the setting that the finding is about. */
  readonly bare: (setting: string, value: string) => string;
}

const mdm: Shape = {
  named: (name, values) => (isSwitch(name) ? asWord(values) : values),
  bare: (setting, value) => (isSwitch(setting) ? asWord(value) : value),
};
const shapes: Partial<Record<PolicyFormat, Shape>> = {
  reg: {
    named: (name, values) => (isSettingName(name) || isLegacyName(name) ? inReg(values) : values),
    bare: (_setting, value) => inReg(value),
  },
  intune: {
    named: inIntune,
    bare: (setting, value) =>
      isChoice(setting) && (isSwitch(setting) || settingRows[setting].values?.some((each) => `${each.value}` === value))
        ? optionOf(setting, value)
        : value,
  },
  omauri: mdm,
  syncml: mdm,
};
/** Words that only a hint in the shape already has. */
const done = new RegExp(`dword:|${catalogPrefix}`);

/** The finding with its hint in the shape of the file. */
export function inShapeOf({ document, root }: Pick<RuleContext, 'document' | 'root'>, finding: Finding): Finding {
  const shape = shapes[document.format];
  const { hint, setting } = finding;
  // Legacy LAPS has ids of its own in Intune, and only some of its values are choices there.
  if (shape === undefined || hint === undefined || done.test(hint) || (root === 'Legacy' && document.format !== 'reg'))
    return finding;
  const isBare = setting !== undefined && /^write \d/.test(hint);
  const written = isBare
    ? hint.replace(bare, (value) => shape.bare(setting, value))
    : hint.replace(named, (_all, name: string, values: string) => `${name} ${shape.named(name, values)}`);
  return written === hint ? finding : { ...finding, hint: written };
}
