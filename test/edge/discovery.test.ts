import assert from 'node:assert/strict';
import { tenantProfile } from '../../agent/core/cloudProfiles.ts';
import { type DiscoveryOutcome, discover } from '../../agent/edge/discovery.ts';
import { type Stub, startStub } from '../support/stubServer.ts';
import { ids, type StubTenant, standingClock, startStubTenant, tenantId } from '../support/stubTenant.ts';
import { assertRequest, replyOf, wireFixture } from '../support/wireFixture.ts';

describe('discover', () => {
  let tenant: StubTenant;
  let elsewhere: Stub;
  before(async () => {
    elsewhere = await startStub(() => ({ status: 200 }));
  });
  after(() => elsewhere.close());
  beforeEach(async () => {
    tenant = await startStubTenant();
  });
  afterEach(() => tenant.close());

  const clock = standingClock();
  const ask = (more: Partial<Parameters<typeof discover>[0]> = {}): Promise<DiscoveryOutcome> =>
    discover({
      http: tenant.http,
      clock,
      ids,
      profile: tenant.profile,
      tenant: tenantId,
      expectedTenantId: tenantId,
      ...more,
    });
  const codeOf = (outcome: DiscoveryOutcome): string =>
    outcome.kind === 'failed' ? outcome.failure.code : outcome.kind;
  /** The fixture's document with one member replaced. */
  function answerWith(section: string, members: Readonly<Record<string, unknown>>): void {
    const exchange = wireFixture('discovery/byTenantId', tenant.names);
    tenant.on('discovery', () => replyOf(exchange, { [section]: members }));
  }

  it('asks as written down and finds everything, with the origins to pin', async () => {
    const outcome = await ask();
    assertRequest(
      { ...tenant.of('discovery')[0], path: wireFixture('discovery/byTenantId', tenant.names).request.path } as never,
      wireFixture('discovery/byTenantId', tenant.names),
    );
    assert.ok(outcome.kind === 'found');
    assert.deepEqual(outcome.endpoints, {
      tenantId,
      tenantName: 'contoso.test',
      joinEndpoint: `${tenant.stub.origin}/EnrollmentServer/device/`,
      deviceManagementEndpoint: `${tenant.stub.origin}/manage/${tenantId}/`,
      deviceManagementResourceId: 'urn:ms-drs:localhost',
      tokenEndpoint: `${tenant.stub.origin}/${tenantId}/oauth2/token`,
      csrNonceEndpoint: `${tenant.stub.origin}/EnrollmentServer/nonce/${tenantId}/`,
      origins: [tenant.stub.origin],
    });
  });

  it('learns other https origins before the join, and only then', async () => {
    const endpoint = `${elsewhere.origin}/manage/${tenantId}`;
    answerWith('DeviceManagementService', { DeviceManagementEndpoint: endpoint, DeviceManagementResourceId: 'urn:x' });
    const learned = await ask({ profile: tenantProfile(tenant.stub.origin, null) });
    assert.ok(learned.kind === 'found');
    assert.deepEqual([...learned.endpoints.origins].sort(), [tenant.stub.origin, elsewhere.origin].sort());
    assert.equal(learned.endpoints.deviceManagementEndpoint, `${endpoint}/`);
    assert.equal(codeOf(await ask()), 'ERR_LAPS_TENANT_NOT_PINNED');
  });

  const addresses: Readonly<Record<string, (address: string) => readonly [string, Record<string, unknown>]>> = {
    'the join': (address) => ['DeviceJoinService', { JoinEndpoint: address }],
    'device management': (address) => [
      'DeviceManagementService',
      { DeviceManagementEndpoint: address, DeviceManagementResourceId: 'urn:x' },
    ],
    tokens: (address) => ['AuthenticationService', { OAuth2: { TokenEndpoint: address } }],
    'the nonce': (address) => ['NonceService', { Endpoint: address }],
  };
  for (const [what, section] of Object.entries(addresses))
    it(`refuses a document that points elsewhere, to http or to nonsense for ${what}`, async () => {
      const plain = tenant.stub.origin.replace('https:', 'http:');
      const lookalikes = [
        elsewhere.origin,
        plain,
        `${tenant.stub.origin}.evil.test`,
        '//x',
        'ftp://x',
        tenant.stub.origin.replace('//', '//u:p@'),
      ];
      for (const address of lookalikes) {
        answerWith(...section(`${address}/a/`));
        assert.equal(codeOf(await ask()), 'ERR_LAPS_TENANT_NOT_PINNED', address);
      }
      for (const address of [plain, 'javascript:alert(1)']) {
        answerWith(...section(`${address}/a/`));
        assert.equal(
          codeOf(await ask({ profile: tenantProfile(tenant.stub.origin, null) })),
          'ERR_LAPS_TENANT_NOT_PINNED',
        );
      }
      assert.equal(elsewhere.requests.length, 0);
    });

  it('refuses a redirect', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      tenant.on('discovery', () => ({ status, headers: { location: elsewhere.origin } }));
      assert.equal(codeOf(await ask()), 'ERR_LAPS_TENANT_NOT_PINNED');
    }
    assert.equal(elsewhere.requests.length, 0);
  });

  it('refuses another tenant’s document', async () => {
    answerWith('TenantInfo', { TenantId: '00000000-0000-4000-8000-000000000000' });
    assert.equal(codeOf(await ask()), 'ERR_LAPS_TENANT_NOT_PINNED');
  });

  it('refuses what is no discovery document', async () => {
    for (const answer of [
      { status: 200, body: '<html>sign in</html>' },
      { status: 200, body: '[]' },
      { status: 200, body: {} },
      { status: 200, body: '{"DeviceJoinService":' },
      { status: 200, body: '['.repeat(50_000) },
      { status: 404, body: 'no' },
      { status: 500 },
      { status: 204 },
    ]) {
      tenant.on('discovery', () => answer);
      assert.equal(codeOf(await ask()), 'ERR_LAPS_DISCOVERY_FAILED');
    }
    for (const section of ['DeviceJoinService', 'DeviceManagementService', 'AuthenticationService', 'TenantInfo']) {
      answerWith(section, {});
      assert.equal(codeOf(await ask()), 'ERR_LAPS_DISCOVERY_FAILED', section);
    }
  });

  it('does without the nonce service', async () => {
    answerWith('NonceService', {});
    const outcome = await ask();
    assert.ok(outcome.kind === 'found');
    assert.equal(outcome.endpoints.csrNonceEndpoint, undefined);
  });

  it('names what stands in the way', async () => {
    await tenant.close();
    const outcome = await ask();
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.failure.code, 'ERR_LAPS_NO_TENANT');
    assert.ok(outcome.failure.hint);
    tenant = await startStubTenant();
  });

  const busy = 'ERR_LAPS_TENANT_THROTTLED';
  const failed = 'ERR_LAPS_DISCOVERY_FAILED';
  for (const [status, retryAfter, inMs, code, hint] of [
    [429, '120', 120_000, busy, /after that moment/],
    [503, new Date(Date.UTC(2026, 0, 5, 0, 5)).toUTCString(), 300_000, busy, /after that moment/],
    [429, new Date(Date.UTC(2025, 0, 5)).toUTCString(), undefined, busy, /^run it again later$/],
    [503, '', undefined, failed, /run it again later$/],
    [500, '120', undefined, failed, /run it again later$/],
    [404, '120', undefined, failed, /check the tenant id and the address/],
  ] as const)
    it(`that is answered with ${status} and Retry-After "${retryAfter}" waits ${inMs ?? 'for the next cycle'}`, async () => {
      tenant.on('discovery', () => ({
        status,
        headers: { 'retry-after': retryAfter, date: new Date(clock.now()).toUTCString() },
      }));
      const outcome = await ask();
      assert.ok(outcome.kind === 'failed');
      assert.equal(outcome.failure.code, code);
      assert.match(outcome.failure.hint ?? '', hint);
      assert.equal(outcome.failure.retryAt, inMs === undefined ? undefined : clock.now() + inMs);
    });
});
