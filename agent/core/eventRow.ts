/**
 * One row of the table of events (design 7).
 *
 * Must never: know an event.
 */

/** How a field is written: `hex` as 0x…, `instant` epoch milliseconds shown as ISO text. */
export type FieldKind = 'text' | 'number' | 'hex' | 'instant';
export type Fields = Readonly<Record<string, FieldKind>>;
export type EventLevel = 'info' | 'warning' | 'error';

export interface EventRow {
  readonly name: string;
  readonly level: EventLevel;
  readonly fields: Fields;
  /** The sentence; `{Field}` is replaced by the formatted field. */
  readonly sentence: string;
}

export const none = {} as const;
export const account = { AccountName: 'text', Rid: 'hex' } as const;
