/**
 * Gathers what a file sets and deletes, in the order in which it would be carried out.
 *
 * Knows: that a deletion undoes what stands before it, that one file speaks for one root (contract 4), and that settings
 * of legacy LAPS may lie beside it, for older devices (spec 1.4). Promises: a file for two roots, or one with far more
 * values than any policy, yields no settings at all. Must never: judge a value.
 */
import type { PolicyRootName } from '../../ports.ts';
import type {
  GivenValue,
  ParsedAction,
  ParsedDeletion,
  ParsedSetting,
  PolicyFormat,
  Reading,
  ReadingProblem,
  Stray,
  SwitchedOff,
} from '../document.ts';
import { isSettingName } from '../settings.ts';
import type { Place } from '../text.ts';
import { meaningOfValue, rootsAt, rootsBelow, spelledName } from './roots.ts';

/** Settings are eighteen; a file that sets more than this is no policy, and need not be kept in memory. */
export const maxValues = 1000;

/** So many mistakes are told of one file, then its reading ends. */
const maxProblems = 100;

/** A value as a registry shape gives it, under a full key. */
export interface KeyedValue {
  readonly key: string;
  readonly name: string;
  readonly value: GivenValue;
  readonly storedAs: string;
  readonly soft?: true;
  readonly namePlace: Place;
  readonly valuePlace: Place;
}

export interface Collector {
  /** A setting of a root that the caller knows already. */
  add(root: PolicyRootName, setting: ParsedSetting): void;
  /** Sorts a registry value: a setting, a stray, or nothing of LAPS. */
  setValue(value: KeyedValue): void;
  deleteValue(key: string, name: string, place: Place): void;
  /** Deletes all settings of the root that `key` is; `key` kinds also delete what lies below. */
  deleteAll(kind: 'allValues' | 'key', key: string, place: Place): void;
  /** Deletions by a root that the caller knows; without a name all of the root's. */
  deleteFrom(root: PolicyRootName, name: string | undefined, key: string, place: Place): void;
  addStray(stray: Stray): void;
  addAction(action: ParsedAction): void;
  addProblem(problem: ReadingProblem): void;
  /** A value of something that is switched off; it is kept for the author alone. Calls of one place are one. */
  addSwitchedOff(what: string, name: string, place: Place): void;
  /** All that was taken so far turns out to be switched off, as is what could not be read of it. */
  switchOff(what: string, place: Place): void;
  /** Whether so much has come that the rest need not be read. */
  isFull(): boolean;
  /** How many values, deletions and other rows it holds. */
  size(): number;
  finish(format: PolicyFormat, fallback?: PolicyRootName): Reading;
}

interface Entry {
  readonly root: PolicyRootName;
  readonly setting: ParsedSetting;
}

const rootKeys: readonly PolicyRootName[] = ['CSP', 'GPO', 'Local', 'Legacy'];

