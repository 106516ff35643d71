/**
 * Intune's exports in JSON: settings catalog, endpoint security and security baselines (`settingDefinitionId`), and
 * custom profiles (`omaSettings`), alone, in a list, in a `value` wrapper, or as JSON inside a string (spec 12.4).
 *
 * Knows: which members matter. Promises: children are found at any depth under their parents; definitions that an export
 * carries along (`settingDefinitions`, their defaults and options) set nothing; memory stays flat over megabytes. Must
 * never: tell settings by template ids.
 */
import type { CatalogMember, GivenValue, PolicyFormat, Reading, ReadingProblem } from '../document.ts';
import type { SourceText } from '../text.ts';
import { type CatalogInstance, isOurs, takeInstance } from './catalogIds.ts';
import { maxValues } from './collector.ts';
import { tooDeepAt } from './depth.ts';
import { pointerOf, walkJson } from './json.ts';
import { decodedString, innerSource } from './jsonString.ts';
import { type OmaSetting, takeOmaSetting } from './omaSettings.ts';
import { type Holder, type Holders, makeHolders } from './policyHolders.ts';
import type { Scalar } from './scalar.ts';

/** What is known of an object while it is open. */
interface Frame {
  /** The member whose value comes next; empty in an array. */
  member: string;
  readonly isArray: boolean;
  /** Inside definitions that describe settings: nothing there is set. */
  readonly ignored: boolean;
  readonly scalars: Map<string, Scalar>;
  /** Instances found below that do not know yet under which option they stand. */
  readonly found: CatalogInstance[];
  /** The value of a choice or simple setting, once its object has closed. */
  chosen: { readonly scalar: Scalar; readonly member: CatalogMember } | undefined;
  readonly name: string;
  /** The policy that this object is, once a list of settings has opened in it. */
  policy: Holder | undefined;
}

const kept = new Set([
  'settingDefinitionId',
  'value',
  '@odata.type',
  'omaUri',
  'isEncrypted',
  'definitionId',
  'name',
  'displayName',
  'settingCount',
]);
const describing = new Set([
  'settingDefinitions',
  'settingDefinition',
  'definitions',
  'options',
  'dependentOn',
  'dependedOnBy',
]);
const isValueMember = (name: string): name is CatalogMember =>
  name === 'choiceSettingValue' || name === 'simpleSettingValue';
/** The members that hold a policy's settings: of the settings catalog, and of a custom profile. */
const settingLists: ReadonlySet<string> = new Set(['settings', 'omaSettings']);
/** How many strings within strings are opened. */
const maxNesting = 3;
/** How many strings of one file are opened. */
const maxWrapped = 100;

interface Walk {
  readonly holders: Holders;
  readonly seen: { intune: boolean; omauri: boolean };
  instances: number;
  /** The first policy's count of its settings, as a listing of policies tells it. */
  count: Scalar | undefined;
  wrapped: number;
  /** So much has come that the rest need not be read. */
  full: boolean;
}

