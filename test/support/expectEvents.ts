/**
 * Asserts a sequence of events by id; the message names them.
 *
 * Must never: compare sentences (design 8).
 */
import assert from 'node:assert/strict';
import { type EventId, eventTable } from '../../agent/core/events.ts';
import type { World } from './world.ts';

const told = (ids: readonly EventId[]): string[] => ids.map((id) => `${id} ${eventTable[id].name}`);

export function expectEvents(actual: readonly EventId[], expected: readonly EventId[]): void {
  assert.deepEqual(told(actual), told(expected));
}

/** The fields of the last event of that id. */
export function lastFields(world: World, id: EventId): Readonly<Record<string, string | number>> {
  const found = world.log.events.findLast((event) => event.id === id);
  assert.ok(found, `there is no event ${id}`);
  return found.fields;
}
