/**
 * The members of Intune's exports by name (spec 12.4), and what a misspelt one was meant to be.
 *
 * Knows: names. Promises: only what is nearly a documented name is taken for misspelt, for tools put wrappers of their own
 * around a policy; the cost stays bounded whatever names a file holds. Must never: read a value.
 */
import { editDistance } from '../nearest.ts';

/** The members that hold a policy's settings: of the settings catalog, and of a custom profile. */
export const settingLists: ReadonlySet<string> = new Set(['settings', 'omaSettings']);
const valueMembers = ['choiceSettingValue', 'simpleSettingValue'] as const;
const lists = [
  ...settingLists,
  'children',
  'groupSettingCollectionValue',
  'choiceSettingCollectionValue',
  'simpleSettingCollectionValue',
];
const documented: readonly string[] = [
  ...lists,
  ...valueMembers,
  'settingInstance',
  'groupSettingValue',
  'settingDefinitionId',
  'omaUri',
  'value',
];
const lower = documented.map((name) => ({ name, letters: name.toLowerCase() }));
const known: ReadonlySet<string> = new Set(documented);
/** So many different names of one file are compared; an export has some sixty. */
const mostNames = 1000;

const nearest = (written: string): string | undefined => {
  const letters = written.toLowerCase();
  return lower.find((each) => {
    const reach = each.letters.length < 7 ? 1 : 2;
    return Math.abs(each.letters.length - letters.length) <= reach && editDistance(letters, each.letters) <= reach;
  })?.name;
};

/** Tells the documented member that a name is misspelt for; remembers, for an export says the same names over and over. */
export function makeMembers(): (written: string) => string | undefined {
  const asked = new Map<string, string | undefined>();
  return (written) => {
    if (known.has(written)) return undefined;
    if (asked.has(written)) return asked.get(written);
    if (asked.size >= mostNames) return undefined;
    const found = nearest(written);
    asked.set(written, found);
    return found;
  };
}

/** Whether a member is a list in every export. */
export const isList = (name: string): boolean => lists.includes(name);

/** Whether a member is a list or an object in every export, and settings stand in it. */
export const isContainer = (name: string): boolean =>
  isList(name) || isValueMember(name) || name === 'settingInstance' || name === 'groupSettingValue';

/** Whether settings may stand below a member of this name inside a setting's own value. */
export const mayHoldSettings = (name: string): boolean => known.has(name);

/** What a value can be looked for under. */
export const isValueMember = (name: string): name is (typeof valueMembers)[number] =>
  valueMembers.some((each) => each === name);
