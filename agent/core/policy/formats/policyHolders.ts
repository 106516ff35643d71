/**
 * The policies of one file: each collects for itself, for each reaches devices by itself (spec 12.5; a GPO by its links).
 *
 * Promises: values outside any policy are a policy of their own; all share the limit of one file; one policy alone reads
 * as if there were no others. Must never: weigh one policy against another; parts.ts does.
 */
import type { PolicyRootName } from '../../ports.ts';
import type { PolicyFormat, PolicyPart, Reading, ReadingProblem, Unlinked } from '../document.ts';
import { startOfFile } from '../text.ts';
import { type Collector, makeCollector } from './collector.ts';

/** A policy that is being read. */
export interface Holder {
  title: string | undefined;
  unlinked: Unlinked | undefined;
  /** Made when there is something to collect: most policies of a large file are not about LAPS. */
  collector(): Collector;
}

export interface Holders {
  /** For what stands in no policy's object, and for what is wrong with the file as a whole. */
  readonly loose: Holder;
  open(): Holder;
  /** `fallback` is the root of a file without settings. */
  finish(format: PolicyFormat, fallback?: PolicyRootName): Reading;
}

const isEmpty = ({
  settings,
  strays = [],
  actions = [],
  deletions = [],
  switchedOff = [],
  problems,
}: Reading): boolean =>
  [settings, strays, actions, deletions, switchedOff, problems].every((rows) => rows.length === 0);

/** Policies of one file that speak for two roots are no policy for a device; each for itself is. */
function rootsDiffer(parts: readonly PolicyPart[]): ReadingProblem | undefined {
  // One that sets nothing, all of it being switched off or unread, speaks for none.
  const [first, ...others] = parts.filter(({ root }) => root !== undefined);
  const other = others.find((part) => part.root !== first?.root);
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
      unlinked: undefined,
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
    finish(format, fallback) {
      const read = used
        .map(({ holder, collector }) => ({ holder, reading: collector.finish(format, fallback) }))
        .filter(({ reading }) => !isEmpty(reading));
      const broken = read.some(({ holder, reading }) =>
        reading.problems.some(({ kind }) => holder === loose || kind === 'tooLarge' || kind === 'tooDeep'),
      );
      const parts = read.map(
        ({ holder, reading }, at): PolicyPart => ({
          ...reading,
          ...(holder.title !== undefined && { title: holder.title }),
          ...(holder.unlinked !== undefined && { unlinked: holder.unlinked }),
          number: at + 1,
        }),
      );
      const differ = rootsDiffer(parts);
      const problems = [...parts.flatMap((part) => part.problems), ...(differ === undefined ? [] : [differ])];
      const strays = parts.flatMap((part) => part.strays ?? []);
      const actions = parts.flatMap((part) => part.actions ?? []);
      const shadowed = parts.flatMap((part) => part.shadowed ?? []);
      const deletions = parts.flatMap((part) => part.deletions ?? []);
      const switchedOff = parts.flatMap((part) => part.switchedOff ?? []);
      const root = parts.find((part) => part.root !== undefined)?.root ?? fallback;
      const unlinked = parts.length === 1 ? parts[0]?.unlinked : undefined;
      return {
        format,
        ...(root !== undefined && { root }),
        settings: problems.length > 0 ? [] : parts.flatMap((part) => part.settings),
        problems,
        ...(shadowed.length > 0 && problems.length === 0 && { shadowed }),
        ...(deletions.length > 0 && { deletions }),
        ...(strays.length > 0 && { strays }),
        ...(actions.length > 0 && { actions }),
        ...(switchedOff.length > 0 && { switchedOff }),
        ...(unlinked !== undefined && { unlinked }),
        ...(parts.length > 1 && !broken && { policies: parts }),
      };
    },
  };
}
