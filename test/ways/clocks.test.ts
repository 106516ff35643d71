/**
 * Clocks that lie (rotation.md 7): a rotation is never skipped for ever, and dates that cannot be are not believed.
 */
import assert from 'node:assert/strict';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';
import { settledWorld, type World, watchWorlds } from '../support/world.ts';

const year = 365 * msPerDay;

function tamper(world: World, changes: object): void {
  world.stateFile.text = JSON.stringify({ ...world.state(), ...changes });
}

const jumps: Readonly<Record<string, (now: number) => number>> = {
  'a year ahead': (now) => now + year,
  'ten years ahead': (now) => now + 10 * year,
  'a year back': (now) => now - year,
  'back to 1970': () => 0,
  'before 1970': () => -year,
};

describe('a clock that goes', () => {
  watchWorlds();

  for (const [name, jump] of Object.entries(jumps)) {
    it(`${name} rotates at once, and is quiet afterwards`, async () => {
      const world = await settledWorld();
      world.now = jump(world.now);
      assert.equal((await world.cycle('late wake-up')).outcome, 'rotated');
      assert.equal((await world.cycle()).outcome, 'unchanged');
      await world.expectRest();
    });

    it(`${name} and comes right again rotates again where it must`, async () => {
      const world = await settledWorld();
      const right = world.now;
      world.now = jump(right);
      await world.cycle();
      world.now = right;
      await world.cycle();
      assert.ok(world.state().LastPasswordUpdateTime <= world.now);
      assert.ok(world.state().AzurePasswordExpiryTime <= world.now + 30 * msPerDay);
      await world.expectRest();
    });

    it(`${name} during a rotation whose answer is lost still comes to rest`, async () => {
      const world = await settledWorld();
      world.tenant.next({ kind: 'unclear', stored: true });
      await world.cycle('administrator');
      world.now = jump(world.now);
      await world.expectRest();
    });
  }

  it('wherever it likes rotates at least once in any thirty days of its own', async () => {
    const world = await settledWorld();
    // A walk of jumps that a test can repeat.
    const days = [3, -2, 400, -390, 29, -1, -3000, 31, 0, 5000, -20, 30];
    for (const step of days) {
      world.now += step * msPerDay;
      await world.cycle();
      const { LastPasswordUpdateTime, AzurePasswordExpiryTime } = world.state();
      assert.ok(LastPasswordUpdateTime <= world.now);
      assert.ok(world.now < AzurePasswordExpiryTime);
      assert.ok(AzurePasswordExpiryTime - world.now <= 30 * msPerDay);
    }
    await world.expectRest();
  });
});

describe('dates that cannot be', () => {
  watchWorlds();

  for (const [name, change] of Object.entries<(world: World) => object>({
    'an update in the future': (world) => ({
      LastPasswordUpdateTime: world.now + 1,
      AzurePasswordExpiryTime: world.now + 1 + 30 * msPerDay,
    }),
    'an expiry in 2050': () => ({ AzurePasswordExpiryTime: Date.UTC(2050, 0, 1) }),
    'an expiry a millisecond later than age days after the update': (world) => ({
      AzurePasswordExpiryTime: world.state().AzurePasswordExpiryTime + 1,
    }),
    'another age': () => ({ passwordAgeDays: 365 }),
  }))
    it(`make the state inconsistent (0x10): ${name}`, async () => {
      const world = await settledWorld();
      tamper(world, change(world));
      assert.equal((await world.status()).healthy, false);
      assert.equal((await world.cycle()).outcome, 'rotated');
      assert.equal(world.log.events.findLast((event) => event.id === 10015)?.fields['Mask'], 0x10);
      await world.expectRest();
    });

  it('never come of a rotation that took long: the age is counted from the yes of the tenant', async () => {
    const world = await settledWorld();
    world.failAccount({ kind: 'refuses', hresult: 0x8007052d }, 5);
    const yes = world.now;
    for (let hour = 0; hour < 6; hour++) await world.cycle(hour === 0 ? 'administrator' : 'hourly');
    assert.equal(world.now, yes + 6 * msPerHour);
    assert.equal(world.state().LastPasswordUpdateTime, yes);
    await world.expectRest();
  });
});
