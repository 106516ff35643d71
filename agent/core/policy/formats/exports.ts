/**
 * Intune's exports in JSON: settings catalog, endpoint security and security baselines (`settingDefinitionId`), and
 * custom profiles (`omaSettings`), alone, in a list, in a `value` wrapper, or as JSON inside a string (spec 12.4).
 *
 * Knows: which members matter. Promises: children are found at any depth under their parents; definitions that an export
 * carries along (`settingDefinitions`, their defaults and options) set nothing; memory stays flat over megabytes. Must
 * never: tell settings by template ids.
 */
import type { GivenValue, PolicyFormat, Reading, ReadingProblem } from '../document.ts';
import type { SourceText } from '../text.ts';
import { type CatalogInstance, nameOfDefinition, takeInstance } from './catalogIds.ts';
import { maxValues } from './collector.ts';
import { noteCut, noteNoId, noteShape, passCut, tellUnknownCut } from './cutTexts.ts';
import { tooDeepAt } from './depth.ts';
import { type Frame, kept, type Layer, type NameSpot, placeIn, policyAround, type Walk } from './exportFrames.ts';
import { isValueMember, makeMembers, settingLists } from './exportMembers.ts';
import { pointerOf, walkJson } from './json.ts';
import { decodedString, innerSource } from './jsonString.ts';
import { isLost, nameOfUri, tellLost, tellLostId, tellNameless } from './lostMembers.ts';
import { type OmaSetting, takeOmaSetting } from './omaSettings.ts';
import { type Holder, makeHolders } from './policyHolders.ts';

const nowhere: NameSpot = [0, 0];
const describing = new Set([
  'settingDefinitions',
  'settingDefinition',
  'definitions',
  'options',
  'dependentOn',
  'dependedOnBy',
]);
/** How many strings within strings are opened. */
const maxNesting = 3;
/** How many strings of one file are opened. */
const maxWrapped = 100;

/** Whether a string may hold an export of its own. */
const looksWrapped = (value: string): boolean => /^\s*[[{"]/.test(value) && /settingDefinitionId|omaUri/.test(value);

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
    const nameAt = parent === undefined ? nowhere : parent.isArray ? parent.nameAt : parent.memberAt;
    const ignored = parent !== undefined && (parent.ignored || describing.has(name));
    if (isArray && !ignored && parent !== undefined && !parent.isArray && settingLists.has(name))
      parent.policy ??= walk.holders.open();
    open.push({
      member: '',
      memberAt: nowhere,
      isArray,
      ignored,
      scalars: new Map(),
      found: [],
      chosen: undefined,
      slip: undefined,
      name,
      nameAt,
      index: 0,
      lost: undefined,
      idTold: false,
      cut: undefined,
      policy: undefined,
    });
  };
  const end = (): void => {
    const frame = open.pop();
    const parent = open.at(-1);
    if (frame === undefined || frame.ignored) return;
    walk.count ??= frame.scalars.get('settingCount');
    const around = (): Holder => frame.policy ?? policyAround(open, layer);
    passCut(frame, parent, { walk, around });
    if (frame.isArray) {
      parent?.found.push(...frame.found);
      tellLost(frame, open, { layer, walk });
      return;
    }
    closeObject(frame, parent, {
      walk,
      around,
      tellShape: () => noteShape(frame, open, { layer, walk, around }),
      isLost: (name) => isLost(name, [...open, frame], walk),
    });
    tellLost(frame, open, { layer, walk });
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
    onObjectProperty: (name, offset, length) => {
      const frame = open.at(-1);
      if (frame === undefined) return;
      frame.member = name;
      frame.memberAt = [offset, length];
      if (frame.ignored) return;
      const meant = walk.meantMember(name);
      if (meant === 'value' || (meant !== undefined && isValueMember(meant)))
        frame.slip ??= { written: name, meant, place: placeIn(open, frame.memberAt, layer) };
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
      else if (typeof value === 'string') {
        tellLostId(value, open, { layer, walk });
        noteCut(value, [offset, length], { open, layer, walk });
      }
    },
    onSeparator: (sign) => {
      const frame = open.at(-1);
      if (frame?.isArray === true && sign === ',') frame.index += 1;
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
  {
    walk,
    around,
    tellShape,
    isLost,
  }: {
    readonly walk: Walk;
    readonly around: () => Holder;
    /** Tells where what stands here, a setting of ours, has an object for a list or a list for an object around it. */
    readonly tellShape: () => void;
    /** Whether a setting that stands here reaches nobody; it is told in the end. */
    readonly isLost: (name: string) => boolean;
  },
): void {
  // A policy's own object has closed: what was found in it is this policy's.
  if (frame.policy !== undefined) takeAll(frame.found.splice(0), frame.policy, walk);
  const value = frame.scalars.get('value');
  const option = value?.value;
  // What is no option is told itself; its children stand beneath it all the same.
  if (frame.name === 'choiceSettingValue')
    for (const instance of frame.found) instance.parent ??= String(option).toLowerCase();
  const member = frame.name;
  const type = frame.scalars.get('@odata.type');
  if (isValueMember(member) && parent !== undefined) {
    if (value !== undefined) parent.chosen = { scalar: value, member, type };
    else parent.slip ??= frame.slip;
  }
  const definition = frame.scalars.get('settingDefinitionId');
  if (typeof definition?.value === 'string') {
    walk.seen.intune = true;
    const holder = parent ?? frame;
    const name = nameOfDefinition(definition.value);
    if (name === undefined) {
      if (parent !== undefined) parent.found.push(...frame.found);
      return;
    }
    if (isLost(name) || (frame.cut !== undefined && frame.chosen === undefined && value === undefined)) return;
    const instance: CatalogInstance = {
      definition: { ...definition, value: definition.value },
      value: frame.chosen?.scalar ?? value,
      member: frame.chosen?.member,
      types: { instance: type, value: frame.chosen?.type },
      slip: frame.slip,
      parent: undefined,
    };
    tellShape();
    walk.instances += 1;
    // Far more than any export has: told at once instead of being kept, so that memory stays flat.
    if (walk.instances > maxValues) takeAll([instance], around(), walk);
    else holder.found.push(instance, ...(parent === undefined ? [] : frame.found));
    return;
  }
  noteNoId(frame, parent);
  tellNameless(frame, { walk, around, isLost });
  const uri = frame.scalars.get('omaUri');
  if (typeof uri?.value === 'string') {
    walk.seen.omauri = true;
    const lostName = nameOfUri(uri.value);
    if (lostName !== undefined && isLost(lostName)) return;
    const setting: OmaSetting = {
      uri: { ...uri, value: uri.value },
      type,
      encrypted: frame.scalars.get('isEncrypted')?.value === true,
      value,
      slip: frame.slip,
    };
    if (lostName !== undefined) tellShape();
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
    meantMember: makeMembers(),
    seen: { intune: false, omauri: false },
    instances: 0,
    count: undefined,
    cut: undefined,
    cutTold: new Set(),
    wrapped: 0,
    full: false,
  };
  walkExport({ source, nesting: 0, prefix: '', around: holders.loose }, walk);
  const { count, seen } = walk;
  tellUnknownCut(walk);
  if (walk.cutTold.size === 0 && !seen.intune && !seen.omauri && typeof count?.value === 'number' && count.value > 0)
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
