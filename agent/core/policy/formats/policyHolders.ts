/**
 * The policies of one export: each collects for itself, for Intune delivers each for itself (spec 12.5).
 *
 * Knows: that a policy's object has its settings in a list of that name. Promises: values outside any such object are a
 * policy of their own; all share the limit of one file; one policy alone reads as if there were no others. Must never:
 * weigh one policy against another; parts.ts does.
 */
import type { PolicyFormat, PolicyPart, Reading, ReadingProblem } from '../document.ts';
import { startOfFile } from '../text.ts';
import { type Collector, makeCollector } from './collector.ts';

/** The members that hold a policy's settings: of the settings catalog, and of a custom profile. */
export const settingLists: ReadonlySet<string> = new Set(['settings', 'omaSettings']);

/** A policy that is being read. */
export interface Holder {
  title: string | undefined;
  /** Made when there is something to collect: most policies of an export are not about LAPS. */
  collector(): Collector;
}

export interface Holders {
  /** For what stands in no policy's object, and for what is wrong with the file as a whole. */
  readonly loose: Holder;
  open(): Holder;
  finish(format: PolicyFormat): Reading;
}

const isEmpty = ({ settings, strays, actions, problems }: Reading): boolean =>
  settings.length + (strays ?? []).length + (actions ?? []).length + problems.length === 0;

/** Policies of one file that speak for two roots are no policy for a device; each for itself is. */
function rootsDiffer(parts: readonly PolicyPart[]): ReadingProblem | undefined {
  const first = parts[0];
  const other = parts.find((part) => part.root !== first?.root);
  if (first === undefined || other === undefined) return undefined;
  return {
    kind: 'mixedRoots',
    message: `the policies of this file speak for two roots, ${first.root} and ${other.root}`,
    hint: 'one file per root: a device takes the first root that sets anything and never merges two',
    place: other.settings[0]?.namePlace ?? startOfFile,
  };
}

export function makeHolders(): Holders {
  const used: Array<{ readonly holder: Holder; readonly collector: Collector }> = [];
  const make = (): Holder => {
    let made: Collector | undefined;
    const holder: Holder = {
      title: undefined,
      collector() {
        if (made !== undefined) return made;
        const own = makeCollector(() =>
          used.reduce((sum, each) => (each.collector === own ? sum : sum + each.collector.size()), 0),
        );
        made = own;
        used.push({ holder, collector: own });
        return own;
      },
    };
    return holder;
  };
  const loose = make();
  return {
    loose,
    open: make,
    finish(format) {
      const read = used
        .map(({ holder, collector }) => ({ holder, reading: collector.finish(format, 'CSP') }))
        .filter(({ reading }) => !isEmpty(reading));
      const broken = read.some(({ holder, reading }) =>
        reading.problems.some(({ kind }) => holder === loose || kind === 'tooLarge' || kind === 'tooDeep'),
      );
      const parts = read.map(
        ({ holder, reading }, at): PolicyPart => ({
          ...reading,
          ...(holder.title !== undefined && { title: holder.title }),
          number: at + 1,
        }),
      );
      const differ = rootsDiffer(parts);
      const problems = [...parts.flatMap((part) => part.problems), ...(differ === undefined ? [] : [differ])];
      const strays = parts.flatMap((part) => part.strays ?? []);
      const actions = parts.flatMap((part) => part.actions ?? []);
      return {
        format,
        root: parts[0]?.root ?? 'CSP',
        settings: problems.length > 0 ? [] : parts.flatMap((part) => part.settings),
        problems,
        ...(strays.length > 0 && { strays }),
        ...(actions.length > 0 && { actions }),
        ...(parts.length > 1 && !broken && { policies: parts }),
      };
    },
  };
}
