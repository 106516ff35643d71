/**
 * What several rules ask of a file: a setting as given, as taken, as effective, and where to point.
 *
 * Promises: answers only, never a report. Must never: re-judge a value; values.ts has done that.
 */
import { entropyBits } from '../../password/entropy.ts';
import type { PasswordSpec } from '../../password/spec.ts';
import type { ParsedSetting } from '../document.ts';
import type { HindranceKind } from '../hindrance.ts';
import { type Condition, type LegacyName, type SettingName, settingRows } from '../settings.ts';
import { type Place, startOfFile } from '../text.ts';
import type { JudgedSetting } from '../values.ts';
import type { FileView, Report, TakenSetting } from './rule.ts';

/** The setting of that name as the file gives it, whatever its value; of several the last. */
export function givenSetting(view: FileView, name: string): ParsedSetting | undefined {
  return view.given.get(name)?.setting;
}

const takenOf = ({ setting, verdict }: JudgedSetting): TakenSetting | undefined =>
  verdict.kind === 'fine' ? { setting, value: verdict.value } : undefined;

/** The setting of that name when a device takes its value as it stands; of several the last, even where it does not. */
export function takenSetting(
  { given }: Pick<FileView, 'given'>,
  name: SettingName | LegacyName,
): TakenSetting | undefined {
  const judged = given.get(name);
  return judged === undefined ? undefined : takenOf(judged);
}

/** All that a device takes as it stands, by its last mention, in the order of the text. */
export const takenSettings = ({ given }: FileView): readonly TakenSetting[] =>
  [...given.values()].flatMap((judged) => takenOf(judged) ?? []);

/** Those of `names` that stand in the file and that a device takes. */
export function takenAmong<Name extends SettingName>(
  view: FileView,
  names: readonly Name[],
): ReadonlyArray<TakenSetting & { readonly name: Name }> {
  const found: Array<TakenSetting & { readonly name: Name }> = [];
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at];
    const taken = name === undefined ? undefined : takenSetting(view, name);
    if (name !== undefined && taken !== undefined) found.push({ ...taken, name });
  }
  return found;
}

/** The value as the device uses it: given, default or adjusted. */
export const effective = (view: Pick<FileView, 'policy'>, name: SettingName): number | string =>
  view.policy.settings[name].value;

/** What of one kind keeps the device from backing up, as a rule reports it. */
export function hindrancesAsReports({ policy }: Pick<FileView, 'policy'>, kind: HindranceKind): readonly Report[] {
  const { hindrances } = policy;
  // Nearly every file has none.
  if (hindrances.length === 0) return [];
  return hindrances
    .filter((each) => each.kind === kind)
    .map(({ setting, message, effect, hint }) => ({
      setting: setting.name,
      message,
      effect,
      ...(hint !== undefined && { hint }),
      place: setting.valuePlace,
    }));
}

/** Where to point when what is wrong is absent: the BackupDirectory line, else the first setting, else the file. */
export function anchorOf(view: FileView): Place {
  const setting = givenSetting(view, 'BackupDirectory') ?? view.document.settings[0];
  return setting?.namePlace ?? startOfFile;
}

/** Whether the file sets anything that a device knows: only then it makes its root the active one (spec 1.2). */
export function setsSomething(view: FileView): boolean {
  return view.policy.source !== 'none';
}

/** Whether a device refuses the file as a whole for a value of the wrong type, and so for now keeps the policy it had. */
export const isRefusedForType = ({ odd }: FileView): boolean => odd.some(({ verdict }) => verdict.kind === 'wrongType');

/** Whether any policy stands in the way of `name`, the directory aside: the condition that does not hold. */
export function brokenCondition(view: Pick<FileView, 'policy'>, name: SettingName): Condition | undefined {
  return settingRows[name].ignoredUnless.find((condition) => {
    const value = effective(view, condition.setting);
    return !((condition.in?.includes(value) ?? true) && !(condition.notIn?.includes(value) ?? false));
  });
}

/** `6 by default`, `4 here`: where an effective value comes from, for a sentence. */
export function originText(view: FileView, name: SettingName): string {
  const { value, origin } = view.policy.settings[name];
  return origin === 'set' ? `${value} here` : `${value} by default`;
}

/** `about 62 bits` as spec 3.4 counts them. */
export const bitsText = (bits: number): string => `about ${Math.round(bits)} bits`;

/** `8 characters of complexity 1`, `3 words of complexity 8`. */
export function specText(spec: PasswordSpec): string {
  return spec.kind === 'passphrase'
    ? `${spec.words} words of complexity ${spec.complexity}`
    : `${spec.length} characters of complexity ${spec.complexity}`;
}

/** The same kind of password, as long as it must be for `bits`, or undefined when no allowed length is enough. */
export function strongEnough(spec: PasswordSpec, bits: number): PasswordSpec | undefined {
  const row = settingRows[spec.kind === 'passphrase' ? 'PassphraseLength' : 'PasswordLength'];
  for (let length = row.minimum ?? 1; length <= (row.maximum ?? 0); length += 1) {
    const candidate: PasswordSpec = spec.kind === 'passphrase' ? { ...spec, words: length } : { ...spec, length };
    if (entropyBits(candidate) >= bits) return candidate;
  }
  return undefined;
}

/** `PasswordLength 13`, `PassphraseLength 7`. */
export const lengthText = (spec: PasswordSpec): string =>
  spec.kind === 'passphrase' ? `PassphraseLength ${spec.words}` : `PasswordLength ${spec.length}`;
