/**
 * Settings of an export that reach nobody, because the member they stand in, or their own id's, is misspelt.
 *
 * Knows: the names of exportMembers.ts. Promises: each such member is told once, with the first setting that is lost by
 * it. Must never: take a wrapper of another tool for a mistake.
 */
import { shortName } from '../text.ts';
import { nameOfDefinition } from './catalogIds.ts';
import { type Frame, kept, type Layer, policyAround, type Walk } from './exportFrames.ts';
import { isList, isValueMember, mayHoldSettings } from './exportMembers.ts';
import type { Holder } from './policyHolders.ts';
import { meaningOfUri } from './roots.ts';

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
const isContainer = (meant: string): boolean => meant !== 'value' && !isValueMember(meant);

/**
 * The innermost member around that no reader of the documented ones looks into: misspelt, or unknown inside a setting's
 * own value. Tools put wrappers of their own around a policy, and those are nobody's mistake.
 */
function lostIn(open: readonly Frame[], walk: Walk): { readonly frame: Frame; readonly meant: string } | undefined {
  const value = open.findLastIndex(({ name }) => name === 'choiceSettingValue');
  for (let at = open.length - 1; at >= 0; at -= 1) {
    const frame = open[at];
    if (frame === undefined || frame.name === '' || open[at - 1]?.isArray === true) continue;
    const meant = walk.meantMember(frame.name);
    if (meant !== undefined && isContainer(meant) && (frame.isArray || !isList(meant))) return { frame, meant };
    if (value !== -1 && at > value && !mayHoldSettings(frame.name)) return { frame, meant: 'children' };
  }
  return undefined;
}

/** Tells, once for each such member, that what stands in it is lost. True where it is. */
export function isLost(name: string, open: readonly Frame[], { layer, walk }: Reader) {
  const lost = lostIn(open, walk);
  if (lost === undefined) return false;
  const { frame, meant } = lost;
  if (!frame.told) {
    const collector = policyAround(open, layer).collector();
    collector.addStray({ where: frame.name, name, meant, place: layer.source.placeOf(...frame.nameAt) });
    walk.full ||= collector.isFull();
  }
  frame.told = true;
  return true;
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
  collector.addStray({ where: frame.member, name, meant, place: layer.source.placeOf(...frame.memberAt) });
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
    collector.addStray({ where: 'definitionId', name, meant: 'settingDefinitionId', place: other.place });
  else
    collector.addProblem({
      kind: 'unreadable',
      message: `the setting with this option of ${shortName(name)} lacks its settingDefinitionId`,
      hint: `write "settingDefinitionId": "${shortName(id)}" beside the choiceSettingValue`,
      place: scalar.place,
    });
  walk.full ||= collector.isFull();
}
