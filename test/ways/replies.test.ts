/**
 * What the tenant may answer, or fail to (rotation.md 3, reply classes; 7): nothing is lost by any of it.
 *
 * Each story is told for a tenant that knows a repeated request id and for one that stores it again.
 */
import assert from 'node:assert/strict';
import { sentenceOf } from '../../agent/core/events.ts';
import type { WireFailure } from '../../agent/core/ports.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';
import { expectEvents } from '../support/expectEvents.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { csp, settledWorld, type World, watchWorlds } from '../support/world.ts';

const lostAfterStoring: Fate = { kind: 'unclear', stored: true };
const lostBeforeStoring: Fate = { kind: 'unclear', stored: false };
const refusal = (status: number): Fate => ({ kind: 'refused', status });

/** The password that opened the account before still does. */
function keeps(world: World, password: string | null): void {
  assert.ok(world.account().password === password, 'the previous password still opens the account');
}

for (const recogniseRepeats of [false, true])
  describe(`a tenant that ${recogniseRepeats ? 'recognises' : 'does not recognise'} repeats`, () => {
    watchWorlds();
    const settled = () => settledWorld({ recogniseRepeats });

    for (const [name, fate] of Object.entries({
      'is lost after the tenant stored': lostAfterStoring,
      'is lost before the tenant stored': lostBeforeStoring,
      'is a 500 after storing': { kind: 'unclear', stored: true, says: 'HTTP 500' } as const,
      'is a 408': { kind: 'unclear', stored: false, says: 'HTTP 408' } as const,
      'is a page of HTML': { kind: 'unclear', stored: false, says: 'a body that makes no sense' } as const,
      'echoes another request': { kind: 'unclear', stored: true, says: 'answered another request' } as const,
    }))
      it(`sees the same password again when its answer ${name} (50008)`, async () => {
        const world = await settled();
        const { password } = world.account();
        world.tenant.next(fate);
        const first = await world.cycle('administrator');
        expectEvents(first.events, [10003, 10022, 10010, 10014, 10030, 50008, 10028, 10005]);
        assert.equal(first.error?.code, 'ERR_LAPS_TENANT_UNCLEAR');
        keeps(world, password);
        assert.equal(world.record().above, 1);
        const second = await world.cycle();
        expectEvents(second.events.slice(0, 5), [10003, 50003, 10030, 10029, 10020]);
        assert.equal(second.outcome, 'rotated');
        assert.equal(second.rotationId, first.rotationId);
        assert.equal(new Set(world.tenant.posts.slice(1).map((post) => post.rotationId)).size, 1);
        await world.expectRest();
      });

    for (const status of [400, 403, 404, 409, 429, 503])
      it(`discards nothing when a lost answer is followed by ${status} (rule 1)`, async () => {
        const world = await settled();
        const { password } = world.account();
        world.tenant.next(lostAfterStoring, refusal(status));
        const first = await world.cycle('administrator');
        const second = await world.cycle();
        assert.equal(second.outcome, 'failed');
        expectEvents(second.events, [10003, 50003, 10030, 10059, 10028, 10005]);
        assert.equal(world.record().state, 'prepared');
        assert.equal(world.record().above, 1);
        keeps(world, password);
        assert.equal((await world.cycle()).rotationId, first.rotationId);
        await world.expectRest();
      });

    for (const status of [400, 401, 403, 404, 409, 429, 503])
      it(`ends a rotation with ${status} when nothing is in doubt, and a fresh one follows`, async () => {
        const world = await settled();
        const { password } = world.account();
        world.tenant.next(refusal(status));
        const result = await world.cycle('administrator');
        expectEvents(result.events, [10003, 10022, 10010, 10014, 10030, 10059, 10028, 10005]);
        assert.equal(world.record().state, 'idle');
        assert.equal(world.record().above, 0);
        keeps(world, password);
        assert.equal((await world.cycle('administrator')).outcome, 'rotated');
        await world.expectRest();
      });

    it('names its switch as the cause when LAPS is off (10059, 10028, 10005 with 0x80070190)', async () => {
      const world = await settled();
      world.tenant.next({ kind: 'refused', status: 400, text: 'not enabled for this tenant' });
      const result = await world.cycle('administrator');
      expectEvents(result.events, [10003, 10022, 10010, 10014, 10030, 10059, 10028, 10005]);
      const [, failed, ended] = world.log.events.slice(-3);
      assert.equal(failed?.fields['HResult'], 0x80070190);
      assert.equal(ended?.fields['HResult'], 0x80070190);
      assert.equal(result.error?.code, 'ERR_LAPS_TENANT_REFUSED');
      await world.expectRest();
    });

    it('may refuse for fifty cycles; then all is well, with one new credential', async () => {
      const world = await settled();
      world.now = world.state().AzurePasswordExpiryTime;
      world.tenant.always(refusal(403));
      for (let cycle = 0; cycle < 50; cycle++) {
        assert.equal((await world.cycle()).outcome, 'failed');
        assert.equal(world.record().above, 0);
      }
      assert.equal(world.record().attempts, 50);
      assert.equal((await world.status()).healthy, false);
      await world.expectRest();
      assert.equal(world.credentials().length, 2);
    });

    it('may refuse the same secret five times while an earlier send is in doubt', async () => {
      const world = await settled();
      const { password } = world.account();
      world.tenant.next(lostAfterStoring, ...new Array<Fate>(5).fill(refusal(400)));
      const first = await world.cycle('administrator');
      for (let cycle = 0; cycle < 5; cycle++) {
        await world.cycle();
        assert.equal(world.record().above, 1);
        assert.equal(world.record().pending?.rotationId, first.rotationId);
      }
      keeps(world, password);
      await world.expectRest();
    });

    it('cannot be reached for fifty cycles: the budget stays untouched', async () => {
      const world = await settled();
      world.tenant.always({ kind: 'notSent' });
      world.now = world.state().AzurePasswordExpiryTime;
      for (let cycle = 0; cycle < 50; cycle++) {
        const result = await world.cycle();
        assert.equal(result.error?.code, 'ERR_LAPS_NO_TENANT');
        assert.equal(world.record().above, 0);
      }
      await world.expectRest();
      assert.equal(world.credentials().length, 2);
    });

    it('cannot be reached for fifty cycles after a lost answer: one post stays in doubt, no more', async () => {
      const world = await settled();
      world.tenant.next(lostAfterStoring);
      await world.cycle('administrator');
      world.tenant.always({ kind: 'notSent' });
      for (let cycle = 0; cycle < 50; cycle++) {
        await world.cycle();
        assert.equal(world.record().above, 1);
      }
      await world.expectRest();
    });

    for (let losses = 1; losses <= 4; losses++)
      it(`loses ${losses} answers in a row: the password in use stays in its history, or a hold is named`, async () => {
        const world = await settled();
        const { password } = world.account();
        world.tenant.next(...new Array<Fate>(losses).fill(lostAfterStoring));
        await world.cycle('administrator');
        for (let cycle = 1; cycle < losses; cycle++) await world.cycle();
        keeps(world, password);
        assert.ok(world.credentials().some((each) => each.password === password));
        assert.ok(world.tenant.posts.length <= 3);
        await world.expectRest();
      });

    for (let deaths = 1; deaths <= 4; deaths++)
      it(`answers ${deaths} processes that die before they read it`, async () => {
        const world = await settled();
        const { password } = world.account();
        for (let death = 0; death < deaths; death++) {
          world.faults.arm({ on: 'client.backUp', nth: 1, how: 'dieAfter' });
          await world.cycleOrDeath(death === 0 ? 'administrator' : 'start');
        }
        keeps(world, password);
        assert.ok(world.credentials().some((each) => each.password === password));
        await world.expectRest();
      });

    it('sees the frozen body again, whatever policy says meanwhile', async () => {
      const world = await settled();
      world.tenant.next(lostBeforeStoring);
      await world.cycle('administrator');
      world.setPolicy({ ...csp, PasswordAgeDays: 9 });
      await world.cycle();
      assert.equal(world.credentials()[0]?.ageDays, 30);
      assert.equal(world.state().passwordAgeDays, 30);
      await world.expectRest();
    });
  });

