/**
 * What the policies of one file, or of Intune in one folder, say otherwise than one another: shared by the rules about that.
 *
 * Promises: policies that meet are compared once, however many there are. Must never: report of itself; each rule says
 * what it means.
 */
import type { PolicyDocument } from '../document.ts';
import { type Clash, clashesAmong, partText } from '../parts.ts';
import { givenText } from '../values.ts';
import type { FileView, Report, RuleContext } from './rule.ts';

/** An earlier policy, and what this one says otherwise. */
export interface Contradiction {
  readonly other: PolicyDocument;
  readonly clashes: readonly Clash[];
}

/** Whether an MDM delivers it, which takes nothing for the later word of the two. */
export const isOfIntune = ({ format }: PolicyDocument): boolean => format === 'intune' || format === 'omauri';

const compared = new WeakMap<readonly FileView[], ReadonlyMap<PolicyDocument, readonly Clash[]>>();

/**
 * The policies that may meet this one on a device: those of Intune in its folder, else those of its file. A file that
 * stands for a root is one policy to a device.
 */
export const companyOf = ({ document, namedRoot, neighbours }: RuleContext): readonly FileView[] =>
  namedRoot === undefined && isOfIntune(document) ? neighbours.intune : neighbours.siblings;

/** A policy beside another: by its file, or within one file by its own name. */
export function calledBeside({ part, source, path }: PolicyDocument, other: PolicyDocument): string {
  return part !== undefined && source === other.source ? partText(part) : path;
}

/** A policy as a finding about it calls it. */
export const ownWords = ({ part }: PolicyDocument): string => (part === undefined ? 'this file' : partText(part));

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

/** All of a policy, by the other policy, in the order in which they are read. */
export function contradictions(context: RuleContext): readonly Contradiction[] {
  const company = companyOf(context);
  if (company.length < 2) return [];
  const byOther = new Map<PolicyDocument, Clash[]>();
  for (const clash of clashesIn(company).get(context.document) ?? []) {
    const clashes = byOther.get(clash.other) ?? [];
    clashes.push(clash);
    byOther.set(clash.other, clashes);
  }
  return [...byOther].map(([other, clashes]) => ({ other, clashes }));
}

/** So many settings are named in one sentence. */
const named = 3;

/** One contradiction as a report, at the first setting that this policy gives otherwise. */
export function reportOf(context: RuleContext, { other, clashes }: Contradiction): readonly Report[] {
  const first = clashes[0];
  if (first === undefined) return [];
  const { document } = context;
  const shown = clashes
    .slice(0, named)
    .map(({ name, here, there }) => `${name} (${givenText(here.value)}, there ${givenText(there.value)})`);
  const rest = clashes.length > named ? `, and ${clashes.length - named} more` : '';
  return [
    {
      setting: first.name,
      message: `${ownWords(document)} says otherwise than ${calledBeside(other, document)}: ${shown.join(', ')}${rest}`,
      place: first.here.namePlace,
    },
  ];
}
