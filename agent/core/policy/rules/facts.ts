/**
 * What several rules ask of a file: a setting as given, as taken, as effective, and where to point.
 *
 * Promises: answers only, never a report. Must never: re-judge a value; values.ts has done that.
 */

import { entropyBits } from '../../password/entropy.ts';
import type { PasswordSpec } from '../../password/spec.ts';
import type { ParsedSetting } from '../document.ts';
import { type Condition, type SettingName, settingRows } from '../settings.ts';
import { type Place, startOfFile } from '../text.ts';
import type { FileView, TakenSetting } from './rule.ts';

/** The setting of that name as the file gives it, whatever its value; of several the last. */
export function givenSetting(view: FileView, name: string): ParsedSetting | undefined {
  return view.given.get(name);
}

/** The setting of that name when a device takes its value as it stands. */
export const takenSetting = (view: FileView, name: SettingName): TakenSetting | undefined => view.taken.get(name);

/** The value as the device uses it: given, default or adjusted. */
export const effective = (view: FileView, name: SettingName): number | string => view.policy.settings[name].value;

/** Where to point when what is wrong is absent: the BackupDirectory line, else the first setting, else the file. */
export function anchorOf(view: FileView): Place {
  const setting = givenSetting(view, 'BackupDirectory') ?? view.document.settings[0];
  return setting?.namePlace ?? startOfFile;
}

/** Whether the file sets anything that a device knows: only then it makes its root the active one (spec 1.2). */
export function setsSomething(view: FileView): boolean {
  return view.policy.source !== 'none';
}

/** Whether any policy stands in the way of `name`, the directory aside: the condition that does not hold. */
export function brokenCondition(view: FileView, name: SettingName): Condition | undefined {
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