describe('a tenant that asks for patience', () => {
  watchWorlds();

  it('is not asked again before that, by any cycle or reset (50007)', async () => {
    const world = await settledWorld();
    const until = world.now + 3 * msPerHour;
    world.tenant.next({ kind: 'refused', status: 429, retryAt: until });
    assert.equal((await world.cycle('administrator')).error?.code, 'ERR_LAPS_TENANT_THROTTLED');
    const posts = world.tenant.posts.length;
    const reset = await world.cycle('administrator');
    expectEvents(reset.events, [10003, 10022, 10010, 10014, 50007, 10005]);
    assert.equal(reset.outcome, 'blocked');
    assert.equal(reset.error?.code, 'ERR_LAPS_THROTTLED_UNTIL');
    assert.equal((await world.status()).rotation.throttledUntil, new Date(until).toISOString());
    assert.equal(world.tenant.posts.length, posts);
    world.now = until;
    assert.equal((await world.cycle('administrator')).outcome, 'rotated');
    await world.expectRest();
  });

  it('is not asked again while an answer is in doubt either', async () => {
    const world = await settledWorld();
    const until = world.now + 4 * msPerHour;
    world.tenant.next(lostAfterStoring, { kind: 'refused', status: 503, retryAt: until });
    await world.cycle('administrator');
    await world.cycle();
    expectEvents((await world.cycle()).events, [10003, 50003, 50007, 10005]);
    world.now = until;
    await world.expectRest();
  });

  it('is left alone where it is unclear who asked for it, and the answer and status say until when', async () => {
    const world = await settledWorld();
    const until = world.now + 4 * msPerHour;
    world.tenant.next({ kind: 'unclear', stored: false, says: 'tenant.test answered with HTTP 429', retryAt: until });
    const { error } = await world.cycle('administrator');
    const at = new Date(until).toISOString();
    assert.equal(error?.message, `tenant.test answered with HTTP 429; throttled until ${at}`);
    assert.match(error.hint ?? '', /after that moment sends the same password again/);
    for (const trigger of ['hourly', 'administrator'] as const)
      assert.equal((await world.cycle(trigger)).error?.code, 'ERR_LAPS_THROTTLED_UNTIL');
    assert.equal((await world.status()).rotation.throttledUntil, at);
    assert.deepEqual([world.record().above, world.tenant.posts.length], [1, 2]);
    world.now = until;
    assert.equal((await world.cycle()).outcome, 'rotated');
    await world.expectRest();
  });

  it('is left alone for the day it asked for, also when the clock is set back by a second meanwhile', async () => {
    const world = await settledWorld();
    world.tenant.next({ kind: 'refused', status: 429, retryAt: world.now + msPerDay });
    await world.cycle('administrator');
    world.now -= msPerHour + 1_000;
    assert.equal((await world.cycle('administrator')).error?.code, 'ERR_LAPS_THROTTLED_UNTIL');
    assert.notEqual((await world.status()).rotation.throttledUntil, null);
  });

  it('is asked again after a day whatever it said, and a day after the clock was set back', async () => {
    const world = await settledWorld();
    world.now = world.state().AzurePasswordExpiryTime;
    world.tenant.next({ kind: 'refused', status: 429, retryAt: world.now + 3650 * msPerDay });
    await world.cycle();
    assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_THROTTLED_UNTIL');
    world.now += msPerDay;
    assert.equal((await world.cycle()).outcome, 'rotated');

    world.tenant.next({ kind: 'refused', status: 429, retryAt: world.now + msPerDay });
    await world.cycle('administrator');
    world.now -= 365 * msPerDay;
    assert.equal((await world.cycle('administrator')).error?.code, 'ERR_LAPS_THROTTLED_UNTIL');
    world.now += msPerDay;
    assert.equal((await world.cycle('administrator')).outcome, 'rotated');
  });

  it('is obeyed when it said so at the token endpoint', async () => {
    const world = await settledWorld();
    const failure: WireFailure = {
      code: 'ERR_LAPS_DEVICE_AUTH',
      message: 'busy',
      hresult: 0x8007052e,
      phase: 'token',
      retryAt: world.now + 2 * msPerHour,
      token: { httpStatus: 503, aadsts: 90033, text: 'busy', problem: 'no token' },
    };
    world.tenant.connectFails(failure);
    expectEvents((await world.cycle('administrator')).events, [10003, 10022, 10010, 10014, 10026, 10032, 10005]);
    const told = world.log.events.findLast(({ id }) => id === 10032);
    assert.match(sentenceOf(told ?? assert.fail()), /: no token: busy$/, 'what the tenant said, once');
    assert.equal((await world.cycle('administrator')).error?.code, 'ERR_LAPS_THROTTLED_UNTIL');
    assert.equal((await world.cycle('administrator')).outcome, 'rotated');
  });
});