/** `beside` says how many rows other collectors of the same file hold; they share its limit. */
export function makeCollector(beside: () => number = () => 0): Collector {
  let entries: Entry[] = [];
  const deletions: ParsedDeletion[] = [];
  const strays: Stray[] = [];
  const actions: ParsedAction[] = [];
  let problems: ReadingProblem[] = [];
  const switchedOff = new Map<string, { readonly off: SwitchedOff; readonly names: Set<string> }>();
  const spoken = new Map<PolicyRootName, Place>();
  let crowdedAt: Place | undefined;

  const speak = (root: PolicyRootName, place: Place): void => {
    if (!spoken.has(root)) spoken.set(root, place);
  };
  const room = (place: Place): boolean => {
    if (collector.size() + beside() < maxValues) return true;
    crowdedAt ??= place;
    return false;
  };
  const remove = (deletion: Omit<ParsedDeletion, 'undoes'>, hits: (entry: Entry) => boolean): void => {
    if (!room(deletion.place)) return;
    speak(deletion.root, deletion.place);
    const undoes = entries.filter(hits).map((entry) => entry.setting);
    if (undoes.length > 0) entries = entries.filter((entry) => !hits(entry));
    deletions.push({ ...deletion, undoes });
  };

  const collector: Collector = {
    add(root, setting) {
      if (!room(setting.namePlace)) return;
      speak(root, setting.namePlace);
      entries.push({ root, setting });
    },
    setValue({ key, name, value, storedAs, soft, namePlace, valuePlace }) {
      const meaning = meaningOfValue(key, name);
      if (meaning.kind === 'unrelated') return;
      if (meaning.kind === 'stray') collector.addStray({ where: key, name, place: namePlace });
      else
        collector.add(meaning.root, {
          name: spelledName(meaning.root, name),
          value,
          namePlace,
          valuePlace,
          key,
          storedAs,
          ...(soft !== undefined && { soft }),
        });
    },
    deleteValue(key, name, place) {
      for (const root of rootsAt(key)) collector.deleteFrom(root, name, key, place);
    },
    deleteAll(kind, key, place) {
      for (const root of kind === 'key' ? rootsBelow(key) : rootsAt(key))
        remove({ kind, root, key, place }, (entry) => entry.root === root);
    },
    deleteFrom(root, name, key, place) {
      if (name === undefined) return remove({ kind: 'allValues', root, key, place }, (entry) => entry.root === root);
      const spelled = spelledName(root, name);
      remove(
        { kind: 'value', name: spelled, root, key, place },
        (entry) => entry.root === root && entry.setting.name === spelled,
      );
    },
    addStray(stray) {
      if (room(stray.place)) strays.push(stray);
    },
    addAction(action) {
      if (room(action.place)) actions.push(action);
    },
    addProblem(problem) {
      const told = problem.kind === 'tooLarge' && problems.some((each) => each.message === problem.message);
      if (!told && problems.length < maxProblems) problems.push(problem);
    },
    addSwitchedOff(what, name, place) {
      const at = `${place.line}:${place.column}`;
      const known = switchedOff.get(at);
      if (known !== undefined) known.names.add(name);
      else if (room(place)) {
        const names = new Set([name]);
        switchedOff.set(at, { off: { what, names: [], place }, names });
      }
    },
    switchOff(what, place) {
      const names = [
        ...entries.map(({ setting }) => setting.name),
        ...deletions.flatMap(({ name, undoes }) => [
          ...undoes.map((each) => each.name),
          ...(name === undefined ? [] : [name]),
        ]),
        ...strays.map(({ name }) => name),
      ];
      entries = [];
      deletions.splice(0);
      strays.splice(0);
      spoken.clear();
      problems = problems.filter(({ kind }) => kind !== 'unreadable');
      for (const name of names) collector.addSwitchedOff(what, name, place);
    },
    size: () => entries.length + strays.length + deletions.length + actions.length + switchedOff.size,
    isFull: () => crowdedAt !== undefined || problems.length >= maxProblems,
    finish(format, fallback) {
      const set = rootKeys.filter((root) => entries.some((entry) => entry.root === root));
      const roots = set.length > 0 ? set : rootKeys.filter((root) => spoken.has(root));
      const [first, second] = roots;
      // A device takes the first and passes over the other, as long as the first sets anything it knows.
      const hasLegacyBelow =
        set.length === 2 &&
        second === 'Legacy' &&
        entries.some(({ root, setting }) => root === first && isSettingName(setting.name));
      const all = [...problems];
      if (crowdedAt !== undefined)
        all.push({
          kind: 'tooLarge',
          message: `more than ${maxValues} values of LAPS: this is no policy`,
          place: crowdedAt,
        });
      if (set.length > 1 && !hasLegacyBelow && first !== undefined && second !== undefined)
        all.push({
          kind: 'mixedRoots',
          message: `this file speaks for two roots, ${first} and ${second}`,
          hint: 'one file per root: a device takes the first root that sets anything and never merges two',
          place: placeOfRoot(second),
        });
      const root = first ?? fallback;
      const settingsOf = (wanted: PolicyRootName): readonly ParsedSetting[] =>
        entries.filter((entry) => entry.root === wanted).map(({ setting }) => setting);
      return {
        format,
        ...(root !== undefined && { root }),
        settings: all.length > 0 || first === undefined ? [] : settingsOf(first),
        problems: all,
        ...(hasLegacyBelow && all.length === 0 && { shadowed: settingsOf('Legacy') }),
        ...(deletions.length > 0 && { deletions }),
        ...(strays.length > 0 && { strays }),
        ...(actions.length > 0 && { actions }),
        ...(switchedOff.size > 0 && {
          switchedOff: [...switchedOff.values()].map(({ off, names }) => ({ ...off, names: [...names] })),
        }),
      };
    },
  };
  const placeOfRoot = (root: PolicyRootName): Place =>
    entries.find((entry) => entry.root === root)?.setting.namePlace ?? { line: 1, column: 1, endLine: 1, endColumn: 1 };
  return collector;
}
