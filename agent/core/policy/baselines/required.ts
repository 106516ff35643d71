/**
 * What a requirement asks of a setting: whether a value satisfies it, the words for it, and what to write.
 *
 * Knows: which values a device can use in a policy (its root, its Windows, its directory). Promises: no hint names a value
 * that the policy's device would not use; where none is left, it says why. Must never: decide whether a requirement is
 * asked for; requirement.ts does.
 */
import { osWords } from '../os.ts';
import type { RuleContext } from '../rules/rule.ts';
import { allowedText, type SettingValue, settingRows, valueText } from '../settings.ts';
import { asCompared, givenText, verdictOn } from '../values.ts';
import type { SettingRequirement } from './form.ts';

type Plain = number | string | boolean;

const normal = (value: Plain): SettingValue => (typeof value === 'boolean' ? Number(value) : value);

/** Whether a value as the device uses it is one that is wanted. */
export function satisfies(value: SettingValue, required: SettingRequirement): boolean {
  const { minimum, maximum, oneOf, setting } = required;
  const isThat = (wanted: Plain): boolean => asCompared(setting, normal(wanted)) === asCompared(setting, value);
  if (required.value !== undefined && !isThat(required.value)) return false;
  if (oneOf !== undefined && !oneOf.some(isThat)) return false;
  if (minimum !== undefined && !(typeof value === 'number' && value >= minimum)) return false;
  return maximum === undefined || (typeof value === 'number' && value <= maximum);
}

/** A value as a file would have it. */
const shownAs = (setting: SettingRequirement['setting'], value: Plain): string =>
  settingRows[setting].type === 'boolean' ? valueText(settingRows[setting], normal(value)) : givenText(value);

/** `15 or more`, `1 to 8`, `3, 5 or 11`. */
export function requiredText(required: SettingRequirement): string {
  const { minimum, maximum, oneOf, setting } = required;
  const shown = (value: Plain): string => shownAs(setting, value);
  if (required.value !== undefined) return shown(required.value);
  if (oneOf !== undefined)
    return oneOf.length === 1
      ? oneOf.map(shown).join('')
      : `${oneOf.slice(0, -1).map(shown).join(', ')} or ${oneOf.slice(-1).map(shown).join('')}`;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${minimum} or more`;
  return maximum === undefined ? 'any value, said by the file itself' : `${maximum} or less`;
}

/** Why a device of this policy never uses a value, by itself; undefined where it would. */
function unusableBecause({ root, os, policy }: RuleContext, setting: SettingRequirement['setting'], value: Plain) {
  const verdict = verdictOn({ name: setting, value }, root, os);
  const { entraMinimum } = settingRows[setting];
  switch (verdict.kind) {
    case 'notInRoot':
    case 'valueNotInRoot':
      return `the root ${root} does not carry ${setting} ${givenText(value)}: deliver the policy by Group Policy`;
    case 'newerValue':
    case 'newerSetting':
      return `${setting} ${givenText(value)} needs ${osWords(verdict.since)}: name such a build with --os`;
    case 'notAllowed':
      return `${setting} allows ${allowedText(verdict.row, root)}`;
    default:
      return entraMinimum !== undefined &&
        policy.settings.BackupDirectory.value === 1 &&
        typeof value === 'number' &&
        value < entraMinimum
        ? `Entra ID allows no less than ${valueText(settingRows[setting], entraMinimum)}`
        : undefined;
  }
}

/** The values that satisfy a requirement, or of a range its end, which is the likeliest to be usable. */
function candidatesOf(required: SettingRequirement): readonly Plain[] {
  const { value, oneOf, minimum, maximum, setting } = required;
  if (value !== undefined) return [value];
  const listed =
    oneOf ?? settingRows[setting].values?.map((each) => each.value).filter((each) => satisfies(each, required));
  return listed ?? [maximum ?? minimum ?? []].flat();
}

/** What to write so that the device uses what is wanted. */
export function requiredHint(context: RuleContext, required: SettingRequirement, told: string): string {
  const { setting } = required;
  const candidates = candidatesOf(required);
  const reasons = candidates.map((each) => unusableBecause(context, setting, each));
  const usable = candidates.filter((_, at) => reasons[at] === undefined);
  const [first] = reasons;
  if (usable.length === 0 && first !== undefined) return `${first}; or change what ${told} wants`;
  const { minimum: _least, maximum: _most, value: _value, ...rest } = required;
  return `write ${setting} ${requiredText(usable.length < candidates.length ? { ...rest, oneOf: usable } : required)}`;
}

/** What to write where the value that the device uses is good and the file shall say it itself. */
export function missingHint(required: SettingRequirement, value: SettingValue): string {
  const { setting, oneOf } = required;
  if (required.value !== undefined || oneOf !== undefined) return `write ${setting} ${requiredText(required)}`;
  // The default of the directory is to manage nothing, and that of a name is none: neither is what anybody would write.
  if (setting === 'BackupDirectory')
    return `write ${[1, 2].map((each) => `${setting} ${valueText(settingRows[setting], each)}`).join(' or ')}`;
  return value === '' ? `write in ${setting} the name that is meant` : `write ${setting} ${shownAs(setting, value)}`;
}
