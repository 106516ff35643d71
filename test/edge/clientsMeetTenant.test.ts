/** The clients against the project's own tenant, where both have been held against fixtures/wire apart from each other. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tenantProfile } from '../../agent/core/cloudProfiles.ts';
import { LapsError } from '../../agent/core/errors.ts';
import type { BackupClient, BackupReply } from '../../agent/core/ports.ts';
import { Secret } from '../../agent/core/secret.ts';
import { createBackupClient } from '../../agent/edge/entraClient.ts';
import { createGraphClient, type GraphClient, graphScope } from '../../agent/edge/graphClient.ts';
import { createHttp, type Http } from '../../agent/edge/http.ts';
import { profileOfIdentity, type StoredIdentity } from '../../agent/edge/identityRecord.ts';
import { joinTenant, leaveTenant } from '../../agent/edge/join.ts';
import { authorityOf, signIn } from '../../agent/edge/userToken.ts';
import { ids } from '../support/stubTenant.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const clock = { now: () => Date.now(), monotonicMs: () => performance.now() };
const sleep = async (): Promise<void> => {};

describe('the clients and the tenant', () => {
  let world: TestTenant;
  let http: Http;
  let identity: StoredIdentity;
  let client: BackupClient;

  const passwordOf = (user: string): Secret => {
    const { users } = JSON.parse(readFileSync(world.tenant.credentialsFile, 'utf8')) as {
      users: Array<{ userPrincipalName: string; password: string }>;
    };
    return new Secret(users.find((each) => each.userPrincipalName === user)?.password ?? '');
  };
  async function graphAs(user: string): Promise<GraphClient> {
    const profile = profileOfIdentity(identity);
    const token = await signIn({
      http,
      clock,
      sleep,
      authority: authorityOf(profile.loginOrigin, identity.tenantId),
      clientId: world.publicClientId,
      scope: graphScope(profile, 'user'),
      method: { kind: 'password', user, password: passwordOf(user) },
    });
    return createGraphClient({ http, clock, ids, profile, token });
  }
  async function backUp(password: string): Promise<BackupReply> {
    const onRequest = (): void => {};
    assert.equal((await client.connect({ fresh: false, leftMs: 60_000, onRequest })).kind, 'ready');
    return client.backUp({
      rotationId: randomUUID(),
      body: { AccountName: 'lapsadmin', AccountSid: 'S-1-5-21-1-2-3-1001', PasswordAgeDays: 30 },
      secret: new Secret(password),
      fresh: false,
      leftMs: 60_000,
      onRequest,
    });
  }
  const recovered = async (): Promise<string[]> => {
    const graph = await graphAs('clouddevice@contoso.test');
    const found = await graph.recover({ device: 'DESK', includePasswords: true, includeHistory: true });
    return found.map((each) => each.password?.reveal() ?? '');
  };

  before(async () => {
    world = await startTestTenant();
    const caPem = readFileSync(world.tenant.caFile, 'utf8');
    http = createHttp({ env: {}, trustedCas: [caPem], deadlineMs: 1000, maxBytes: 1_048_576 });
    identity = await joinTenant({
      http,
      clock,
      ids,
      sleep,
      profile: tenantProfile(world.tenant.url, null),
      signIn: { kind: 'password', user: 'alice@contoso.test', password: passwordOf('alice@contoso.test') },
      joinType: 'entra',
      displayName: 'DESK',
      os: '10.0.26100',
      machineId: randomUUID(),
      caPem,
    });
    client = createBackupClient({ http, clock, ids, profile: profileOfIdentity(identity), device: identity });
  });
  after(() => world.close());

  it('store a password of any characters, and an administrator reads it back', async () => {
    const password = '0x1F : # % " \\ ` é 😀';
    assert.equal((await backUp(password)).kind, 'stored');
    assert.deepEqual(await recovered(), [password]);
  });

  for (const [fault, kind] of [
    ['backup:drop-reply-before-store:1', 'unclear'],
    ['backup:drop-reply-after-store:1', 'unclear'],
    ['backup:drop-mid-body:1', 'unclear'],
    ['backup:html:1', 'unclear'],
    ['backup:malformed:1', 'unclear'],
    ['backup:wrong-echo:1', 'unclear'],
    ['backup:redirect=https://localhost:1/:1', 'unclear'],
    ['backup:status=500:1', 'unclear'],
    ['backup:throttle=7:1', 'refused'],
    ['backup:refuse=error_fail:1', 'refused'],
  ] as const)
    it(`judge ${fault} to be ${kind}`, async () => {
      await world.fault(fault);
      const reply = await backUp(`Planted-${fault}`);
      await world.clearFaults();
      assert.ok(!JSON.stringify(reply).includes('Planted'));
      assert.equal(reply.kind, kind, JSON.stringify(reply));
    });

  it('do not show a password to a user without a role', async () => {
    const graph = await graphAs('alice@contoso.test');
    await assert.rejects(
      graph.recover({ device: identity.deviceId, includePasswords: true, includeHistory: false }),
      (error) => error instanceof LapsError && error.code === 'ERR_LAPS_ACCESS_DENIED',
    );
  });

  it('end with the device gone, and a second leave is content', async () => {
    assert.deepEqual(await leaveTenant({ http, clock, ids, identity }), { kind: 'left' });
    assert.deepEqual(await leaveTenant({ http, clock, ids, identity }), { kind: 'gone' });
    const outcome = await client.connect({ fresh: true, leftMs: 60_000, onRequest: () => {} });
    assert.ok(outcome.kind === 'failed' && outcome.failure.token?.aadsts === 700003);
  });
});
