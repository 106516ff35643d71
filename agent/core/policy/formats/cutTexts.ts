/**
 * Exports that PowerShell has cut: below the depth of its `ConvertTo-Json`, 2 by default, an object becomes a text such as
 * `@{settingDefinitionId=...}`, and a list becomes `System.Object[]`.
 *
 * Knows: where an export has objects and lists. Promises: what is cut is told once for each policy, with its setting where
 * the text names one; another product's policy that is cut is nobody's concern here. Must never: read a value out of such
 * a text, for it has lost the types and the children.
 */
import type { ReadingProblem } from '../document.ts';
import { shortName } from '../text.ts';
import { nameOfDefinition } from './catalogIds.ts';
import { type Cut, type Frame, type Layer, type NameSpot, placeIn, type Walk } from './exportFrames.ts';
import { isContainer } from './exportMembers.ts';
import { nameOfUri } from './lostMembers.ts';
import type { Holder } from './policyHolders.ts';
import { placed } from './scalar.ts';
import { isCutText } from './shape.ts';

/** Whose setting the text was; `other` where it is one of another product, undefined where the text does not say. */
function settingIn(text: string): { readonly name: string } | 'other' | undefined {
  const head = text.slice(0, 4000);
  const id = /\bsettingDefinitionId=([^;}\s]+)/i.exec(head)?.[1];
  const uri = /\bomaUri=([^;}\s]+)/i.exec(head)?.[1];
  if (id === undefined && uri === undefined) return undefined;
  const name = id === undefined ? nameOfUri(uri ?? '') : nameOfDefinition(id);
  return name === undefined ? 'other' : { name };
}

/** Keeps in mind that a text stands where an export has settings. */
export function noteCut(
  value: string,
  spot: NameSpot,
  { open, layer, walk }: { readonly open: readonly Frame[]; readonly layer: Layer; readonly walk: Walk },
): void {
  const frame = open.at(-1);
  if (frame === undefined || !isCutText(value)) return;
  const member = frame.isArray ? frame.name : frame.member;
  if (!isContainer(member)) return;
  const setting = settingIn(value);
  if (setting === 'other') return;
  const cut: Cut = { kind: 'text', member, name: setting?.name, place: placeIn(open, spot, layer) };
  // One that names its setting says more than one that does not.
  if (frame.cut === undefined || (frame.cut.name === undefined && cut.name !== undefined)) frame.cut = cut;
  walk.cut ??= cut;
}

/**
 * A value whose setting nobody can tell, for something else stands where its id belongs: in a policy with settings of ours
 * it may be one of them, and the service would not take it.
 */
export function noteNoId(frame: Frame, parent: Frame | undefined): void {
  const id = frame.scalars.get('settingDefinitionId');
  if (id === undefined || typeof id.value === 'string' || frame.chosen === undefined || parent === undefined) return;
  parent.cut ??= { kind: 'noId', member: String(id.value), name: undefined, place: placed(id) };
}

const noIdText = (value: string): Pick<ReadingProblem, 'message' | 'hint'> => ({
  message: `a setting has no settingDefinitionId: ${shortName(value)} stands there`,
  hint: 'write the id of the setting that is meant; laps settings NAME tells it',
});

/**
 * Settings in an object where an export has a list, or the other way round: PowerShell unrolls a list of one, and a
 * converter makes an object of many. `open` are the objects and lists around `frame`, the setting.
 */
export function noteShape(
  frame: Frame,
  open: readonly Frame[],
  { layer, walk, around }: { readonly layer: Layer; readonly walk: Walk; readonly around: () => Holder },
): void {
  const parent = open.at(-1);
  const told = (kind: 'notList' | 'list', at: number): void => {
    const holder = open[at];
    if (holder === undefined) return;
    const place = placeIn(open.slice(0, at), holder.nameAt, layer);
    tell({ kind, member: holder.name, name: undefined, place }, around(), walk);
  };
  const objectAt = (at: number, names: readonly string[]): boolean => {
    const own = open[at];
    return own !== undefined && !own.isArray && names.includes(own.name) && open[at - 1]?.isArray !== true;
  };
  const last = open.length - 1;
  if (parent?.isArray === true && parent.name === 'settingInstance') told('list', last);
  else if ((frame.name === 'children' || frame.name === 'omaSettings') && parent?.isArray === false)
    tell(
      { kind: 'notList', member: frame.name, name: undefined, place: placeIn(open, frame.nameAt, layer) },
      around(),
      walk,
    );
  else if (frame.name === 'settingInstance' && objectAt(last, ['settings'])) told('notList', last);
  else if (frame.name === 'settingInstance' && parent?.isArray === false && objectAt(last - 1, ['settings']))
    told('notList', last - 1);
}

const shapeText = (member: string, isList: boolean): Pick<ReadingProblem, 'message' | 'hint'> =>
  isList
    ? { message: `"${member}" is a list, and an export has an object there`, hint: 'remove the [ and the ] around it' }
    : {
        message: `"${member}" is an object, and an export has a list there`,
        hint: 'write it as a list: [ { ... }, ... ]',
      };

/** Tells it of the policy that it stands in, once. */
function tell({ kind, member, name, place }: Cut, holder: Holder, walk: Walk): void {
  if (walk.cutTold.has(holder)) return;
  walk.cutTold.add(holder);
  if (kind !== 'text') {
    const text = kind === 'noId' ? noIdText(member) : shapeText(member, kind === 'list');
    holder.collector().addProblem({ kind: 'unreadable', ...text, place });
    return;
  }
  const what = name === undefined ? `what belongs into "${member}"` : shortName(name);
  const collector = holder.collector();
  collector.addProblem({
    kind: 'unreadable',
    ...(name !== undefined && { setting: name }),
    message: `the export was cut: ${what} is only a text that PowerShell made of it`,
    hint: 'export it again with ConvertTo-Json -Depth 20; without -Depth PowerShell writes two levels and makes texts of the rest',
    place,
  });
  walk.full ||= collector.isFull();
}

/** What an object or list that closes knows of a cut goes on to the one around it, until it is clear whose it is. */
export function passCut(
  frame: Frame,
  parent: Frame | undefined,
  { walk, around }: { readonly walk: Walk; readonly around: () => Holder },
): void {
  const { cut } = frame;
  if (cut === undefined) return;
  const definition = frame.scalars.get('settingDefinitionId')?.value;
  const isOurs =
    cut.name !== undefined || (typeof definition === 'string' && nameOfDefinition(definition) !== undefined);
  if (isOurs) tell(cut, around(), walk);
  // A setting of another product has been cut; that of a policy with ours beside it is told, for nobody knows what it was.
  else if (typeof definition === 'string') return;
  else if (frame.policy !== undefined && !frame.isArray) {
    if (frame.found.length > 0 || frame.policy.collector().size() > 0) tell(cut, frame.policy, walk);
  } else if (parent !== undefined) parent.cut ??= cut;
}

/** A file in which nothing of LAPS is left: nobody knows what was cut. */
export function tellUnknownCut(walk: Walk): void {
  if (walk.cut !== undefined && walk.cutTold.size === 0 && !walk.seen.intune && !walk.seen.omauri)
    tell(walk.cut, walk.holders.loose, walk);
}
