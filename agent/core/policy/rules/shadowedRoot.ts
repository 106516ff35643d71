/** A root below one that sets anything is never looked into (spec 1.2). */

import { rootNames } from '../settings.ts';
import { setsSomething } from './facts.ts';
import type { FileView, Rule, RuleContext } from './rule.ts';

const rank = (view: FileView): number => rootNames.indexOf(view.root);

/** The file of the same policy folder that speaks before this one: the highest root that sets anything. */
export function higherRoot(context: RuleContext): FileView | undefined {
  if (context.namedRoot === undefined || context.neighbours.roots.length === 0) return undefined;
  return context.neighbours.roots
    .filter((other) => rank(other) < rank(context) && other.document.problems.length === 0 && setsSomething(other))
    .toSorted((a, b) => rank(a) - rank(b))[0];
}

export const shadowedRoot: Rule = {
  id: 'LAPS037',
  name: 'shadowed-root',
  severity: 'warning',
  summary: 'A higher root of the same policy folder sets something, so nothing in this file is used.',
  hint: 'move what you need into the higher root, or remove that',
  documentation:
    'A device asks CSP, then GPO, then local configuration, then legacy LAPS. The first root that holds any setting is used whole; the others are not looked into, not even for settings that it leaves out. Judge the files of a policy folder together to see this.',
  roots: 'all',
  check(context) {
    const higher = higherRoot(context);
    const first = context.document.settings[0];
    if (higher === undefined || first === undefined || !setsSomething(context)) return [];
    return [
      {
        message: `nothing in this file is used: ${higher.document.path} speaks for ${higher.root}, which comes before ${context.root}`,
        effect: `the device takes ${higher.root} whole, and the defaults for what it leaves out`,
        place: first.namePlace,
      },
    ];
  },
};
