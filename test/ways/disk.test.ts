/**
 * A disk that refuses (rotation.md 7): one clear event (50019), nothing lost, and the work goes on when there is room.
 */
import assert from 'node:assert/strict';
import type { Fault } from '../support/fakes/faults.ts';
import { settledWorld, type World, watchWorlds } from '../support/world.ts';

const count = (world: World, id: number, from: number): number =>
  world.log.events.slice(from).filter((event) => event.id === id).length;

describe('a full disk', () => {
  watchWorlds();

  for (const [name, fault] of Object.entries<Omit<Fault, 'how'>>({
    'the key': { on: 'seal.seal', nth: 1 },
    'the journal, before the send': { on: 'journal.write', nth: 1 },
    'the journal, after the answer': { on: 'journal.write', nth: 2 },
    'the account database': { on: 'accounts.set', nth: 1 },
    'the journal, after the set': { on: 'journal.write', nth: 3 },
    'the state': { on: 'state.write', nth: 1 },
    'the journal, at the end': { on: 'journal.write', nth: 4 },
  }))
    for (const how of ['failBefore', 'failAfter'] as const)
      it(`met by ${name} (${how}) is told once and heals`, async () => {
        const world = await settledWorld();
        const { password } = world.account();
        const from = world.log.events.length;
        world.faults.arm({ ...fault, how });
        const result = await world.cycle('administrator');
        assert.equal(world.faults.wasMet(), true);
        assert.equal(result.outcome, 'failed');
        assert.equal(result.error?.code, 'ERR_LAPS_DISK');
        assert.notEqual(result.error?.hint ?? '', '');
        assert.equal(count(world, 50019, from), 1);
        assert.equal(result.events.at(-1), 10005);
        if (world.tenant.posts.length === 1) assert.ok(world.account().password === password, 'nothing was changed');
        await world.expectRest();
      });

  it('that keeps the embedded tenant from starting is told as what it is, and heals', async () => {
    const world = await settledWorld();
    const from = world.log.events.length;
    const message = 'tenant.db: the disk is full';
    world.tenant.connectFails({ code: 'ERR_LAPS_DISK', message, hresult: 0x80070070, phase: 'discovery' });
    const result = await world.cycle('administrator');
    assert.equal(result.error?.code, 'ERR_LAPS_DISK');
    assert.equal(count(world, 50019, from), 1);
    assert.equal(count(world, 10025, from), 1);
    await world.expectRest();
  });

  it('keeps a rotation from beginning for as long as it lasts: nothing is sent', async () => {
    const world = await settledWorld();
    for (let cycle = 0; cycle < 30; cycle++) {
      world.faults.arm({ on: 'journal.write', nth: 1, how: 'failBefore' });
      assert.equal((await world.cycle('administrator')).error?.code, 'ERR_LAPS_DISK');
    }
    assert.equal(world.tenant.posts.length, 1);
    await world.expectRest();
  });

  it('that takes the count but not the answer leads to a hold, not to a lost password', async () => {
    const world = await settledWorld();
    const { password } = world.account();
    for (let cycle = 0; cycle < 10; cycle++) {
      world.faults.arm({ on: 'journal.write', nth: 2, how: 'failBefore' });
      await world.cycle(cycle === 0 ? 'administrator' : 'hourly');
    }
    assert.equal(world.tenant.posts.length, 3);
    assert.ok(world.credentials().some((each) => each.password === password));
    await world.expectRest();
  });

  it('that does not let a used key be erased is told, and does not make a failure of a rotation', async () => {
    const world = await settledWorld();
    const from = world.log.events.length;
    world.faults.arm({ on: 'seal.keepOnly', nth: 2, how: 'failBefore' });
    const result = await world.cycle('administrator');
    assert.equal(result.outcome, 'rotated');
    assert.equal(count(world, 50019, from), 1);
    assert.equal(world.keys.keys.size, 1);
    await world.expectRest();
  });
});

describe('a seal key that cannot be read just now', () => {
  watchWorlds();

  it('spends nothing of the budget for as long as it lasts, for nothing is sent', async () => {
    const world = await settledWorld();
    world.tenant.next({ kind: 'unclear', stored: true });
    await world.cycle('administrator');
    const { above } = world.record();
    const { length } = world.tenant.posts;
    for (let cycle = 0; cycle < 30; cycle++) {
      const from = world.log.events.length;
      world.faults.arm({ on: 'seal.open', nth: 1, how: 'failBefore' });
      const result = await world.cycle();
      assert.equal(result.error?.code, 'ERR_LAPS_DISK');
      assert.notEqual(result.error?.hint ?? '', '');
      assert.equal(count(world, 50019, from), 1);
      assert.equal(world.record().above, above);
    }
    assert.equal(world.tenant.posts.length, length);
    await world.expectRest();
  });
});
