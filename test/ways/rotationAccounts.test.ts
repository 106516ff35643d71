/**
 * A rotation under a policy that goes from one account to another: which of them is managed, and what the tenant still
 * has of the first while the second is in doubt (spec 4.5, 11.4).
 */
import assert from 'node:assert/strict';
import { expectEvents, lastFields } from '../support/expectEvents.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { csp, settledWorld, type World, watchWorlds } from '../support/world.ts';

describe('a rotation from one account to another', () => {
  watchWorlds();

  it('comes when policy names another account (0x14), which then is the managed one (50017)', async () => {
    const world = await settledWorld();
    const other = world.machine.create('other');
    world.setPolicy({ ...csp, AdministratorAccountName: 'other' });
    const before = world.account('lapsadmin').password;
    const result = await world.cycle();
    expectEvents(result.events, [10003, 10022, 10010, 10052, 10015, 10030, 10029, 10020, 50017, 10004]);
    assert.equal(lastFields(world, 10015)['Mask'], 0x14);
    assert.equal(lastFields(world, 50017)['AccountName'], 'lapsadmin');
    assert.equal(world.account('lapsadmin').password, before);
    assert.equal(world.machine.guarded, other.sid);
    assert.deepEqual(
      world.credentials().map((each) => each.name),
      ['other', 'lapsadmin'],
      'the former one is left to the depth of the history',
    );
    await world.expectRest();
  });

  it('keeps the first account managed until the second is verified', async () => {
    const world = await settledWorld();
    const first = world.account('lapsadmin').sid;
    world.machine.create('other');
    world.setPolicy({ ...csp, AdministratorAccountName: 'other' });
    world.failAccount({ kind: 'refuses', hresult: 0x8007052d }, 3);
    for (let cycle = 0; cycle < 3; cycle++) {
      await world.cycle();
      assert.equal(world.machine.guarded, first);
      assert.equal(world.state().accountSid, first);
    }
    await world.expectRest();
    assert.equal(world.state().accountName, 'other');
  });

  /** A second account that policy names now, with the first one managed still. */
  async function changingWorld(): Promise<World> {
    const world = await settledWorld();
    world.machine.create('other');
    world.setPolicy({ ...csp, AdministratorAccountName: 'other' });
    return world;
  }
  const lost: Fate = { kind: 'unclear', stored: true };
  /** The world itself watches that the first account's password stays in the history (P1, P3). */
  const holdsFirst = (world: World) => {
    const { password } = world.account('lapsadmin');
    assert.ok(world.credentials().some((each) => each.name === 'lapsadmin' && each.password === password));
    assert.equal(world.state().accountName, 'lapsadmin');
  };

  it('keeps the first account in the history of the tenant while the second is in doubt, on hold at the latest', async () => {
    const world = await changingWorld();
    world.tenant.always(lost);
    await world.cycle();
    await world.cycle();
    assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
    assert.equal(world.record().above, 2);
    holdsFirst(world);
    await world.expectRest();
    assert.equal(world.state().accountName, 'other');
  });

  it('goes on counting for the first account when something else changes the second', async () => {
    for (const keyLost of [false, true]) {
      const world = await changingWorld();
      world.failAccount({ kind: 'refuses', hresult: 0x8007052d }, 100);
      for (let cycle = 0; cycle < 3; cycle++) {
        await world.cycle();
        world.changeByAnother('other');
        if (keyLost) world.keys.keys.clear();
      }
      assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
      holdsFirst(world);
      world.failAccount({ kind: 'refuses', hresult: 0 }, 0);
      await world.expectRest();
    }
  });

  it('keeps the state of the first account when the second is gone before its turn', async () => {
    const world = await changingWorld();
    world.tenant.next(lost);
    await world.cycle();
    world.machine.remove(world.account('other').sid);
    assert.ok((await world.cycle()).events.includes(50004));
    holdsFirst(world);
    assert.equal(world.machine.guarded, world.account('lapsadmin').sid);
    world.setPolicy(csp);
    await world.expectRest();
  });

  it('follows policy from one account to another and back', async () => {
    const world = await settledWorld();
    world.machine.create('other');
    for (const name of ['other', 'lapsadmin', 'other']) {
      world.setPolicy({ ...csp, AdministratorAccountName: name });
      assert.equal((await world.cycle()).outcome, 'rotated');
      assert.equal(world.state().accountName, name);
      world.checkRest();
    }
  });
});
