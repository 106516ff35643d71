/**
 * Bad luck drawn by a seeded die: many faults of many kinds one after another, the properties checked after every call.
 *
 * A failing seed is named and fails again by itself.
 */
import assert from 'node:assert/strict';
import { msPerDay } from '../../agent/core/time.ts';
import type { Fault } from '../support/fakes/faults.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { seeded } from '../support/policies.ts';
import { csp, settledWorld, type World, watchWorlds } from '../support/world.ts';

type Die = (below: number) => number;

const fates: readonly Fate[] = [
  'stored',
  { kind: 'unclear', stored: true },
  { kind: 'unclear', stored: false },
  { kind: 'refused', status: 400 },
  { kind: 'notSent' },
];
const hows: readonly Fault['how'][] = ['dieBefore', 'dieAfter', 'failBefore', 'failAfter'];

/** What may happen between two cycles. */
const happenings: ReadonlyArray<(world: World, die: Die) => void> = [
  (world, die) => world.tenant.next(...[0, 1].map(() => fates[die(fates.length)] ?? 'stored')),
  (world, die) => world.faults.arm({ nth: die(30) + 1, how: hows[die(hows.length)] ?? 'dieAfter' }),
  (world, die) => {
    world.now += (die(40) - 10) * msPerDay;
  },
  (world) => world.changeByAnother('lapsadmin'),
  (world) => world.keys.keys.clear(),
  (world, die) => world.setPolicy({ ...csp, AdministratorAccountName: die(2) === 0 ? 'lapsadmin' : 'Administrator' }),
  (world, die) => world.failAccount({ kind: 'refuses', hresult: 0x8007052d }, die(3)),
  (world) => world.restart(),
  (world) => {
    world.stateFile.text = 'cut';
  },
];

describe('bad luck', () => {
  watchWorlds();

  for (const recogniseRepeats of [false, true])
    it(`of any kind, again and again, ends at rest (repeats ${recogniseRepeats ? 'recognised' : 'not recognised'})`, async () => {
      for (let seed = 1; seed <= 80; seed++) {
        const die = seeded(seed);
        const world = await settledWorld({ recogniseRepeats });
        try {
          for (let turn = 0; turn < 12; turn++) {
            happenings[die(happenings.length)]?.(world, die);
            await world.cycleOrDeath(die(4) === 0 ? 'administrator' : 'hourly', { redraw: die(12) === 0 });
            world.faults.arm();
          }
          world.failAccount({ kind: 'refuses', hresult: 0 }, 0);
          world.setPolicy(csp);
          await world.expectRest();
        } catch (error) {
          throw new assert.AssertionError({ message: `seed ${seed}: ${String(error)}` });
        }
      }
    });
});
