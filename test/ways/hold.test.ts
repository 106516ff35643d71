/**
 * Hold: when no further post may be risked (rotation.md 3). Entered, shown, and left by each of its exits.
 */
import assert from 'node:assert/strict';
import { eventTable } from '../../agent/core/events.ts';
import { isoOf, msPerDay } from '../../agent/core/time.ts';
import { expectEvents, lastFields } from '../support/expectEvents.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { csp, settledWorld, type World, watchWorlds } from '../support/world.ts';

const lost: Fate = { kind: 'unclear', stored: true };

/** A device with two posts in doubt, the tenant still silent. */
async function heldWorld(): Promise<World> {
  const world = await settledWorld();
  world.tenant.always(lost);
  await world.cycle('administrator');
  await world.cycle();
  assert.equal(world.record().above, 2);
  const result = await world.cycle();
  assert.equal(result.error?.code, 'ERR_LAPS_HOLD');
  return world;
}

describe('a hold', () => {
  watchWorlds();

  it('begins with the third send that would be in doubt, and is named once by each cycle (50005)', async () => {
    const world = await settledWorld();
    world.tenant.always(lost);
    await world.cycle('administrator');
    await world.cycle();
    for (let cycle = 0; cycle < 3; cycle++) {
      const result = await world.cycle();
      expectEvents(result.events, [10003, 50003, 50005, 10005]);
      assert.equal(result.outcome, 'blocked');
      assert.equal(result.error?.code, 'ERR_LAPS_HOLD');
      assert.match(result.error?.hint ?? '', /--accept-risk/);
    }
    assert.equal(world.tenant.posts.length, 3);
  });

  it('is announced by the answer that leads to it, and by no promise to send again', async () => {
    const world = await settledWorld();
    world.tenant.always(lost);
    const first = await world.cycle('administrator');
    assert.match(first.error?.hint ?? '', /^the next cycle sends the same password again/);
    const second = await world.cycle();
    assert.match(second.error?.hint ?? '', /^the next cycle sends nothing: a hold of a day begins/);
  });

  it('keeps the password in use in the history of the tenant, and says so', async () => {
    const world = await heldWorld();
    const { password } = world.account();
    assert.ok(world.credentials().some((each) => each.password === password));
    const report = await world.status();
    assert.equal(report.rotation.hold, true);
    assert.equal(report.rotation.inDoubt, 2);
    assert.equal(report.healthy, false);
    assert.notEqual(report.rotation.holdUntil, null);
  });

  it('says plainly what is held, until when and how to end it: event, answer and status alike', async () => {
    const world = await heldWorld();
    const { error } = await world.cycle();
    const { rotation, troubles } = await world.status();
    const held = `on hold until ${rotation.holdUntil}: 2 backups were sent, and none of their passwords is in use yet, so no further one is sent and the password of lapsadmin stays as it is before then`;
    assert.equal(error?.message, held);
    assert.match(
      error?.hint ?? '',
      /is in the tenant's history.*the hold ends by itself then, or at once with: laps reset --accept-risk/,
    );
    assert.equal(troubles[0], `${held}; ${error?.hint}`);
    const { AccountName, Until } = lastFields(world, 50005);
    assert.deepEqual([AccountName, isoOf(Number(Until))], ['lapsadmin', rotation.holdUntil]);
    assert.match(eventTable[50005].sentence, /\{AccountName\}.*\{Until\}.*laps reset --accept-risk/);
  });

  it('does not say that the password in use can be recovered once something else has changed it', async () => {
    const world = await heldWorld();
    world.changeByAnother();
    const { error } = await world.cycle();
    const says =
      /something other than LAPS changed the password of lapsadmin meanwhile: none in the tenant.*nothing is at risk.*--accept-risk/;
    assert.match(error?.hint ?? '', says);
    const { troubles } = await world.status();
    assert.match(troubles.join(), says);
    assert.doesNotMatch(troubles.join(), /tenant's history/);
    world.tenant.always('stored');
    assert.equal((await world.cycle('administrator', { acceptRisk: true })).outcome, 'rotated');
    await world.expectRest();
  });

  it('names the account that waits because policy names another one now', async () => {
    const world = await heldWorld();
    world.machine.create('other');
    world.setPolicy({ ...csp, AdministratorAccountName: 'other' });
    const { troubles } = await world.status();
    assert.match(
      troubles[0] ?? '',
      /password of lapsadmin stays.*; other, which the policy names now, is managed once that is settled$/,
    );
  });

  it('is over once its day is, for the next cycle, and says so', async () => {
    const world = await heldWorld();
    world.now += msPerDay;
    const { troubles } = await world.status();
    assert.match(
      troubles[0] ?? '',
      /^the hold is over since \S+ \(2 backups.*the next cycle sends one more for lapsadmin;.*at once run: laps process/,
    );
  });

  it('is not left by a reset, nor by a redraw, nor by a restart', async () => {
    const world = await heldWorld();
    world.restart();
    for (const wish of [{}, { redraw: true }]) {
      const result = await world.cycle('administrator', wish);
      expectEvents(result.events, [10003, 50003, 50005, 10005]);
    }
    assert.equal(world.tenant.posts.length, 3);
  });

  it('ends after a day with one post over a fresh connection (50006)', async () => {
    const world = await heldWorld();
    world.now += msPerDay - 2 * 3_600_000;
    assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
    world.now += 3_600_000;
    world.tenant.always('stored');
    const result = await world.cycle();
    expectEvents(result.events.slice(0, 7), [10003, 50003, 50006, 10030, 10029, 10020, 10022]);
    assert.equal(world.tenant.posts.at(-1)?.fresh, true);
    await world.expectRest();
  });

  it('begins anew for another day when that post stays unanswered, and the hint grows careful', async () => {
    const world = await heldWorld();
    world.now += msPerDay;
    const unclear = await world.cycle();
    assert.equal(unclear.error?.code, 'ERR_LAPS_TENANT_UNCLEAR');
    assert.match(unclear.error?.hint ?? '', /another hold of a day has begun.*may have left the tenant's history/);
    const posts = world.tenant.posts.length;
    const again = await world.cycle();
    assert.equal(again.error?.code, 'ERR_LAPS_HOLD');
    assert.match(again.error?.hint ?? '', /may have left/);
    assert.match((await world.status()).troubles.join(' '), /may have left/);
    assert.equal(world.tenant.posts.length, posts);
    await world.expectRest();
  });

  it('ends at once when a person accepts the risk, for a single post', async () => {
    const world = await heldWorld();
    const before = world.tenant.posts.length;
    const unclear = await world.cycle('administrator', { acceptRisk: true });
    assert.equal(unclear.error?.code, 'ERR_LAPS_TENANT_UNCLEAR');
    assert.equal(world.tenant.posts.length, before + 1);
    assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
    world.tenant.always('stored');
    const result = await world.cycle('administrator', { acceptRisk: true });
    assert.equal(result.outcome, 'rotated');
    await world.expectRest();
  });

  it('goes on when that post is refused, and begins anew', async () => {
    const world = await heldWorld();
    world.tenant.next({ kind: 'refused', status: 403 });
    assert.equal((await world.cycle('administrator', { acceptRisk: true })).outcome, 'failed');
    assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
    await world.expectRest();
  });

  for (const years of [-1, -56])
    it(`lasts a day at most when the clock is set back by ${-years} years`, async () => {
      const world = await heldWorld();
      world.now += years * 365 * msPerDay;
      assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
      world.now += msPerDay;
      world.tenant.always('stored');
      assert.equal((await world.cycle()).error, null);
      await world.expectRest();
    });

  it('takes another secret when a person asks for one and accepts the risk', async () => {
    const world = await heldWorld();
    world.tenant.always('stored');
    const open = world.record().pending?.rotationId;
    const result = await world.cycle('administrator', { redraw: true, acceptRisk: true });
    assert.equal(result.outcome, 'rotated');
    assert.notEqual(result.rotationId, open);
    assert.ok(result.events.includes(50004));
    await world.expectRest();
  });
});

/** What takes the account of an open rotation out of sight, and gives it back as it was. */
const absences: Readonly<Record<string, (world: World) => () => void>> = {
  'is missing': (world) => {
    const account = world.account();
    world.machine.remove(account.sid);
    return () => world.machine.bringBack(account);
  },
  'is taken over by another data folder': (world) => {
    const { sid } = world.account();
    world.machine.keptFor.set(sid, '/srv/other');
    return () => void world.machine.keptFor.delete(sid);
  },
};

for (const [name, takeAway] of Object.entries(absences))
  describe(`an account that ${name} for one look and comes back as it was`, () => {
    watchWorlds();

    it('wipes no count: the posts in doubt still stand above the password that opens it', async () => {
      const world = await settledWorld();
      world.tenant.always(lost);
      await world.cycle('administrator');
      const giveBack = takeAway(world);
      const looked = await world.cycle();
      assert.ok(looked.events.includes(50004));
      assert.deepEqual([world.record().state, world.record().above], ['idle', 1]);
      giveBack();
      assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_TENANT_UNCLEAR');
      for (let cycle = 0; cycle < 2; cycle++) assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
      assert.equal(world.tenant.posts.length, 3);
      const { password } = world.account();
      assert.ok(world.credentials().some((each) => each.password === password));
      await world.expectRest();
    });

    const fullyInDoubt = async (): Promise<World> => {
      const world = await settledWorld();
      world.tenant.always(lost);
      await world.cycle('administrator');
      await world.cycle();
      const giveBack = takeAway(world);
      assert.equal((await world.cycle()).outcome === 'rotated', false);
      giveBack();
      return world;
    };

    it('leads to a hold where the budget is spent, before anything is drawn, shown like any other', async () => {
      const world = await fullyInDoubt();
      for (const trigger of ['hourly', 'administrator'] as const) {
        const connects = world.faults.calls.filter((call) => call === 'client.connect').length;
        const result = await world.cycle(trigger);
        assert.equal(result.error?.code, 'ERR_LAPS_HOLD');
        assert.match(result.error?.hint ?? '', /--accept-risk/);
        assert.equal(result.events.filter((id) => id === 50005).length, 1);
        assert.equal(world.faults.calls.filter((call) => call === 'client.connect').length, connects);
      }
      assert.deepEqual([world.record().state, world.record().above], ['idle', 2]);
      const report = await world.status();
      assert.deepEqual([report.rotation.hold, report.rotation.inDoubt, report.healthy], [true, 2, false]);
      assert.equal(world.tenant.posts.length, 3);
      await world.expectRest();
    });

    it('is left by a word or a day for one post over a fresh connection; a tenant that is away does not use it up', async () => {
      for (const acceptRisk of [true, false]) {
        const world = await fullyInDoubt();
        assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_HOLD');
        if (!acceptRisk) world.now += msPerDay;
        world.tenant.connectFails({
          code: 'ERR_LAPS_NO_TENANT',
          message: 'no',
          hresult: 0x80072efd,
          phase: 'discovery',
        });
        const away = await world.cycle('administrator', { acceptRisk });
        assert.equal(away.error?.code, 'ERR_LAPS_NO_TENANT');
        assert.ok(!away.events.includes(50006));
        world.tenant.always('stored');
        const result = await world.cycle('administrator', { acceptRisk });
        assert.equal(result.outcome, 'rotated');
        assert.ok(result.events.includes(50006));
        assert.equal(world.tenant.posts.at(-1)?.fresh, true);
        await world.expectRest();
      }
    });
  });

describe('an account that keeps refusing (10019)', () => {
  watchWorlds();

  const refusing = async (): Promise<World> => {
    const world = await settledWorld();
    world.failAccount({ kind: 'refuses', hresult: 0x8007052d }, 1_000);
    return world;
  };

  it('keeps its password; the same secret is tried again each cycle, without another post (rule 2)', async () => {
    const world = await refusing();
    const { password } = world.account();
    const first = await world.cycle('administrator');
    expectEvents(first.events, [10003, 10022, 10010, 10014, 10030, 10029, 10019, 10005]);
    assert.equal(first.error?.code, 'ERR_LAPS_ACCOUNT_REFUSED');
    for (let cycle = 0; cycle < 20; cycle++) {
      const next = await world.cycle();
      expectEvents(next.events, [10003, 50003, 10019, 10005]);
      assert.equal(next.rotationId, first.rotationId);
    }
    assert.ok(world.account().password === password);
    assert.equal(world.tenant.posts.length, 2);
    assert.equal((await world.status()).healthy, false);
    world.failAccount({ kind: 'refuses', hresult: 0 }, 0);
    await world.expectRest();
  });

  it('gets another secret when a person asks (--redraw), within the budget, then a hold', async () => {
    const world = await refusing();
    const { password } = world.account();
    const first = await world.cycle('administrator');
    const second = await world.cycle('administrator', { redraw: true });
    assert.notEqual(second.rotationId, first.rotationId);
    assert.equal(second.error?.code, 'ERR_LAPS_ACCOUNT_REFUSED');
    const third = await world.cycle('administrator', { redraw: true });
    expectEvents(third.events, [10003, 50003, 50005, 10005]);
    const why = second.error?.message ?? '';
    assert.match(why, /^the account lapsadmin did not take its new password: /);
    assert.doesNotMatch(second.error?.hint ?? '', /--redraw/, 'it would end on hold');
    assert.ok(third.error?.message.endsWith(why) === true, 'a hold says what the account said');
    assert.match(third.error?.hint ?? '', /tried again at each cycle.*laps reset --redraw --accept-risk/);
    const { troubles } = await world.status();
    assert.equal(troubles.filter((told) => told.includes(why)).length, 1);
    assert.ok(world.credentials().some((each) => each.password === password));
    world.failAccount({ kind: 'refuses', hresult: 0 }, 0);
    assert.equal((await world.cycle()).outcome, 'rotated');
    await world.expectRest();
  });
});
