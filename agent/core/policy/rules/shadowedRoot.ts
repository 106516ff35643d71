/** A root below one that sets anything is never looked into (spec 1.2). */
import { rootNames } from '../settings.ts';
import { isRefusedForType, setsSomething } from './facts.ts';
import type { FileView, Report, Rule, RuleContext } from './rule.ts';

const rank = (view: FileView): number => rootNames.indexOf(view.root);

/** The file of the same policy folder that speaks before this one: the highest root that sets anything. */
export function higherRoot(context: RuleContext): FileView | undefined {
  if (context.namedRoot === undefined || context.neighbours.roots.length === 0) return undefined;
  // Nobody asks the roots there; a legacy policy may be followed whatever the others hold (LAPS070).
  if (context.policy.withoutLaps !== undefined) return undefined;
  return context.neighbours.roots
    .filter((other) => rank(other) < rank(context) && other.document.problems.length === 0 && setsSomething(other))
    .toSorted((a, b) => rank(a) - rank(b))[0];
}

/** A GPO may carry both templates, and a registry both keys: a device that has Windows LAPS passes over the older one. */
function legacyBeside({ document, root, policy }: RuleContext): readonly Report[] {
  const first = document.shadowed?.[0];
  // Where there is no Windows LAPS, the legacy settings are the ones that may be followed.
  if (first === undefined || policy.withoutLaps !== undefined) return [];
  return [
    {
      message: `nothing that this file sets for legacy LAPS is used: it speaks for ${root} too, which comes before Legacy`,
      effect: `the device takes ${root} whole, and the defaults for what it leaves out`,
      hint: 'keep them for devices that still have the older Microsoft LAPS only, or remove them',
      place: first.namePlace,
    },
  ];
}

export const shadowedRoot: Rule = {
  id: 'LAPS037',
  name: 'shadowed-root',
  severity: 'warning',
  summary: 'A higher root of the same policy folder or file sets something, so nothing of this one is used.',
  hint: 'move what you need into the higher root, or remove that',
  documentation:
    'A device asks CSP, then GPO, then local configuration, then legacy LAPS. The first root that holds any setting is used whole; the others are not looked into, not even for settings that it leaves out. Judge the files of a policy folder together to see this. A GPO, or an export of a registry, may hold settings of legacy LAPS beside those of Windows LAPS; they are passed over likewise.',
  roots: 'all',
  check(context) {
    const higher = higherRoot(context);
    const first = context.document.settings[0];
    const beside = legacyBeside(context);
    if (higher === undefined || first === undefined || !setsSomething(context)) return beside;
    const { path } = higher.document;
    const whole = `the device takes ${higher.root} whole, and the defaults for what it leaves out`;
    return [
      {
        message: `nothing in this file is used: ${path} speaks for ${higher.root}, which comes before ${context.root}`,
        effect: isRefusedForType(higher)
          ? `the device does not take ${path} as it stands and keeps the policy it had; once that is corrected, ${whole}`
          : whole,
        place: first.namePlace,
      },
      ...beside,
    ];
  },
};
