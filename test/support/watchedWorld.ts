/**
 * A world whose sign-ins are watched: people, records, sessions and what is remembered of them, beside the device.
 */
import assert from 'node:assert/strict';
import type { EventId } from '../../agent/core/events.ts';
import type { PostAuthMemory } from '../../agent/core/postAuth/memory.ts';
import { msPerHour } from '../../agent/core/time.ts';
import { runCycle } from '../../agent/service/cycle.ts';
import { type CycleQueue, createCycleQueue } from '../../agent/service/queue.ts';
import { createSignInWatch, type SignInPorts, type SignInWatch } from '../../agent/service/watchSignIn.ts';
import { killed } from './fakes/faults.ts';
import {
  createFakeRecords,
  createFakeSessions,
  createModelPeople,
  type ModelPeople,
  memoryOn,
} from './fakes/postAuth.ts';
import { csp, settledWorld, type World } from './world.ts';

export interface Watched {
  readonly people: ModelPeople;
  readonly world: World;
  ports(): SignInPorts;
  memory(): PostAuthMemory;
  /** A look of the process that runs now; after a death the next one starts anew. */
  look(): Promise<number>;
  readonly queue: CycleQueue;
  parked: boolean;
  signIn(name?: string, at?: number): void;
  /** Event ids since the last call. */
  events(): readonly EventId[];
}

export function watchSignInsOf(world: World): Watched {
  const people = createModelPeople();
  let seen = world.log.events.length;
  const queue = createCycleQueue((asked) =>
    runCycle(world.ports(), { ...asked, progress: () => undefined, parked: () => watched.parked }),
  );
  const ports = (): SignInPorts => ({
    state: world.ports().state,
    journal: world.ports().journal,
    memory: world.ports().memory,
    records: createFakeRecords(people, world.faults),
    sessions: createFakeSessions(people, world.faults),
    standing: () => people.standing,
  });
  const begun = (): SignInWatch =>
    createSignInWatch({
      ports: { ...world.ports(), ...ports() },
      ask: queue.ask,
      parked: () => watched.parked,
      onDefect: (error) => {
        if (error !== killed) throw error;
      },
    });
  let watch = begun();
  const watched: Watched = {
    people,
    world,
    ports,
    memory() {
      const memory = memoryOn(world.memoryFile);
      assert.ok(memory, 'nothing is remembered');
      return memory;
    },
    async look() {
      const wait = await watch.look();
      if (world.faults.isDead()) {
        world.restart();
        watch = begun();
      }
      return wait;
    },
    queue,
    parked: false,
    signIn(name = 'lapsadmin', at = world.now) {
      people.signIn(world.account(name).sid, at);
    },
    events() {
      const fresh = world.log.events.slice(seen).map((event) => event.id);
      seen = world.log.events.length;
      return fresh;
    },
  };
  return watched;
}

/** Eight hours after a sign-in: a new password, then the sessions and processes. */
export const deadlinePolicy = { ...csp, PostAuthenticationResetDelay: 8, PostAuthenticationActions: 11 };

/** At rest, with nothing signed in. */
export async function watchedWorld(settings: object = deadlinePolicy): Promise<Watched> {
  const watched = watchSignInsOf(await settledWorld({ policy: settings }));
  await watched.look();
  watched.events();
  return watched;
}

/** A sign-in whose deadline has come. */
export async function atDeadline(settings: object = deadlinePolicy): Promise<Watched> {
  const watched = await watchedWorld(settings);
  watched.signIn();
  await watched.look();
  assert.deepEqual(watched.events(), [10041]);
  watched.world.now += 8 * msPerHour;
  return watched;
}

export const passwordOf = (world: World) => world.account().password;
