/**
 * A device's watch over sign-ins in memory, for the tests of postAuth: each word told is one step of `advance`.
 *
 * Knows: a managed account and a policy that are given, and a clock that stands. Must never: decide anything itself.
 */
import assert from 'node:assert/strict';
import { advance } from '../../agent/core/postAuth/advance.ts';
import { nothingRemembered, type PostAuthMemory } from '../../agent/core/postAuth/memory.ts';
import type {
  ManagedFact,
  PostAuthEffect,
  PostAuthFacts,
  PostAuthInput,
  PostAuthPolicy,
} from '../../agent/core/postAuth/step.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';

export const begin = Date.UTC(2026, 10, 23, 8);
export const minute = 60_000;
export const on = (actions: number, delayHours = 8): PostAuthPolicy => ({ kind: 'on', delayHours, actions });
export const managed: ManagedFact & { kind: 'managed' } = {
  kind: 'managed',
  sid: 'S-1-5-21-1-2-3-1001',
  name: 'lapsadmin',
  rid: 1001,
  rotationId: 'first',
  setAt: begin - msPerDay,
};
export const nothingNew: PostAuthInput = { kind: 'looked', signIns: [], cursor: null };

/** A device's watch, told step by step; each `tell` is one look or one outcome at the present time. */
export function watch(actions = 3, delayHours = 8) {
  let memory: PostAuthMemory = nothingRemembered;
  const ids: number[] = [];
  const notes: unknown[] = [];
  const it = {
    now: begin,
    bootId: 'boot-1',
    policy: on(actions, delayHours) as PostAuthPolicy,
    account: managed as ManagedFact,
    get memory() {
      return memory;
    },
    set memory(next) {
      memory = next;
    },
    facts: (): PostAuthFacts => ({ now: it.now, bootId: it.bootId, policy: it.policy, account: it.account }),
    tell(input: PostAuthInput): PostAuthEffect {
      const step = advance(memory, input, it.facts());
      memory = step.memory;
      for (const note of step.notes) {
        ids.push(note.id);
        notes.push(note);
      }
      return step.effect;
    },
    look: (...at: number[]) => it.hear(true, ...at),
    /** `vouched`: only root can have written it. */
    hear: (vouched: boolean, ...at: number[]) =>
      it.tell({
        kind: 'looked',
        signIns: at.map((each) => ({ at: each, vouched })),
        cursor: at.length > 0 ? 'c' : null,
      }),
    met: () => it.tell({ kind: 'rotated', requestedAt: it.now }),
    fail: (retryAt: number | null = null) => it.tell({ kind: 'notRotated', hresult: 0x80072ee7, retryAt }),
    /** The events since the last call. */
    events: () => ids.splice(0),
    notes: () => notes.splice(0),
  };
  return it;
}

/** A watch whose deadline has come and whose rotation is asked for. */
export function due(actions = 3) {
  const it = watch(actions);
  it.look(begin);
  it.now = begin + 8 * msPerHour;
  assert.equal(it.look().kind, 'rotate');
  it.events();
  it.notes();
  return it;
}
