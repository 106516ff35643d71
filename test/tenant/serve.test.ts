/**
 * Each fault, as a client sees it and as the store saw it.
 */
import assert from 'node:assert/strict';
import type { WireReply } from '../support/bareWire.ts';
import { asRecord } from '../support/foreignJson.ts';
import { type JoinedDevice, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('faults on a backup', () => {
  let world: TestTenant;
  let device: JoinedDevice;
  let token: string;
  let recovery: string;
  let counter = 0;

  before(async () => {
    world = await startTestTenant({ limits: { backupsPerHour: 0 } });
    device = await world.joinDevice();
    token = await world.deviceToken(device);
    recovery = await world.adminToken();
  });
  after(() => world.close());
  afterEach(() => world.clearFaults());

  /** Backs up a new password under a fault; says what came back and whether the tenant holds it. */
  async function under(...specs: string[]): Promise<{ reply: WireReply | undefined; stored: boolean; times: number }> {
    counter += 1;
    const password = `Under-Fault-${counter}`;
    assert.equal((await world.fault(...specs)).status, 200);
    const reply = await world.backup(device, { password, token }).catch(() => undefined);
    await world.clearFaults();
    const held = await world.graph(`/v1.0/deviceLocalCredentials/${device.deviceId}?$select=credentials`, recovery);
    const found = held.text.split(Buffer.from(password).toString('base64')).length - 1;
    return { reply, stored: found > 0, times: found };
  }

  const cases: ReadonlyArray<readonly [string, { status: number | 'broken'; stored: boolean; shape?: RegExp }]> = [
    ['drop-reply-before-store', { status: 'broken', stored: false }],
    ['drop-reply-after-store', { status: 'broken', stored: true }],
    ['drop-mid-body', { status: 'broken', stored: true }],
    ['throttle=7', { status: 429, stored: false, shape: /error_too_many_requests/ }],
    ['unavailable', { status: 503, stored: false, shape: /error_unavailable/ }],
    ['status=409', { status: 409, stored: false, shape: /"subcode"/ }],
    ['status=500', { status: 500, stored: false, shape: /error_internal/ }],
    ['status-after-store=502', { status: 502, stored: true, shape: /<html>/ }],
    ['html', { status: 200, stored: false, shape: /<html>/ }],
    ['empty', { status: 200, stored: true, shape: /^$/ }],
    ['malformed', { status: 200, stored: true, shape: /^\{"[^}]*$/ }],
    ['wrong-echo', { status: 200, stored: true, shape: /^\{\}$/ }],
    ['redirect=https://localhost:1/elsewhere', { status: 307, stored: false }],
    ['refuse=error_missing_device', { status: 400, stored: false, shape: /error_missing_device/ }],
    ['delay=1ms', { status: 200, stored: true, shape: /backupDateTime/ }],
    ['duplicate', { status: 200, stored: true, shape: /backupDateTime/ }],
  ];
  for (const [effect, expected] of cases) {
    it(`${effect}: ${expected.status}, ${expected.stored ? 'stored' : 'not stored'}`, async () => {
      const { reply, stored } = await under(`backup:${effect}:1`);
      assert.equal(reply?.status ?? 'broken', expected.status);
      assert.equal(stored, expected.stored);
      if (expected.shape !== undefined) assert.match(reply?.text ?? '', expected.shape);
    });
  }

  it('says when to come back, in seconds or as a date', async () => {
    assert.equal((await under('backup:throttle=7:1')).reply?.headers['retry-after'], '7');
    const date = (await under('backup:throttle=httpdate:1')).reply?.headers['retry-after'];
    assert.match(String(date), /GMT$/);
  });

  it('stores twice when a request is delivered twice', async () => {
    assert.equal((await under('backup:duplicate:1')).times, 2);
  });

  it('echoes another request id under wrong-echo', async () => {
    const { reply } = await under('backup:wrong-echo:1');
    assert.match(String(reply?.headers['client-request-id']), /^\{[0-9A-F-]{36}\}$/);
  });

  it('moves its clock for one request under clock-skew', async () => {
    const { reply } = await under('backup:clock-skew=+1800:1');
    const ahead = Date.parse(String(reply?.json['backupDateTime']).slice(0, 23).concat('Z')) - Date.now();
    assert.ok(ahead > 1_700_000 && ahead < 1_900_000, String(ahead));
  });

  it('hangs while others are served, and lets go when the tenant closes; stored only where it says so', async () => {
    const other = await startTestTenant();
    try {
      const hanging = await other.joinDevice();
      const kept = await other.deviceToken(hanging);
      const reader = await other.adminToken();
      await other.fault('backup:hang:1', 'backup:hang-after-store:1');
      const sent = ['Hung-1', 'Hung-2'].map((password) => other.backup(hanging, { password, token: kept }));
      const outcomes = Promise.allSettled(sent);
      let stored = 0;
      while (stored === 0)
        stored = Number(asRecord((await other.admin('GET', '/state')).json['counts'])['credentials']);
      const held = await other.recover(hanging.deviceId, reader);
      assert.equal(held.length, 1);
      await other.close();
      assert.deepEqual(
        (await outcomes).map((outcome) => outcome.status),
        ['rejected', 'rejected'],
      );
    } finally {
      await other.close();
    }
  });

  it('bites each operation in the shape of its own service', async () => {
    await world.fault('any:unavailable');
    const nonce = await world.token('v1', { grant_type: 'srv_challenge' });
    const list = await world.graph('/v1.0/devices', recovery);
    const discovery = await world.send(`/${world.tenant.tenantId}/Discover?api-version=1.6`);
    assert.deepEqual([nonce.status, list.status, discovery.status], [503, 503, 503]);
    assert.equal(nonce.json['error'], 'temporarily_unavailable');
    assert.match(list.text, /"code":"ServiceUnavailable"/);
    assert.equal(discovery.json['subcode'], 'error_unavailable');
  });
});

describe('the address', () => {
  let world: TestTenant;
  before(async () => {
    world = await startTestTenant();
  });
  after(() => world.close());

  it('names the methods there are with a 405, and a sign-in address says it as sign-in does', async () => {
    const { tenantId } = world.tenant;
    const expected: ReadonlyArray<readonly [string, string, string]> = [
      ['POST', '/v1.0/devices', 'GET, HEAD'],
      ['PUT', '/v1.0/devices/x', 'DELETE, GET, HEAD, PATCH'],
      ['PATCH', '/beta/policies/deviceRegistrationPolicy', 'GET, HEAD, PUT'],
      ['GET', `/manage/${tenantId}/lapsdevicepasswordupdate/x`, 'POST'],
      ['GET', `/${tenantId}/oauth2/v2.0/token`, 'POST'],
      ['PUT', `/${tenantId}/oauth2/token`, 'POST'],
      ['HEAD', `/${tenantId}/oauth2/token`, 'POST'],
    ];
    for (const [method, path, allow] of expected) {
      const reply = await world.send(path, { method });
      assert.deepEqual([reply.status, reply.headers['allow']], [405, allow], `${method} ${path}`);
    }
    const { json } = await world.send(`/${tenantId}/oauth2/v2.0/token`);
    assert.deepEqual([json['error'], json['error_codes']], ['invalid_request', [900561]]);
    assert.match(String(json['error_description']), /only accepts POST request.*Received a GET request/);
  });

  it('answers HEAD as GET without the body', async () => {
    const path = `/${world.tenant.tenantId}/v2.0/.well-known/openid-configuration`;
    const [head, get] = [await world.send(path, { method: 'HEAD' }), await world.send(path)];
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
    assert.equal((await world.send('/v1.0/devices', { method: 'HEAD' })).status, 401);
  });

  it('promises no browser flow that it does not have', async () => {
    const { tenantId } = world.tenant;
    const metadata = await world.send(`/${tenantId}/v2.0/.well-known/openid-configuration`);
    assert.deepEqual(metadata.json['response_types_supported'], []);
    const { status, json } = await world.send(`/${tenantId}/oauth2/v2.0/authorize?response_type=code`);
    assert.deepEqual([status, json['error']], [501, 'unsupported_response_type']);
    assert.match(String(json['error_description']), /device code/);
  });

  it('asks no browser to insist on https for localhost', async () => {
    for (const path of ['/common/discovery/instance', '/v1.0/devices', '/EnrollmentServer/nonce/x']) {
      assert.equal((await world.send(path)).headers['strict-transport-security'], 'max-age=0', path);
    }
  });

  it('says in each service’s shape that a body is too large', async () => {
    const { tenantId } = world.tenant;
    const body = JSON.stringify('x'.repeat(1_100_000));
    const code = async (method: string, path: string) => {
      const { status, json } = await world.send(path, { method, body });
      assert.equal(status, 413, path);
      return asRecord(json['error'])['code'] ?? json['subcode'] ?? json['error'];
    };
    assert.equal(await code('PATCH', '/v1.0/devices/x'), 'RequestEntityTooLarge');
    assert.equal(await code('POST', `/manage/${tenantId}/lapsdevicepasswordupdate/x`), 'error_invalid_body');
    assert.equal(await code('POST', `/${tenantId}/oauth2/token`), 'invalid_request');
  });

  it('that comes later says 501, a wrong method 405, and anything else 404, in a service’s shape', async () => {
    const expected: ReadonlyArray<readonly [string, string, number, string]> = [
      ['GET', '/v1.0/users', 501, 'error'],
      ['POST', '/beta/identity/conditionalAccess/policies', 501, 'error'],
      ['GET', '/v1.0/directory/administrativeUnits', 501, 'error'],
      ['PUT', '/EnrollmentServer/device/abc?api-version=2.0', 501, 'subcode'],
      ['POST', '/EnrollmentServer/key/', 501, 'subcode'],
      ['GET', `/${world.tenant.tenantId}/oauth2/v2.0/authorize`, 501, 'error'],
      ['DELETE', '/v1.0/auditLogs/directoryAudits', 405, 'error'],
      ['GET', `/manage/${world.tenant.tenantId}/lapsdevicepasswordupdate/x`, 405, 'subcode'],
      ['GET', '/v3.0/devices', 404, 'error'],
      ['GET', '/manage/', 404, 'subcode'],
      ['GET', '/%E0%A4%A', 404, 'error'],
      ['GET', '/', 404, 'error'],
    ];
    for (const [method, path, status, member] of expected) {
      const reply = await world.send(path, { method });
      assert.equal(reply.status, status, `${method} ${path}: ${reply.text}`);
      assert.ok(member in reply.json, reply.text);
    }
  });
});
