/**
 * What the walk through an export of Intune keeps: the objects that are open, the text they stand in, and the whole.
 *
 * Knows: shapes only. Promises: little is kept of an object, for an export has megabytes of them. Must never: walk.
 */
import type { CatalogMember, Stray } from '../document.ts';
import type { Place, SourceText } from '../text.ts';
import type { CatalogInstance } from './catalogIds.ts';
import { pointerOf } from './json.ts';
import type { Holder, Holders } from './policyHolders.ts';
import type { Scalar, Slip } from './scalar.ts';

/** Where a member's name stands: its offset and its length. */
export type NameSpot = readonly [offset: number, length: number];

/** Settings that no reader of the documented members would find. */
export interface Lost {
  /** The member that is misspelt for another one, or the one that holds what stands there bare. */
  readonly where: Pick<Stray, 'where' | 'meant' | 'missing'>;
  /** The outermost setting; empty where several stand side by side. */
  name: string;
  /** How deep that one stands. */
  depth: number;
}

/** What no service takes: a text where settings belong, a setting without an id, a list that is none (cutTexts.ts). */
export interface Cut {
  readonly kind: 'text' | 'noId' | 'notList' | 'list';
  /** The member in whose place it stands. */
  readonly member: string;
  /** The setting of LAPS that it was, where the text says so. */
  readonly name: string | undefined;
  readonly place: Place;
}

/** What is known of an object while it is open. */
export interface Frame {
  /** The member whose value comes next; empty in an array. */
  member: string;
  memberAt: NameSpot;
  readonly isArray: boolean;
  /** In an array, which item comes next. */
  index: number;
  /** Inside definitions that describe settings: nothing there is set. */
  readonly ignored: boolean;
  readonly scalars: Map<string, Scalar>;
  /** Instances found below that do not know yet under which option they stand. */
  readonly found: CatalogInstance[];
  /** The value of a choice or simple setting, once its object has closed. */
  chosen: { readonly scalar: Scalar; readonly member: CatalogMember; readonly type: Scalar | undefined } | undefined;
  /** A member that is misspelt for one in which a value is looked for. */
  slip: Slip | undefined;
  readonly name: string;
  readonly nameAt: NameSpot;
  /** What of LAPS stands here and reaches nobody; told when this has closed. */
  lost: Lost | undefined;
  /** The setting's own id stands under a misspelt name, and that is told. */
  idTold: boolean;
  /** Settings that stand here, or below, and were made a text; told when it is clear whose they are. */
  cut: Cut | undefined;
  /** The policy that this object is, once a list of settings has opened in it. */
  policy: Holder | undefined;
}

/** The members whose plain values matter. */
export const kept = new Set<string>([
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

export interface Walk {
  readonly holders: Holders;
  /** The documented member that a name is misspelt for. */
  readonly meantMember: (written: string) => string | undefined;
  readonly seen: { intune: boolean; omauri: boolean };
  instances: number;
  /** The first policy's count of its settings, as a listing of policies tells it. */
  count: Scalar | undefined;
  /** The first such text of the file. */
  cut: Cut | undefined;
  /** The policies of which one is told. */
  readonly cutTold: Set<Holder>;
  wrapped: number;
  /** So much has come that the rest need not be read. */
  full: boolean;
}

/** The text that is walked: the file itself, or a string in it that holds an export. */
export interface Layer {
  readonly source: SourceText;
  readonly nesting: number;
  /** JSON pointer of the string in the file. */
  readonly prefix: string;
  /** Whose values those are that stand in no policy's object of this text. */
  readonly around: Holder;
}

/** A stretch of the text with the JSON pointer of the member or item that the innermost of `open` has come to. */
export const placeIn = (open: readonly Frame[], spot: NameSpot, { source, prefix }: Layer): Place => ({
  ...source.placeOf(...spot),
  pointer: prefix + pointerOf(open.map(({ isArray, index, member }) => (isArray ? index : member))),
});

/** The policy that what stands here belongs to. */
export function policyAround(open: readonly Frame[], layer: Layer): Holder {
  return open.findLast((frame) => frame.policy !== undefined)?.policy ?? layer.around;
}
