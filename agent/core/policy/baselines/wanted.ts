/**
 * What a requirement wants, held against what a device can have: no requirement may want the impossible, or nothing.
 *
 * Knows: the allowed values of each setting, and the weakest password there is. Promises: the member that is wrong, and
 * why. Must never: look at a policy; requirement.ts does.
 */
import { entropyBits } from '../../password/entropy.ts';
import type { PasswordSpec } from '../../password/spec.ts';
import { type Hindrance, hindrancesIn } from '../hindrance.ts';
import { defaultOs } from '../os.ts';
import { bitsText } from '../rules/facts.ts';
import { allowedText, type SettingName, settingRows } from '../settings.ts';
import { makeSource, startOfFile } from '../text.ts';
import { givenText, verdictOn } from '../values.ts';
import type { BitsRequirement, Requirement, SettingRequirement } from './form.ts';

/** What is wrong with a member of a requirement. */
export interface Complaint {
  /** `maximum`, `oneOf/2`. */
  readonly member: string;
  readonly problem: string;
  readonly hint?: string;
}

/** Whether any root carries this value of a setting on the newest Windows. */
const isPossible = (setting: SettingName, value: number | string | boolean): boolean =>
  settingRows[setting].roots.some((root) => verdictOn({ name: setting, value }, root, defaultOs).kind === 'fine');

/** The values of a setting's list, the ends of its range, or those of a switch; of a text none. */
function endsOf(setting: SettingName): readonly number[] {
  const { type, values, minimum = 0, maximum = 0 } = settingRows[setting];
  if (type === 'text') return [];
  return type === 'boolean' ? [0, 1] : (values?.map(({ value }) => value) ?? [minimum, maximum]);
}

/** Why no device backs up with a text that is wanted of a setting; undefined where one may. */
function hindranceOf(setting: SettingName, value: string): Hindrance | undefined {
  const used = {
    setting: { name: setting, value, namePlace: startOfFile, valuePlace: startOfFile },
    value,
  };
  // An empty text is the default, which no device trips over.
  const usedFor = (name: SettingName) => (name === setting && value !== '' ? used : undefined);
  const automatic = usedFor('AutomaticAccountManagementNameOrPrefix');
  return hindrancesIn({
    document: { format: 'native', source: makeSource('') },
    account: usedFor('AdministratorAccountName'),
    // Of a name that may be a prefix only its beginning is sure to be used.
    automatic: automatic && { ...automatic, target: 'own', hasSuffix: true },
    principal: usedFor('ADPasswordEncryptionPrincipal'),
  }).find(({ certain }) => certain);
}

/** A text under which every device fails. */
function hindering(id: string, setting: SettingName, member: string, wanted: unknown): Complaint | undefined {
  const found = typeof wanted === 'string' ? hindranceOf(setting, wanted) : undefined;
  if (found === undefined || typeof wanted !== 'string') return undefined;
  return {
    member,
    problem: `${id} wants ${setting} ${givenText(wanted)}, with which no device backs up: ${found.message.replace(`${setting} `, 'it ')}`,
    hint: found.hint ?? 'write a name that laps validate takes in a policy',
  };
}

/** What no device could ever satisfy. */
function impossible({ id, setting, value, oneOf, minimum, maximum }: SettingRequirement): Complaint | undefined {
  const hint = `allowed is ${allowedText(settingRows[setting])}`;
  const wrong = (member: string, wanted: number | string | boolean): Complaint => ({
    member,
    problem: `${id} wants ${setting} ${givenText(wanted)}, which no device uses`,
    hint,
  });
  if (value !== undefined && !isPossible(setting, value)) return wrong('value', value);
  const at = oneOf?.findIndex((each) => !isPossible(setting, each)) ?? -1;
  const listed = oneOf?.[at];
  if (listed !== undefined) return wrong(`oneOf/${at}`, listed);
  const named = [value, ...(oneOf ?? [])].flatMap(
    (each, index) => hindering(id, setting, index === 0 ? 'value' : `oneOf/${index - 1}`, each) ?? [],
  );
  if (named[0] !== undefined) return named[0];
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    return { member: 'minimum', problem: `${id} wants a minimum above its maximum` };
  const ends = endsOf(setting);
  if (minimum !== undefined && minimum > Math.max(...ends)) return wrong('minimum', minimum);
  return maximum !== undefined && maximum < Math.min(...ends) ? wrong('maximum', maximum) : undefined;
}

/** What every device satisfies, whatever its policy says: it looks like a check and is none. */
function idle({ id, setting, oneOf, minimum, maximum, explicit }: SettingRequirement): Complaint | undefined {
  if (explicit === true) return undefined;
  const ends = endsOf(setting);
  const { values, type } = settingRows[setting];
  const isShortList = values !== undefined || type === 'boolean';
  const listsAll =
    oneOf !== undefined && isShortList && ends.every((end) => oneOf.some((each) => Number(each) === end));
  const hasBound = minimum !== undefined || maximum !== undefined;
  const boundsNothing =
    hasBound &&
    (minimum === undefined || minimum <= Math.min(...ends)) &&
    (maximum === undefined || maximum >= Math.max(...ends));
  if (!listsAll && !boundsNothing) return undefined;
  return {
    member: listsAll ? 'oneOf' : maximum === undefined ? 'minimum' : 'maximum',
    problem: `${id} wants nothing: every value of ${setting} satisfies it`,
    hint: `allowed is ${allowedText(settingRows[setting])}; to have it written whatever its value, "explicit": true is enough`,
  };
}

const leastPassword: PasswordSpec = {
  kind: 'password',
  complexity: 1,
  length: settingRows.PasswordLength.minimum ?? 1,
};
const leastPhrases: readonly PasswordSpec[] = ([6, 7, 8] as const).map((complexity) => ({
  kind: 'passphrase',
  complexity,
  words: settingRows.PassphraseLength.minimum ?? 1,
}));

/** A strength that nothing a device draws could fall short of. */
function idleBits({ id, minimumBits, when }: BitsRequirement): Complaint | undefined {
  const drawn = [...(when === 'passphrase' ? [] : [leastPassword]), ...(when === 'password' ? [] : leastPhrases)];
  const least = Math.min(...drawn.map(entropyBits));
  if (minimumBits > least) return undefined;
  return {
    member: 'minimumBits',
    problem: `${id} wants nothing: the weakest ${when ?? 'password'} there is holds ${bitsText(least)}`,
    hint: 'the default policy holds 89 bits',
  };
}

const mostPassword: PasswordSpec = {
  ...leastPassword,
  complexity: 4,
  length: settingRows.PasswordLength.maximum ?? 64,
};
const mostPhrases = leastPhrases.map((phrase) => ({ ...phrase, words: settingRows.PassphraseLength.maximum ?? 10 }));

/** A strength that nothing a device draws could reach. */
function impossibleBits({ id, minimumBits, when }: BitsRequirement): Complaint | undefined {
  const drawn = [...(when === 'passphrase' ? [] : [mostPassword]), ...(when === 'password' ? [] : mostPhrases)];
  const most = Math.max(...drawn.map(entropyBits));
  if (minimumBits <= most) return undefined;
  return {
    member: 'minimumBits',
    problem: `${id} wants ${minimumBits} bits, and the strongest ${when ?? 'password'} there is holds ${bitsText(most)}`,
    hint: 'the default policy holds 89 bits',
  };
}

/** What is wrong with what a requirement wants; undefined where nothing is. */
export const complaintOf = (required: Requirement): Complaint | undefined =>
  'setting' in required ? (impossible(required) ?? idle(required)) : (impossibleBits(required) ?? idleBits(required));
