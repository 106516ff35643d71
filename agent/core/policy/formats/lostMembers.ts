/**
 * Settings of an export that reach nobody, because the member they stand in, or their own id's, is misspelt or missing.
 *
 * Knows: the names of exportMembers.ts. Promises: each such member is told once, with the setting that is lost by it
 * where it is one. Must never: take a wrapper of another tool for a mistake.
 */
import { shortName } from '../text.ts';
import { nameOfDefinition } from './catalogIds.ts';
import { type Frame, kept, type Layer, type Lost, placeIn, policyAround, type Walk } from './exportFrames.ts';
import { isList, isValueMember, mayHoldSettings } from './exportMembers.ts';
import type { Holder } from './policyHolders.ts';
import { meaningOfUri } from './roots.ts';
import { placed } from './scalar.ts';

/** What is being read, and where. */
interface Reader {
  readonly layer: Layer;
  readonly walk: Walk;
}

/** The setting of an OMA-URI; undefined where it is none. */
export function nameOfUri(uri: string): string | undefined {
  const meaning = meaningOfUri(uri);
  return meaning.kind === 'setting' ? meaning.name : undefined;
}

/** A value that is not found under its member's name is told of the setting itself; and many a wrapper is called `values`. */
const isNoValue = (meant: string): boolean => meant !== 'value' && !isValueMember(meant);

/**
 * The innermost member around that no reader of the documented ones looks into: misspelt, or unknown inside a setting's
 * own value. Tools put wrappers of their own around a policy, and those are nobody's mistake.
 */
function lostIn(
  open: readonly Frame[],
  walk: Walk,
): { readonly frame: Frame; readonly where: Lost['where'] } | undefined {
  const own = open.at(-1);
  // A policy's list has entries, and each entry a settingInstance (spec 12.4); a list by itself may be a list of children.
  if (own?.name === 'settings' && own.chosen !== undefined && open.at(-2)?.isArray === true)
    return { frame: own, where: { where: own.name, missing: 'settingInstance' } };
  const value = open.findLastIndex(({ name }) => name === 'choiceSettingValue');
  for (let at = open.length - 1; at >= 0; at -= 1) {
    const frame = open[at];
    if (frame === undefined || frame.name === '' || open[at - 1]?.isArray === true) continue;
    const meant = walk.meantMember(frame.name);
    const found = (name: string) => ({ frame, where: { where: frame.name, meant: name } });
    if (meant !== undefined && isNoValue(meant) && (frame.isArray || !isList(meant))) return found(meant);
    if (value !== -1 && at > value && !mayHoldSettings(frame.name)) return found('children');
  }
  return undefined;
}

/** Whether a setting reaches nobody because of a member around it; that member keeps it in mind. */
export function isLost(name: string, open: readonly Frame[], walk: Walk): boolean {
  const found = lostIn(open, walk);
  if (found === undefined) return false;
  const { frame, where } = found;
  const depth = open.length;
  frame.lost ??= { where, name, depth };
  // What stands inside another setting closes before it, and is lost with it.
  if (depth < frame.lost.depth) frame.lost = { where, name, depth };
  else if (depth === frame.lost.depth && name !== frame.lost.name) frame.lost.name = '';
  return true;
}

/** Tells, once for each such member, that what stands in it is lost; `open` are the objects and lists around it. */
export function tellLost(frame: Frame, open: readonly Frame[], { layer, walk }: Reader): void {
  if (frame.lost === undefined) return;
  const { where, name } = frame.lost;
  const id = frame.scalars.get('settingDefinitionId');
  const place = where.missing !== undefined && id !== undefined ? placed(id) : placeIn(open, frame.nameAt, layer);
  const collector = policyAround(open, layer).collector();
  collector.addStray({ ...where, name, place });
  walk.full ||= collector.isFull();
}

/** An id or URI of LAPS under a misspelt name: without its name nobody knows what the object around it sets. */
export function tellLostId(value: string, open: readonly Frame[], { layer, walk }: Reader): void {
  const frame = open.at(-1);
  if (frame === undefined || frame.isArray || kept.has(frame.member)) return;
  const meant = walk.meantMember(frame.member);
  const name =
    meant === 'settingDefinitionId' ? nameOfDefinition(value) : meant === 'omaUri' ? nameOfUri(value) : undefined;
  if (meant === undefined || name === undefined) return;
  frame.idTold = true;
  const collector = policyAround(open, layer).collector();
  collector.addStray({ where: frame.member, name, meant, place: placeIn(open, frame.memberAt, layer) });
  walk.full ||= collector.isFull();
}

/**
 * A setting of LAPS whose own id is missing: it is under another name, or only the option that was chosen says whose it
 * is. What has a value and no such id sets nothing.
 */
export function tellNameless(
  frame: Frame,
  {
    walk,
    around,
    isLost: isLostHere,
  }: { readonly walk: Walk; readonly around: () => Holder; readonly isLost: (name: string) => boolean },
): void {
  if (frame.chosen === undefined || frame.idTold) return;
  const other = frame.scalars.get('definitionId');
  const named = typeof other?.value === 'string' ? nameOfDefinition(other.value) : undefined;
  const { scalar, member } = frame.chosen;
  const option = member === 'choiceSettingValue' && typeof scalar.value === 'string' ? scalar.value : '';
  const id = option.slice(0, Math.max(option.lastIndexOf('_'), 0));
  const name = named ?? nameOfDefinition(id);
  if (name === undefined) return;
  walk.seen.intune = true;
  if (isLostHere(name)) return;
  const collector = around().collector();
  if (other !== undefined && named !== undefined)
    collector.addStray({ where: 'definitionId', name, meant: 'settingDefinitionId', place: placed(other) });
  else
    collector.addProblem({
      kind: 'unreadable',
      setting: name,
      message: `the setting with this option of ${shortName(name)} lacks its settingDefinitionId`,
      hint: `write "settingDefinitionId": "${shortName(id)}" beside the choiceSettingValue`,
      place: placed(scalar),
    });
  walk.full ||= collector.isFull();
}