describe('a tenant that cannot be found', () => {
  watchWorlds();

  it('is told by the call that failed: discovery (10025), token (10026)', async () => {
    const world = await settledWorld();
    world.restart();
    const discovery: WireFailure = {
      code: 'ERR_LAPS_NAME_NOT_RESOLVED',
      message: 'the name does not resolve',
      hresult: 0x80072ee7,
      phase: 'discovery',
    };
    world.tenant.connectFails(discovery);
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 10022, 10010, 10014, 10030, 10025, 10005]);
    assert.equal(world.log.events.at(-1)?.fields['HResult'], 0x80072ee7);
    assert.equal(world.passwords.drawn.length, 1, 'nothing is drawn without a token in hand');
    await world.expectRest();
  });

  it('leaves an open rotation as it is', async () => {
    const world = await settledWorld();
    world.tenant.next(lostAfterStoring);
    await world.cycle('administrator');
    const failure: WireFailure = { code: 'ERR_LAPS_DEVICE_AUTH', message: 'no', hresult: 0x8007052e, phase: 'token' };
    world.tenant.connectFails(failure, failure, failure);
    for (let cycle = 0; cycle < 3; cycle++) {
      expectEvents((await world.cycle()).events, [10003, 50003, 10026, 10005]);
      assert.equal(world.record().above, 1);
      assert.equal(world.record().state, 'prepared');
    }
    await world.expectRest();
  });
});
