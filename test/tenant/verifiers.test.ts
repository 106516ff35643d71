/**
 * What a sign-in costs: which hashes it makes, counted rather than timed, for a loaded machine changes every time.
 */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import sinon from 'sinon';
import { chosenCost, costOf, drawnCost, verifierOf, verifies } from '../../agent/tenant/verifiers.ts';
import { asRecord, listOf } from '../support/foreignJson.ts';
import { contosoSeed, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('verifiers', () => {
  it('are met by the secret they were made of, in any form of Unicode, and by no other', async () => {
    for (const cost of [drawnCost, chosenCost]) {
      const verifier = await verifierOf('é1', cost);
      assert.equal(costOf(verifier), cost);
      for (const same of ['\u00e91', 'e\u03011']) assert.equal(await verifies(verifier, same), true);
      assert.equal(await verifies(verifier, 'é'), false);
    }
  });

  it('that are absent are met by nothing', async () => {
    for (const verifier of [undefined, null]) assert.equal(await verifies(verifier, ''), false);
    assert.equal(await verifies(undefined, 'x', [drawnCost]), false);
  });
});

describe('a sign-in', () => {
  const [alice, bob] = ['alice', 'helpdesk'];
  let world: TestTenant;

  before(async () => {
    const seed = contosoSeed();
    const users = listOf(seed['users']).map((user) =>
      String(user['userPrincipalName']).startsWith(`${alice}@`) ? { ...user, password: 'Chosen-by-a-person-1' } : user,
    );
    world = await startTestTenant({ seed: { ...asRecord(seed), users } });
  });
  after(() => world.close());

  const signIn = (name: string) => async (): Promise<void> => {
    const reply = await world.token('v2', {
      grant_type: 'password',
      client_id: world.publicClientId,
      scope: 'openid',
      username: `${name}@${world.tenant.domain}`,
      password: 'not it',
    });
    assert.equal(reply.status, 400);
  };

  it('does not tell by what it costs whether there is such a user, nor who chose the password', async () => {
    const spy = sinon.spy(crypto, 'scrypt');
    syncBuiltinESMExports();
    try {
      for (const name of [alice, bob, 'nobody']) {
        spy.resetHistory();
        await signIn(name)();
        const costs = spy.getCalls().map(({ args }) => asRecord(args[3])['N']);
        assert.deepEqual(costs.toSorted(), [drawnCost, chosenCost].toSorted(), name);
      }
    } finally {
      spy.restore();
      syncBuiltinESMExports();
    }
  });
});
