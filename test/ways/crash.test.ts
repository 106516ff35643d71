/**
 * Death and failing writes at every single call of a rotation (rotation.md 7): whatever was done, the next start finishes.
 *
 * The world checks P1, P3 and P4 after each call; here P2 and P5 follow.
 */
import assert from 'node:assert/strict';
import type { Fault } from '../support/fakes/faults.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { createWorld, openWorld, settledWorld, type World, watchWorlds } from '../support/world.ts';

const hows: readonly Fault['how'][] = ['dieBefore', 'dieAfter', 'failBefore', 'failAfter'];
const lost: Fate = { kind: 'unclear', stored: true };

interface Road {
  readonly begin: (recogniseRepeats: boolean) => Promise<World>;
  readonly go: (world: World) => Promise<unknown>;
}

/** What is under way when it happens. */
const roads: Readonly<Record<string, Road>> = {
  'a first enablement': {
    begin: async (recogniseRepeats) => createWorld({ recogniseRepeats }),
    go: (world) => world.cycleOrDeath('start'),
  },
  'a reset': {
    begin: (recogniseRepeats) => settledWorld({ recogniseRepeats }),
    go: (world) => world.cycleOrDeath('administrator'),
  },
  'a reset whose first answer is lost, and the cycle after it': {
    begin: async (recogniseRepeats) => {
      const world = await settledWorld({ recogniseRepeats });
      world.tenant.next(lost);
      return world;
    },
    go: async (world) => {
      await world.cycleOrDeath('administrator');
      await world.cycleOrDeath();
    },
  },
  'a change of the account': {
    begin: async (recogniseRepeats) => {
      const world = await settledWorld({ recogniseRepeats });
      world.machine.create('other');
      world.setPolicy({ BackupDirectory: 1, AdministratorAccountName: 'other' });
      return world;
    },
    go: (world) => world.cycleOrDeath(),
  },
  'a rotation taken up again before its set': {
    begin: (recogniseRepeats) => openWorld('escrowed', { recogniseRepeats }),
    go: (world) => world.cycleOrDeath(),
  },
  'a rotation whose key is gone': {
    begin: async (recogniseRepeats) => {
      const world = await openWorld('prepared', { recogniseRepeats });
      world.keys.keys.clear();
      return world;
    },
    go: (world) => world.cycleOrDeath(),
  },
  'a rotation of a device that has joined anew': {
    begin: async (recogniseRepeats) => {
      const world = await openWorld('escrowed', { recogniseRepeats });
      world.rejoin();
      return world;
    },
    go: (world) => world.cycleOrDeath(),
  },
  'a damaged journal': {
    begin: async (recogniseRepeats) => {
      const world = await settledWorld({ recogniseRepeats });
      world.journalFile.text = 'cut';
      return world;
    },
    go: (world) => world.cycleOrDeath(),
  },
  'a damaged state': {
    begin: async (recogniseRepeats) => {
      const world = await settledWorld({ recogniseRepeats });
      world.stateFile.text = 'cut';
      return world;
    },
    go: (world) => world.cycleOrDeath(),
  },
};

/** How many calls the road has when nothing happens. */
async function lengthOf(road: Road): Promise<number> {
  const world = await road.begin(false);
  world.faults.arm();
  await road.go(world);
  return world.faults.calls.length;
}

describe('whatever happens in the middle of', function () {
  this.timeout(60_000);
  watchWorlds();

  for (const [name, road] of Object.entries(roads)) {
    for (const how of hows) {
      it(`${name}: a process that meets ${how} at any call comes to rest`, async () => {
        const length = await lengthOf(road);
        assert.ok(length > 5);
        // A failing write looks the same to every tenant.
        for (const recogniseRepeats of how.startsWith('die') ? [false, true] : [false])
          for (let nth = 1; nth <= length; nth++) {
            const world = await road.begin(recogniseRepeats);
            world.faults.arm({ nth, how });
            await road.go(world);
            const call = world.faults.calls[nth - 1];
            try {
              await world.expectRest();
            } catch (error) {
              throw new Error(`${how} at call ${nth}, ${call}`, { cause: error });
            }
          }
      });
    }
  }
});
