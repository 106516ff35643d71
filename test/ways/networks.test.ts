/** Networks as they are: each ends in its event, the password stays, and the next cycle recovers by itself. */
import assert from 'node:assert/strict';
import { errorTable } from '../../agent/core/errors.ts';
import { networkFaults } from '../support/networkFaults.ts';
import { createNetworkWorld, type NetworkWorld, tryNetworkFault } from '../support/networkWorld.ts';

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
});
