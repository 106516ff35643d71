/** Networks as they are: each ends in its event, the password stays, and the next cycle recovers by itself. */
import assert from 'node:assert/strict';
import sinon from 'sinon';
import { errorTable } from '../../agent/core/errors.ts';
import { cycleRequestsMs } from '../../agent/core/schedule.ts';
import { at } from '../support/contractForms.ts';
import { networkFaults } from '../support/networkFaults.ts';
import { createNetworkWorld, expire, type NetworkWorld, tryNetworkFault } from '../support/networkWorld.ts';

describe('a network as it is', () => {
  let world: NetworkWorld;
  before(async () => {
    world = await createNetworkWorld();
  });
  after(() => world.close());

  for (const fault of networkFaults)
    it(`${fault.name}: told, survived, and healed by the next cycle`, async function () {
      const missing = fault.unavailable?.();
      if (missing !== undefined) {
        console.log(`      skipped: ${missing}`);
        this.skip();
      }
      const outcome = await tryNetworkFault(world, fault);
      assert.equal(outcome.code, fault.code, JSON.stringify(outcome));
      if (fault.hresult !== undefined) assert.equal(outcome.hresult, fault.hresult);
      assert.equal(outcome.status, Object.entries(errorTable).find(([code]) => code === fault.code)?.[1].exit);
      assert.deepEqual(outcome.events.slice(-fault.events.length - 1), [...fault.events, 10005]);
      assert.ok(outcome.passwordStood, 'the tenant holds a password that opens the account');
      assert.equal(outcome.cyclesToRecover, 1);
      assert.ok(outcome.newestOpens, "the tenant's newest credential opens the account");
    });

  it('is left alone by a cycle that finds nothing due, so that a site with power again does not knock all at once', async () => {
    world.device.changeIdentity({ tenant: world.door.origin, pinnedOrigins: [world.door.origin] });
    await world.device.run(['process']);
    const asked = world.door.requests.length;
    for (let start = 0; start < 3; start += 1) {
      const { value } = await world.device.json(['run', '--once']);
      assert.equal(at(value, 'outcome'), 'unchanged');
    }
    assert.equal(world.door.requests.length, asked);
  });

  it('holds a cycle no longer than its bound, however slowly each answer comes', async () => {
    const { device } = world;
    const credentials = (await world.held()).length;
    expire(device.data);
    device.changeIdentity({ tenant: world.door.origin, pinnedOrigins: [world.door.origin] });
    // Each request is answered just before its own deadline; the backup never is.
    let arrived: (answer: () => void) => void = () => {};
    const stop = world.spoil(undefined, async (_, pass) => {
      await new Promise<void>((resolve) => arrived(resolve));
      return pass();
    });
    const toFake = ['setTimeout', 'clearTimeout', 'performance'] as const;
    const clock = sinon.useFakeTimers({ toFake: [...toFake], shouldClearNativeTimers: true });
    const begun = performance.now();
    try {
      let next = new Promise<() => void>((resolve) => {
        arrived = resolve;
      });
      const cycle = device.json(['process']);
      let requests = 0;
      for (;;) {
        const answer = await Promise.race([next, cycle.then(() => undefined)]);
        if (answer === undefined) break;
        requests += 1;
        next = new Promise<() => void>((resolve) => {
          arrived = resolve;
        });
        clock.tick(29_900);
        answer();
      }
      const { value } = await cycle;
      assert.ok(requests >= 3, `${requests} requests`);
      assert.equal(at(value, 'outcome'), 'failed');
      const tookMs = performance.now() - begun;
      assert.ok(tookMs <= 4 * 29_900, `${tookMs} ms`);
      assert.ok(tookMs >= cycleRequestsMs - 30_000, `${tookMs} ms`);
    } finally {
      clock.restore();
      stop();
    }
    assert.ok((await world.held()).length >= credentials);
    const { value: healed } = await device.json(['process']);
    assert.equal(at(healed, 'outcome'), 'rotated');
  });
});
