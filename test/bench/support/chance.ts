/**
 * Chance that can be repeated: the same seed and case name give the same numbers, whatever ran before.
 *
 * Must never: be used for a secret.
 */

/** Numbers from 0 up to but not including 1. */
export type Chance = () => number;

/** FNV-1a over the text's code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The chance of one case of one seed. */
export function chanceOf(seed: number, name: string): Chance {
  let state = hashOf(`${seed}/${name}`);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** One of a list that is not empty. */
export function oneOf<T>(chance: Chance, list: readonly T[]): T {
  const found = list[Math.floor(chance() * list.length)];
  if (found === undefined) throw new RangeError('nothing to choose from');
  return found;
}
