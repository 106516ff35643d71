/** A setting of an export without its value. Promises: a member that was meant for it is named. Must never: guess a value. */
import type { ReadingProblem } from '../document.ts';
import { type Place, shortName } from '../text.ts';
import type { Slip } from './scalar.ts';

export function lostValue(name: string, place: Place, slip: Slip | undefined): ReadingProblem {
  return slip === undefined
    ? {
        kind: 'unreadable',
        setting: name,
        message: `the export holds no value for ${shortName(name)}`,
        hint: 'export it again with its values',
        place,
      }
    : {
        kind: 'unreadable',
        setting: name,
        message: `the export holds no value for ${shortName(name)}: "${shortName(slip.written)}" is no member of it`,
        hint: `write "${slip.meant}"`,
        place: slip.place,
      };
}
