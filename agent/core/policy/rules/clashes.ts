/**
 * What the policies of one file say otherwise than one another: shared by the two rules about that.
 *
 * Promises: each policy is compared with those before it, and each setting with the first that gives it. Must never:
 * report.
 */
import type { PartName } from '../document.ts';
import { type Clash, clashesOf, partText } from '../parts.ts';
import { givenText } from '../values.ts';
import type { Report, RuleContext } from './rule.ts';

/** An earlier policy of the same file, and what this one says otherwise. */
export interface Contradiction {
  readonly other: PartName;
  readonly clashes: readonly Clash[];
}

/** All of them, in the order of the file. */
export function contradictions({ document, neighbours }: RuleContext): readonly Contradiction[] {
  const own = neighbours.siblings.findIndex((view) => view.document === document);
  const told = new Set<string>();
  return neighbours.siblings.slice(0, Math.max(0, own)).flatMap(({ document: other }) => {
    const clashes = clashesOf(document, other).filter(({ name }) => !told.has(name));
    for (const { name } of other.settings) told.add(name);
    return clashes.length === 0 || other.part === undefined ? [] : [{ other: other.part, clashes }];
  });
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
