import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { tenantProfile } from '../../agent/core/cloudProfiles.ts';
import { LapsError, type LapsErrorCode } from '../../agent/core/errors.ts';
import { Secret } from '../../agent/core/secret.ts';
import { parseIdentity, printIdentity, type StoredIdentity } from '../../agent/edge/identityRecord.ts';
import { type JoinRequest, joinTenant, leaveTenant } from '../../agent/edge/join.ts';
import type { StubAnswer } from '../support/stubServer.ts';
import {
  deviceCertificate,
  deviceId,
  ids,
  type StubTenant,
  standingClock,
  startStubTenant,
  tenantId,
  testDevice,
} from '../support/stubTenant.ts';
import { assertRequest, replyOf, wireFixture } from '../support/wireFixture.ts';

const machineId = '11111111-2222-4333-8444-555555555555';
const password = 'Planted#Secret%5"\\x';

function rejectsWith(promise: Promise<unknown>, code: LapsErrorCode, hint = /./): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof LapsError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.hint ?? '', hint);
    assert.ok(!`${error.message} ${error.detail} ${error.stack}`.includes('Planted'));
    return true;
  });
}

describe('joinTenant', () => {
  let tenant: StubTenant;
  beforeEach(async () => {
    tenant = await startStubTenant();
  });
  afterEach(() => tenant.close());
  const run = (more: Partial<JoinRequest> = {}): Promise<StoredIdentity> =>
    joinTenant({
      http: tenant.http,
      clock: standingClock(),
      ids,
      sleep: async () => {},
      profile: tenantProfile(tenant.stub.origin, null),
      signIn: { kind: 'password', user: 'alice@contoso.test', password: new Secret(password) },
      joinType: 'entra',
      displayName: 'DESKTOP-STUB',
      os: '10.0.26100.4202',
      machineId,
      caPem: tenant.stub.caPem,
      ...more,
    });

  it('discovers by the user’s domain, signs in, joins as written down, and gives an identity that can be kept', async () => {
    const identity = await run();
    assert.deepEqual(tenant.operations().sort(), ['csrNonce', 'discovery', 'join', 'userToken']);
    assert.match(tenant.of('discovery')[0]?.path ?? '', /^\/contoso\.test\/Discover\?/);
    const names = {
      ...tenant.names,
      joinUser: 'alice@contoso.test',
      joinPassword: password,
      newDeviceName: 'DESKTOP-STUB',
    };
    assertRequest(tenant.of('userToken')[0], wireFixture('oauth/joinTokenV2', names));
    const written = wireFixture('join/entra', { ...names, joinToken: 'stub.user.token' });
    assertRequest(tenant.of('join')[0], written, ['client-request-id', 'CertificateRequest', 'TransportKey']);
    const { privateKeyPem, certificate, ...rest } = identity;
    assert.deepEqual(rest, {
      version: 1,
      tenantId,
      deviceId,
      machineId,
      displayName: 'DESKTOP-STUB',
      joinType: 'entra',
      os: '10.0.26100.4202',
      tenant: tenant.stub.origin,
      pinnedOrigins: [tenant.stub.origin],
      caPem: tenant.stub.caPem,
    });
    assert.ok(privateKeyPem.includes('PRIVATE KEY') && certificate.length > 100);
    assert.equal(parseIdentity(printIdentity(identity)).kind, 'identity');
  });

  it('asks for the other join types by number, and for the tenant by id', async () => {
    for (const [joinType, number] of [
      ['hybrid', 6],
      ['registered', 4],
    ] as const) {
      const identity = await run({ joinType, tenant: tenantId });
      assert.equal(identity.joinType, joinType);
      assert.equal(JSON.parse(tenant.of('join').at(-1)?.body ?? '{}').JoinType, number);
    }
    assert.match(tenant.of('discovery')[0]?.path ?? '', new RegExp(`^/${tenantId}/Discover`));
  });

  it('joins with a device code', async () => {
    tenant.on('userToken', (request) =>
      request.path.endsWith('/devicecode')
        ? { status: 200, body: { device_code: 'd', user_code: 'U', verification_uri: 'https://x', expires_in: 60 } }
        : { status: 200, body: { access_token: 'stub.user.token' } },
    );
    const shown: string[] = [];
    await run({ tenant: tenantId, signIn: { kind: 'deviceCode', show: (prompt) => shown.push(prompt.userCode) } });
    assert.deepEqual(shown, ['U']);
  });

  it('does without the nonce service', async () => {
    tenant.on('csrNonce', () => ({ status: 500 }));
    assert.equal((await run()).deviceId, deviceId);
  });

  it('wants to know which tenant', async () => {
    await rejectsWith(run({ signIn: { kind: 'deviceCode', show: () => {} } }), 'ERR_LAPS_USAGE', /--tenant-id/);
    assert.equal(tenant.operations().length, 0);
  });

  it('sends no password to a tenant that is not pinned or not found', async () => {
    await rejectsWith(
      run({ profile: tenantProfile(tenant.stub.origin, ['https://other.test']) }),
      'ERR_LAPS_TENANT_NOT_PINNED',
    );
    tenant.on('discovery', () => ({ status: 404 }));
    await rejectsWith(run(), 'ERR_LAPS_DISCOVERY_FAILED');
    assert.equal(tenant.of('userToken').length, 0);
  });

  it('says why it was refused', async () => {
    tenant.on('join', () => replyOf(wireFixture('join/quotaReached', tenant.names), { message: 'too many' }));
    await rejectsWith(run(), 'ERR_LAPS_JOIN_REFUSED', /remove one/);
    tenant.on('userToken', () => ({ status: 400, body: { error: 'invalid_grant', error_codes: [50126] } }));
    await rejectsWith(run(), 'ERR_LAPS_ADMIN_SIGN_IN');
  });

  it('keeps nothing of an answer that is no device certificate for this key', async () => {
    const certificate = async (more: { extensionTenantId?: string; subject?: string }): Promise<StubAnswer> => {
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
      const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
        type: 'spki',
        format: 'der',
      });
      const publicKey = await crypto.subtle.importKey('spki', foreign, algorithm, true, ['verify']);
      return { status: 200, body: { Certificate: { RawBody: await deviceCertificate({ publicKey, ...more }) } } };
    };
    const answers: StubAnswer[] = [
      { status: 200, body: '<html>' },
      { status: 200, body: {} },
      { status: 200, body: { Certificate: { RawBody: 'AAAA' } } },
      await certificate({}),
      await certificate({ subject: 'CN=x' }),
      { status: 302, headers: { location: 'https://elsewhere.test/' } },
    ];
    for (const answer of answers) {
      tenant.on('join', () => answer);
      await rejectsWith(run(), 'ERR_LAPS_JOIN_REFUSED');
    }
  });
});

