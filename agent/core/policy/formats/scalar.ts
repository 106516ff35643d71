/** What the readers of Intune's exports hand one another. Knows: a shape only. Must never: import a reader. */
import type { GivenValue } from '../document.ts';
import type { Place } from '../text.ts';

/** A scalar member that matters, with its place. */
export interface Scalar {
  readonly value: GivenValue;
  readonly place: Place;
  readonly pointer: string;
}

/** Where a scalar stands, with its pointer. */
export const placed = ({ place, pointer }: Scalar): Place => ({ ...place, pointer });

/** A misspelt member of an export, beside which no other is what it was meant to be. */
export interface Slip {
  readonly written: string;
  readonly meant: string;
  readonly place: Place;
}
