/**
 * What a sign-in costs, in processor time rather than on a clock: a loaded machine changes the one and not the other.
 */
import assert from 'node:assert/strict';
import { chosenCost, costOf, drawnCost, verifierOf, verifies } from '../../agent/tenant/verifiers.ts';
import { asRecord, contosoSeed, listOf, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

/** Milliseconds of all threads. */
async function spent(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of some turns: what else this process does in one of them is no part of it. */
async function least(work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) all.push(await spent(work));
  return Math.min(...all);
}

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
    await signIn('nobody')();
    const one = await least(() => verifierOf('x', chosenCost));
    const chosen = await least(signIn(alice));
    const drawn = await least(signIn(bob));
    const unknown = await least(signIn('nobody'));
    const all = `chosen ${chosen}, drawn ${drawn}, unknown ${unknown}, one hash ${one}`;
    // Far apart where it does tell: the one hash is a sixteenth of the other.
    for (const each of [chosen, drawn, unknown]) assert.ok(each > one * 0.7 && each < chosen + one * 0.6, all);
  });
});
