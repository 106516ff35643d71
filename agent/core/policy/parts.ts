/**
 * Several policies in one file: each for itself, and what they are together (spec 12.5).
 *
 * Knows: that Intune delivers policies side by side, the same value twice being no conflict and two values one. Promises:
 * a file of one policy is that policy; two that contradict each other are never taken together. Must never: choose one.
 */
import type { GivenValue, ParsedSetting, PartName, PolicyDocument, ReadingProblem } from './document.ts';
import { inQuotes } from './text.ts';
import { givenText } from './values.ts';

/** The policies of a file as documents of their own. */
export function partsOf(document: PolicyDocument): readonly PolicyDocument[] {
  const { path, source, policies } = document;
  if (policies === undefined) return [document];
  return policies.map(({ title, number, ...reading }) => ({
    path,
    source,
    ...reading,
    part: { number, ...(title !== undefined && { title }) },
  }));
}

/** `"Pilot"`, or `policy 2` where it has no name. */
export function partText({ title, number }: PartName): string {
  if (title === undefined || title === '') return `policy ${number}`;
  return inQuotes(title.length > 80 ? `${title.slice(0, 77)}...` : title);
}

const isSame = (one: GivenValue, other: GivenValue): boolean =>
  one === other || (typeof one === 'object' && givenText(one) === givenText(other));

/** A setting that a policy gives another value than an earlier one does. */
export interface Clash {
  readonly name: string;
  readonly here: ParsedSetting;
  readonly there: ParsedSetting;
  /** The first policy that gives the setting. */
  readonly other: PolicyDocument;
}

/**
 * What each of several policies says otherwise than those before it, in its own order; each setting is compared with the
 * first that gives it. Of a name that stands twice in one policy the last counts.
 */
export function clashesAmong(policies: readonly PolicyDocument[]): ReadonlyArray<readonly Clash[]> {
  const first = new Map<string, { readonly setting: ParsedSetting; readonly policy: PolicyDocument }>();
  return policies.map((policy) => {
    const clashes: Clash[] = [];
    for (const here of new Map(policy.settings.map((setting) => [setting.name, setting])).values()) {
      const key = `${policy.root} ${here.name}`;
      const known = first.get(key);
      if (known === undefined) first.set(key, { setting: here, policy });
      else if (!isSame(known.setting.value, here.value))
        clashes.push({ name: here.name, here, there: known.setting, other: known.policy });
    }
    return clashes;
  });
}

/** Why the policies of a file cannot be taken together; undefined when they can, or when there is only one. */
export function contradictionIn(document: PolicyDocument): ReadingProblem | undefined {
  if (document.policies === undefined) return undefined;
  const parts = partsOf(document);
  const undone = undoneElsewhere(parts);
  if (undone !== undefined) return undone;
  for (const [at, clashes] of clashesAmong(parts).entries())
    for (const { name, here, there, other } of clashes)
      return {
        kind: 'unreadable',
        message: `${name} is ${givenText(there.value)} in ${nameOf(other)} and ${givenText(here.value)} in ${nameOf(parts[at])}: the policies of this file contradict each other`,
        hint: 'keep one of the policies, or give them the same values',
        place: here.namePlace,
      };
  return undefined;
}

/** A setting that one policy deletes and another one sets. */
function undoneElsewhere(parts: readonly PolicyDocument[]): ReadingProblem | undefined {
  for (const part of parts)
    for (const deletion of part.deletions ?? [])
      for (const other of parts) {
        const set = other.settings.find(({ name }) => deletion.name === undefined || deletion.name === name);
        if (other === part || other.root !== deletion.root || set === undefined) continue;
        return {
          kind: 'unreadable',
          message: `${set.name} is deleted in ${nameOf(part)} and set in ${nameOf(other)}: the policies of this file contradict each other`,
          hint: 'keep one of the policies',
          place: deletion.place,
        };
      }
  return undefined;
}

const nameOf = (policy: PolicyDocument | undefined): string =>
  policy?.part === undefined ? 'another policy' : partText(policy.part);

/** The policy that a word names: by its name in any case, else by its number. `undefined`: none, or more than one. */
export function partNamed(document: PolicyDocument, word: string): PolicyDocument | undefined {
  const parts = partsOf(document).filter((each) => each.part !== undefined);
  const called = (same: (title: string) => boolean) =>
    parts.filter(({ part }) => part?.title !== undefined && same(part.title));
  const exact = called((title) => title === word);
  const found = exact.length > 0 ? exact : called((title) => title.toLowerCase() === word.toLowerCase());
  if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  return parts.find(({ part }) => String(part?.number) === word);
}

/** The words by which the policies of a file can be named: a number where the name is missing or stands twice. */
export function partWords(document: PolicyDocument): readonly string[] {
  return partsOf(document).flatMap(({ part }) => {
    if (part === undefined) return [];
    const isPlain = part.title !== undefined && partNamed(document, part.title)?.part?.number === part.number;
    return [isPlain ? partText(part) : String(part.number)];
  });
}
