/**
 * What the policies of one file say otherwise than one another: shared by the two rules about that.
 *
 * Promises: the policies of a file are compared once, however many there are. Must never: report of itself; each rule
 * says what it means.
 */
import type { PartName, PolicyDocument } from '../document.ts';
import { type Clash, clashesAmong, partText } from '../parts.ts';
import { givenText } from '../values.ts';
import type { FileView, Report, RuleContext } from './rule.ts';

/** An earlier policy of the same file, and what this one says otherwise. */
export interface Contradiction {
  readonly other: PartName;
  readonly clashes: readonly Clash[];
}

/** Whether an MDM delivers it, which takes nothing for the later word of the two. */
export const isOfIntune = ({ format }: PolicyDocument): boolean => format === 'intune' || format === 'omauri';

const compared = new WeakMap<readonly FileView[], ReadonlyMap<PolicyDocument, readonly Clash[]>>();

function clashesIn(siblings: readonly FileView[]): ReadonlyMap<PolicyDocument, readonly Clash[]> {
  const known = compared.get(siblings);
  if (known !== undefined) return known;
  // A GPO that no link hands out gets in nobody's way.
  const documents = siblings.map(({ document }) => document).filter(({ unlinked }) => unlinked === undefined);
  const all = clashesAmong(documents);
  const made = new Map(documents.map((document, at) => [document, all[at] ?? []]));
  compared.set(siblings, made);
  return made;
}

/** All of a policy, by the other policy, in the order of the file. */
export function contradictions({ document, neighbours: { siblings } }: RuleContext): readonly Contradiction[] {
  const byOther = new Map<PartName, Clash[]>();
  for (const clash of clashesIn(siblings).get(document) ?? []) {
    const { part } = clash.other;
    if (part === undefined) continue;
    const clashes = byOther.get(part) ?? [];
    clashes.push(clash);
    byOther.set(part, clashes);
  }
  return [...byOther].map(([other, clashes]) => ({ other, clashes }));
}

/** So many settings are named in one sentence. */
const named = 3;

/** One contradiction as a report, at the first setting that this policy gives otherwise. */
export function reportOf(context: RuleContext, { other, clashes }: Contradiction): readonly Report[] {
  const first = clashes[0];
  const { part } = context.document;
  if (first === undefined || part === undefined) return [];
  const shown = clashes
    .slice(0, named)
    .map(({ name, here, there }) => `${name} (${givenText(here.value)}, there ${givenText(there.value)})`);
  const rest = clashes.length > named ? `, and ${clashes.length - named} more` : '';
  return [
    {
      setting: first.name,
      message: `${partText(part)} says otherwise than ${partText(other)}: ${shown.join(', ')}${rest}`,
      place: first.here.namePlace,
    },
  ];
}
