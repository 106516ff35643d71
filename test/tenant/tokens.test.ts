/**
 * Forged, foreign and stale tokens, at each door that takes one.
 */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { signedText } from '../support/deviceKeys.ts';
import { asRecord, listOf, textOf } from '../support/foreignJson.ts';
import { graphScopes, type JoinedDevice, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const partsOf = (token: string) => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const read = (text: string) => asRecord(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  return { header: read(header), payload: read(payload), signature, signed: `${header}.${payload}` };
};

describe('tokens', () => {
  let world: TestTenant;
  let other: TestTenant;
  let device: JoinedDevice;
  let good: string;

  before(async () => {
    world = await startTestTenant();
    // The same seed, so the same ids: only the keys differ.
    other = await startTestTenant();
    device = await world.joinDevice({ name: 'FORGE' });
    good = await world.deviceToken(device);
    assert.equal((await world.backup(device, { password: 'First-1', token: good })).status, 200);
  });
  after(async () => {
    await Promise.all([world.close(), other.close()]);
  });
  beforeEach(() => {
    world.clock.offsetMs = 0;
  });

  async function forgeries(token: string): Promise<ReadonlyArray<readonly [string, string]>> {
    const { header, payload, signature, signed } = partsOf(token);
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const keys = (await world.send(`/${world.tenant.tenantId}/discovery/v2.0/keys`)).json;
    const x5c = listOf(keys['keys'])[0]?.['x5c'];
    const publicPem = new X509Certificate(
      Buffer.from(textOf(Array.isArray(x5c) ? x5c[0] : ''), 'base64'),
    ).publicKey.export({ type: 'spki', format: 'pem' });
    const hmacSigned = `${part({ ...header, alg: 'HS256' })}.${part(payload)}`;
    return [
      ['no token at all', ''],
      ['alg none', `${part({ ...header, alg: 'none' })}.${part(payload)}.`],
      ['alg none with the old signature', `${part({ ...header, alg: 'none' })}.${part(payload)}.${signature}`],
      [
        'HMAC with the public key',
        `${hmacSigned}.${createHmac('sha256', publicPem).update(hmacSigned).digest('base64url')}`,
      ],
      ['another key', signedText(header, payload, own)],
      [
        'another key named in the header',
        signedText({ ...header, jwk: own.export({ format: 'jwk' }), kid: 'mine' }, payload, own),
      ],
      ['the device key', signedText({ ...header, x5c: device.certificate }, payload, device.privateKey)],
      ['changed payload', `${part(header)}.${part({ ...payload, deviceid: '0' })}.${signature}`],
      ['signature cut short', `${signed}.${signature.slice(0, -8)}`],
      ['not a token', 'abc'],
    ];
  }

  it('forged in any way are refused by the backup call, and nothing is stored', async () => {
    for (const [what, token] of await forgeries(good)) {
      const reply = await world.backup(device, { password: 'Forged-1', token });
      assert.equal(reply.status, 401, what);
      assert.equal(reply.json['subcode'], 'error_invalid_token', what);
    }
    assert.deepEqual(
      (await world.recover(device.deviceId)).map((each) => each.password),
      ['First-1'],
    );
  });

  it('forged in any way are refused by Graph', async () => {
    for (const [what, token] of await forgeries(await world.adminToken())) {
      const reply = await world.graph(`/v1.0/deviceLocalCredentials/${device.deviceId}?$select=credentials`, token);
      assert.equal(reply.status, 401, what);
    }
  });

  it('of another tenant with the same names are refused', async () => {
    const foreign = await other.joinDevice({ name: 'FOREIGN' });
    const token = await other.deviceToken(foreign);
    assert.equal((await world.backup(device, { password: 'x', token })).status, 401);
    assert.equal((await world.graph('/v1.0/devices', await other.adminToken())).status, 401);
    assert.equal((await world.askDeviceToken(foreign)).json['error'], 'invalid_grant');
  });

  it('of another device are refused: the path decides whose password it is', async () => {
    const second = await world.joinDevice();
    const reply = await world.backup(device, { password: 'x', token: await world.deviceToken(second) });
    assert.equal(reply.status, 403);
    assert.equal(reply.json['subcode'], 'error_device_mismatch');
  });

  it('meant for another service are refused', async () => {
    assert.equal((await world.backup(device, { password: 'x', token: await world.adminToken() })).status, 401);
    assert.equal((await world.backup(device, { password: 'x', token: await world.joinToken() })).status, 401);
    assert.equal((await world.graph('/v1.0/devices', good)).status, 401);
    assert.equal((await world.graph('/v1.0/devices', await world.joinToken())).status, 401);
    const join = await world.send('/EnrollmentServer/device/?api-version=2.0', {
      headers: { authorization: `Bearer ${good}` },
      body: {},
    });
    assert.equal(join.status, 401);
  });

  it('past their time, or before it, are refused', async () => {
    const admin = await world.adminToken();
    for (const offset of [3_600_000, -3_600_000]) {
      world.clock.offsetMs = offset;
      assert.equal((await world.backup(device, { password: 'x', token: good })).status, 401, String(offset));
      assert.equal((await world.graph('/v1.0/devices', admin)).status, 401, String(offset));
    }
  });

  it('say nothing about roles: what the directory says now counts', async () => {
    const alice = await world.userToken('alice', Object.values(graphScopes).join(' '));
    assert.deepEqual(partsOf(alice).payload['wids'], []);
    const path = `/v1.0/deviceLocalCredentials/${device.deviceId}`;
    for (const query of ['', '?$select=credentials'])
      assert.equal((await world.graph(path + query, alice)).status, 403);
    assert.equal((await world.graph('/v1.0/deviceLocalCredentials', alice)).status, 403);
    assert.equal((await world.graph('/v1.0/auditLogs/directoryAudits', alice)).status, 403);
  });

  it('are refused to a device whose request is signed by a certificate of its own making', async () => {
    const foreign = await other.joinDevice({ name: 'FOREIGN-2', freshKey: true });
    const mixed = { ...device, privateKey: foreign.privateKey };
    assert.match(textOf((await world.askDeviceToken(mixed)).json['error_description']), /^AADSTS50006/);
    assert.match(textOf((await world.askDeviceToken(foreign)).json['error_description']), /^AADSTS50155/);
    const none = await world.askDeviceToken(device, {}, { alg: 'none' });
    assert.match(textOf(none.json['error_description']), /^AADSTS50027/);
  });

  it('need the certificate the device has now, whatever its dates: they are of a clock that may have been wrong', async () => {
    const old = await world.joinDevice({ name: 'OLD' });
    await world.admin('DELETE', `/devices/${old.deviceId}`);
    assert.match(textOf((await world.askDeviceToken(old)).json['error_description']), /^AADSTS700003/);
    for (const years of [11, -1]) {
      world.clock.offsetMs = years * 365 * 86_400_000;
      assert.equal((await world.askDeviceToken(device)).status, 200, String(years));
    }
  });

  it('carry the claims of wire 2.3 and 10.3', async () => {
    const claims = partsOf(good).payload;
    assert.equal(claims['deviceid'], device.deviceId);
    assert.equal(claims['oid'], device.objectId);
    assert.equal(claims['idtyp'], 'device');
    assert.deepEqual(claims['amr'], ['rsa']);
    const app = partsOf(await world.appToken()).payload;
    assert.deepEqual([app['idtyp'], app['appidacr'], app['ver']], ['app', '1', '1.0']);
    assert.ok(Array.isArray(app['roles']));
  });
});
