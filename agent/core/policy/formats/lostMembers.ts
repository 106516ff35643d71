/**
 * Settings of an export that reach nobody, because the member they stand in, or their own id's, is misspelt.
 *
 * Knows: the names of exportMembers.ts. Promises: each such member is told once, with the first setting that is lost by
 * it. Must never: take a wrapper of another tool for a mistake.
 */
import { nameOfDefinition } from './catalogIds.ts';
import { type Frame, kept, type Layer, policyAround, type Walk } from './exportFrames.ts';
import { isList, isValueMember, mayHoldSettings } from './exportMembers.ts';
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
  const collector = policyAround(open, layer).collector();
  collector.addStray({ where: frame.member, name, meant, place: layer.source.placeOf(...frame.memberAt) });
  walk.full ||= collector.isFull();
}
