/**
 * Asserts a sequence of events by id; the message names them.
 *
 * Must never: compare sentences (design 8).
 */
import assert from 'node:assert/strict';
import { type EventId, eventTable } from '../../agent/core/events.ts';

const told = (ids: readonly EventId[]): string[] => ids.map((id) => `${id} ${eventTable[id].name}`);

export function expectEvents(actual: readonly EventId[], expected: readonly EventId[]): void {
  assert.deepEqual(told(actual), told(expected));
}