/** Whether a string may hold an export of its own. */
const looksWrapped = (value: string): boolean => /^\s*[[{"]/.test(value) && /settingDefinitionId|omaUri/.test(value);

/** The text that is walked: the file itself, or a string in it that holds an export. */
interface Layer {
  readonly source: SourceText;
  readonly nesting: number;
  /** JSON pointer of the string in the file. */
  readonly prefix: string;
  /** Whose values those are that stand in no policy's object of this text. */
  readonly around: Holder;
}

/** The policy that what stands here belongs to. */
function policyAround(open: readonly Frame[], layer: Layer): Holder {
  return open.findLast((frame) => frame.policy !== undefined)?.policy ?? layer.around;
}

function takeAll(instances: readonly CatalogInstance[], holder: Holder, walk: Walk): void {
  if (instances.length === 0) return;
  const collector = holder.collector();
  for (const instance of instances) takeInstance(instance, collector);
  walk.full ||= collector.isFull();
}

/** What is wrong with the file as a whole. */
function tell(walk: Walk, problem: ReadingProblem): void {
  const collector = walk.holders.loose.collector();
  collector.addProblem(problem);
  walk.full ||= collector.isFull();
}

function walkExport(layer: Layer, walk: Walk): void {
  const { source, nesting, prefix } = layer;
  const deep = tooDeepAt(source.text);
  if (deep !== undefined) {
    const place = source.placeOf(deep, 1);
    tell(walk, { kind: 'tooDeep', message: 'nested too deep to be an export', place });
    return;
  }
  const open: Frame[] = [];
  const begin = (isArray: boolean): void => {
    const parent = open.at(-1);
    const name = parent === undefined ? '' : parent.isArray ? parent.name : parent.member;
    const ignored = parent !== undefined && (parent.ignored || describing.has(name));
    if (isArray && !ignored && parent !== undefined && !parent.isArray && settingLists.has(name))
      parent.policy ??= walk.holders.open();
    open.push({
      member: '',
      isArray,
      ignored,
      scalars: new Map(),
      found: [],
      chosen: undefined,
      name,
      policy: undefined,
    });
  };
  const end = (): void => {
    const frame = open.pop();
    const parent = open.at(-1);
    if (frame === undefined || frame.ignored) return;
    walk.count ??= frame.scalars.get('settingCount');
    if (frame.isArray) {
      parent?.found.push(...frame.found);
      return;
    }
    closeObject(frame, parent, { walk, around: () => frame.policy ?? policyAround(open, layer) });
    if (frame.policy !== undefined) {
      const title = frame.scalars.get('name')?.value ?? frame.scalars.get('displayName')?.value;
      if (typeof title === 'string') frame.policy.title = title;
    }
    if (parent === undefined) takeAll(frame.found, layer.around, walk);
  };
  walkJson(source.text, {
    onObjectBegin: () => begin(false),
    onArrayBegin: () => begin(true),
    onObjectEnd: end,
    onArrayEnd: () => {
      const top = open.length === 1 ? open[0] : undefined;
      end();
      if (top !== undefined) takeAll(top.found, layer.around, walk);
    },
    onObjectProperty: (name) => {
      const frame = open.at(-1);
      if (frame !== undefined) frame.member = name;
    },
    onLiteralValue: (value: GivenValue, offset, length, _line, _character, pathSupplier) => {
      const frame = open.at(-1);
      if (frame?.ignored === true || walk.full) return;
      if (typeof value === 'string' && nesting < maxNesting && looksWrapped(value)) {
        walk.wrapped += 1;
        if (walk.wrapped > maxWrapped) {
          const message = `more than ${maxWrapped} exports inside texts: this is no policy`;
          tell(walk, { kind: 'tooLarge', message, place: source.placeOf(offset, length) });
          return;
        }
        if (frame !== undefined && !frame.isArray && settingLists.has(frame.member))
          frame.policy ??= walk.holders.open();
        const inner: Layer = {
          source: innerSource(source, decodedString(source.text, offset, length)),
          nesting: nesting + 1,
          prefix: prefix + pointerOf(pathSupplier()),
          around: policyAround(open, layer),
        };
        walkExport(inner, walk);
      } else if (frame !== undefined && !frame.isArray && kept.has(frame.member))
        frame.scalars.set(frame.member, {
          value,
          place: source.placeOf(offset, length),
          pointer: prefix + pointerOf(pathSupplier()),
        });
    },
    onMistake: ({ message, hint, offset, length }) =>
      tell(walk, {
        kind: 'unreadable',
        message,
        ...(hint !== undefined && { hint }),
        place: source.placeOf(offset, length),
      }),
  });
}

/** An object has closed: what it says goes to the collector or, for a choice's children, to the object around it. */
function closeObject(
  frame: Frame,
  parent: Frame | undefined,
  { walk, around }: { readonly walk: Walk; readonly around: () => Holder },
): void {
  // A policy's own object has closed: what was found in it is this policy's.
  if (frame.policy !== undefined) takeAll(frame.found.splice(0), frame.policy, walk);
  const value = frame.scalars.get('value');
  const option = value?.value;
  if (frame.name === 'choiceSettingValue' && typeof option === 'string')
    for (const instance of frame.found) instance.parent ??= option.toLowerCase();
  const member = frame.name;
  if (isValueMember(member) && parent !== undefined && value !== undefined) parent.chosen = { scalar: value, member };
  const definition = frame.scalars.get('settingDefinitionId');
  if (typeof definition?.value === 'string') {
    walk.seen.intune = true;
    const holder = parent ?? frame;
    if (!isOurs(definition.value)) {
      if (parent !== undefined) parent.found.push(...frame.found);
      return;
    }
    const instance: CatalogInstance = {
      definition: { ...definition, value: definition.value },
      value: frame.chosen?.scalar ?? value,
      member: frame.chosen?.member,
      parent: undefined,
    };
    walk.instances += 1;
    // Far more than any export has: told at once instead of being kept, so that memory stays flat.
    if (walk.instances > maxValues) takeAll([instance], around(), walk);
    else holder.found.push(instance, ...(parent === undefined ? [] : frame.found));
    return;
  }
  const uri = frame.scalars.get('omaUri');
  if (typeof uri?.value === 'string') {
    walk.seen.omauri = true;
    const setting: OmaSetting = {
      uri: { ...uri, value: uri.value },
      type: frame.scalars.get('@odata.type'),
      encrypted: frame.scalars.get('isEncrypted')?.value === true,
      value,
    };
    const collector = around().collector();
    takeOmaSetting(setting, collector);
    walk.full ||= collector.isFull();
  }
  if (parent !== undefined) parent.found.push(...frame.found);
}

/** Reads one export. */
export function readExport(source: SourceText): Reading {
  const holders = makeHolders();
  const walk: Walk = {
    holders,
    seen: { intune: false, omauri: false },
    instances: 0,
    count: undefined,
    wrapped: 0,
    full: false,
  };
  walkExport({ source, nesting: 0, prefix: '', around: holders.loose }, walk);
  const { count, seen } = walk;
  if (!seen.intune && !seen.omauri && typeof count?.value === 'number' && count.value > 0)
    tell(walk, {
      kind: 'unreadable',
      message: `the export lacks the settings: it only says that there ${count.value === 1 ? 'is one' : `are ${count.value}`}`,
      hint: 'export the policy by itself, or ask Graph for it with $expand=settings',
      place: count.place,
    });
  const format: PolicyFormat = walk.seen.omauri && !walk.seen.intune ? 'omauri' : 'intune';
  return holders.finish(formatOf(source, format, walk), 'CSP');
}

/** An export without a single setting still says by its members which kind it is. */
function formatOf(source: SourceText, found: PolicyFormat, walk: Walk): PolicyFormat {
  if (walk.seen.intune || walk.seen.omauri) return found;
  return /"omaSettings"|windows10CustomConfiguration/.test(source.text) ? 'omauri' : 'intune';
}