describe('leaveTenant', () => {
  let tenant: StubTenant;
  let identity: StoredIdentity;
  beforeEach(async () => {
    tenant = await startStubTenant();
    const { publicKey: _, ...device } = await testDevice();
    identity = {
      version: 1,
      ...device,
      machineId,
      displayName: 'DESKTOP-STUB',
      joinType: 'entra',
      tenant: tenant.stub.origin,
      pinnedOrigins: [tenant.stub.origin],
      caPem: null,
    };
  });
  afterEach(() => tenant.close());
  const run = (): Promise<{ kind: string }> =>
    leaveTenant({ http: tenant.http, clock: standingClock(), ids, identity });

  it('deletes the device, proven by its certificate, as written down', async () => {
    assert.deepEqual(await run(), { kind: 'left' });
    const [request] = tenant.of('leave');
    assertRequest(request, wireFixture('leave/ok', tenant.names));
    assert.equal(request?.peer?.toString('base64'), identity.certificate);
    assert.equal(request?.headers.authorization, undefined);
  });

  it('is content when the tenant no longer knew it', async () => {
    tenant.on('leave', () => replyOf(wireFixture('backupRefusals/deviceMissing', tenant.names)));
    assert.deepEqual(await run(), { kind: 'gone' });
  });

  it('is content when the certificate is refused because the device was deleted, and only then', async () => {
    tenant.on('leave', () => replyOf(wireFixture('leave/noCertificate', tenant.names), { message: 'no' }));
    tenant.on('token', () => replyOf(wireFixture('deviceTokenErrors/deviceDisabled', tenant.names)));
    await rejectsWith(run(), 'ERR_LAPS_JOIN_REFUSED');
    tenant.on('token', () => replyOf(wireFixture('deviceTokenErrors/deviceDeleted', tenant.names)));
    assert.deepEqual(await run(), { kind: 'gone' });
  });

  it('keeps the identity when the answer is no yes', async () => {
    const answers: ReadonlyArray<readonly [StubAnswer, LapsErrorCode]> = [
      [replyOf(wireFixture('leave/noCertificate', tenant.names), { message: 'no' }), 'ERR_LAPS_JOIN_REFUSED'],
      [{ status: 200, body: '<html>' }, 'ERR_LAPS_JOIN_REFUSED'],
      [{ status: 404, body: '<html>' }, 'ERR_LAPS_JOIN_REFUSED'],
      [{ status: 307, headers: { location: 'https://elsewhere.test/' } }, 'ERR_LAPS_JOIN_REFUSED'],
      [{ raw: [], close: true }, 'ERR_LAPS_NO_TENANT'],
    ];
    for (const [answer, code] of answers) {
      tenant.on('leave', () => answer);
      await rejectsWith(run(), code);
    }
  });
});
