import assert from 'node:assert/strict';
import { cloudProfiles } from '../../agent/core/cloudProfiles.ts';
import { LapsError, type LapsErrorCode } from '../../agent/core/errors.ts';
import { Secret } from '../../agent/core/secret.ts';
import { createGraphClient, type GraphClient, graphScope } from '../../agent/edge/graphClient.ts';
import type { StubAnswer } from '../support/stubServer.ts';
import { startStub } from '../support/stubServer.ts';
import { deviceId, ids, type StubTenant, startStubTenant } from '../support/stubTenant.ts';
import { assertRequest, replyOf, wireFixture } from '../support/wireFixture.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the Graph client', () => {
  let tenant: StubTenant;
  let client: GraphClient;
  let names: Readonly<Record<string, string>>;
  beforeEach(async () => {
    tenant = await startStubTenant();
    client = createGraphClient({
      http: tenant.http,
      clock: { now: () => Date.UTC(2026, 10, 27, 12), monotonicMs: () => 0 },
      ids,
      profile: tenant.profile,
      token: new Secret('stub.graph.token'),
    });
    names = {
      ...tenant.names,
      recoveryToken: 'stub.graph.token',
      adminToken: 'stub.graph.token',
      backedUpPasswordBase64: base64('Pässword-1'),
    };
  });
  afterEach(() => tenant.close());

  const own = ['user-agent', 'client-request-id'];
  const recover = (more: Partial<Parameters<GraphClient['recover']>[0]> = {}) =>
    client.recover({ device: deviceId, includePasswords: true, includeHistory: false, ...more });
  const credential = (at: string, text: string) => ({
    accountName: 'lapsadmin',
    accountSid: 'S-1-5-21-1-2-3-1001',
    backupDateTime: at,
    passwordBase64: base64(text),
  });
  function answerCredentials(...credentials: unknown[]): void {
    const exchange = wireFixture('graphCredentials/recover-v1Directory', names);
    tenant.on('graph', () => replyOf(exchange, { credentials }));
  }
  function rejectsWith(promise: Promise<unknown>, code: LapsErrorCode, words = /./): Promise<void> {
    return assert.rejects(promise, (error) => {
      assert.ok(error instanceof LapsError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(`${error.message} ${error.hint}`, words);
      assert.ok(error.hint);
      assert.ok(!`${error.message} ${error.detail} ${error.stack}`.includes(base64('Pässword-1')));
      return true;
    });
  }

  it('recovers the current password as written down, with the cmdlet’s headers', async () => {
    const exchange = wireFixture('graphCredentials/recover-v1Directory', names);
    tenant.on('graph', () => replyOf(exchange));
    const [found, ...more] = await recover();
    const [request] = tenant.of('graph');
    assertRequest(request, exchange, own);
    assert.equal(request?.headers['ocp-client-name'], 'Get-LapsAADPassword Windows LAPS Cmdlet');
    assert.equal(request?.headers['ocp-client-version'], '1.0');
    assert.match(String(request?.headers['client-request-id']), /^[0-9a-f-]{36}$/);
    assert.equal(found?.password?.reveal(), 'Pässword-1');
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...found, password: null },
      {
        deviceName: 'DESKTOP-STUB',
        deviceId,
        account: 'lapsadmin',
        password: null,
        passwordExpirationTime: '2026-01-05T10:20:30.1234567Z',
        passwordUpdateTime: '2026-01-05T10:20:30.1234567Z',
      },
    );
    assert.ok(!JSON.stringify(found).includes('ssword-1'));
  });

  it('asks for nothing beyond metadata when passwords are not wanted', async () => {
    const exchange = wireFixture('graphCredentials/get-v1Directory', names);
    tenant.on('graph', () => replyOf(exchange));
    const found = await recover({ includePasswords: false, includeHistory: true });
    assertRequest(tenant.of('graph')[0], exchange, own);
    assert.deepEqual(found, [
      {
        deviceName: 'DESKTOP-STUB',
        deviceId,
        account: null,
        password: null,
        passwordExpirationTime: '2026-01-05T10:20:30.1234567Z',
        passwordUpdateTime: null,
      },
    ]);
  });

  it('sorts newest first, to the tick, and gives an expiry to the newest only', async () => {
    answerCredentials(
      credential('2026-01-05T10:20:30.1234566Z', 'older-by-a-tick'),
      credential('2025-12-06T10:20:30Z', 'oldest'),
      credential('2026-01-05T10:20:30.1234567Z', 'newest'),
      credential('nonsense', 'undated'),
    );
    assert.deepEqual(
      (await recover()).map((each) => each.password?.reveal()),
      ['newest'],
    );
    const all = await recover({ includeHistory: true });
    assert.deepEqual(
      all.map((each) => each.password?.reveal()),
      ['newest', 'older-by-a-tick', 'oldest', 'undated'],
    );
    assert.deepEqual(
      all.map((each) => each.passwordExpirationTime !== null),
      [true, false, false, false],
    );
  });

  it('takes the one that the tenant received last for the newest, also where a moved clock dated an earlier one later', async () => {
    const exchange = wireFixture('graphCredentials/recover-v1Directory', names);
    const given = ['2026-01-05T10:20:30.1Z', '2026-01-05T10:20:29.5Z', '2036-01-05T00:00:00.0000000Z'];
    const credentials = given.map((at, index) => credential(at, `p${index}`));
    const texts = async () => (await recover({ includeHistory: true })).map((each) => each.password?.reveal());
    const answer = (lastBackupDateTime: string): void =>
      tenant.on('graph', () => replyOf(exchange, { credentials, lastBackupDateTime }));
    answer('2026-01-05T10:20:30.1000000Z');
    assert.deepEqual(await texts(), ['p0', 'p1', 'p2']);
    answer('2036-01-05T00:00:00Z');
    assert.deepEqual(await texts(), ['p2', 'p0', 'p1']);
    answer('2026-02-01T00:00:00Z');
    assert.deepEqual(await texts(), ['p2', 'p0', 'p1'], 'a date of none says nothing');
  });

  it('decodes UTF-8, and tolerantly the UTF-16 of a documentation sample', async () => {
    const password = '0x1F : # % " \\ ` é 😀';
    answerCredentials({ ...credential('2026-01-05T10:20:30Z', ''), passwordBase64: base64(password) });
    assert.equal((await recover())[0]?.password?.reveal(), password);
    const wide = Buffer.from('Plain-1', 'utf16le').toString('base64');
    answerCredentials({ ...credential('2026-01-05T10:20:30Z', ''), passwordBase64: wide });
    assert.equal((await recover())[0]?.password?.reveal(), 'Plain-1');
    for (const bad of ['', '!!!', Buffer.from([0xff, 0xfe, 0xfd]).toString('base64')]) {
      answerCredentials({ ...credential('2026-01-05T10:20:30Z', ''), passwordBase64: bad });
      await rejectsWith(recover(), 'ERR_LAPS_GRAPH_FAILED');
    }
  });

  it('finds a device by its name, quoted', async () => {
    const device = wireFixture('devices/byName', { ...names, deviceName: "O'NEIL 50%&#+" });
    const info = wireFixture('graphCredentials/recover-v1Directory', names);
    tenant.on('graph', (request) => replyOf(request.path.includes('/devices?') ? device : info));
    assert.equal((await recover({ device: "O'NEIL 50%&#+" })).length, 1);
    const asked = new URL(tenant.of('graph')[0]?.path ?? '', 'https://x').searchParams.get('$filter');
    assert.equal(asked, "DisplayName eq 'O''NEIL 50%&#+'");
    await recover({ device: 'DESKTOP-STUB' });
    assertRequest(tenant.of('graph')[2], wireFixture('devices/byName', names), own);
  });

  it('refuses a name that several devices have, or none', async () => {
    const other = deviceId.replace('3f', '4f');
    tenant.on('graph', () => ({ status: 200, body: { value: [{ deviceId }, { deviceId: other }] } }));
    await rejectsWith(recover({ device: 'TWIN' }), 'ERR_LAPS_DEVICE_UNKNOWN', new RegExp(`${deviceId}, ${other}`));
    tenant.on('graph', () => ({ status: 200, body: { value: [] } }));
    await rejectsWith(recover({ device: 'NOBODY\u001b[2J' }), 'ERR_LAPS_DEVICE_UNKNOWN', /laps devices/);
    assert.equal(tenant.of('graph').length, 2);
  });

  it('takes an empty answer for nothing kept', async () => {
    tenant.on('graph', () => ({ status: 200 }));
    assert.deepEqual(await recover(), []);
  });

  it('refuses the record of another device', async () => {
    const exchange = wireFixture('graphCredentials/recover-v1Directory', names);
    tenant.on('graph', () => replyOf(exchange, { id: deviceId.replace('3f', '4f') }));
    await rejectsWith(recover(), 'ERR_LAPS_GRAPH_FAILED');
  });

  for (const [name, code] of [
    ['noToken', 'ERR_LAPS_ADMIN_SIGN_IN'],
    ['noRole', 'ERR_LAPS_ACCESS_DENIED'],
    ['globalReaderPassword', 'ERR_LAPS_ACCESS_DENIED'],
    ['unknownDevice', 'ERR_LAPS_DEVICE_UNKNOWN'],
    ['neverBackedUp', 'ERR_LAPS_DEVICE_UNKNOWN'],
    ['laterRoleManagement', 'ERR_LAPS_GRAPH_FAILED'],
  ] as const)
    it(`says what to do about ${name}`, async () => {
      tenant.on('graph', () => replyOf(wireFixture(`graphErrors/${name}`, names)));
      await rejectsWith(recover(), code);
    });

  it('takes a throttle, HTML, a redirect or a broken answer for what they are', async () => {
    const error = { error: { code: 'x', message: 'y' } };
    const rows: ReadonlyArray<readonly [StubAnswer, LapsErrorCode]> = [
      [{ status: 429, headers: { 'retry-after': '5' }, body: error }, 'ERR_LAPS_TENANT_THROTTLED'],
      [{ status: 200, body: `<html>${base64('Pässword-1')}` }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 403, body: '<html>' }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 404, body: '<html>' }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 302, headers: { location: 'https://elsewhere.test/' } }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ raw: [], close: true }, 'ERR_LAPS_GRAPH_FAILED'],
      [{ status: 500, body: error }, 'ERR_LAPS_GRAPH_FAILED'],
    ];
    for (const [answer, code] of rows) {
      tenant.on('graph', () => answer);
      await rejectsWith(recover(), code);
    }
    await tenant.close();
    tenant.http.dropIdle();
    await rejectsWith(recover(), 'ERR_LAPS_NO_TENANT');
  });

  it('tells until when it is asked for patience, where that is said', async () => {
    const body = { error: { code: 'TooManyRequests', message: 'y' } };
    tenant.on('graph', () => ({ status: 429, headers: { 'retry-after': '90' }, body }));
    await assert.rejects(recover(), {
      message: /HTTP 429\), and asks for patience until 2026-11-27T12:01:30/,
      hint: 'run it again after that moment',
    });
    tenant.on('graph', () => ({ status: 503, body }));
    await assert.rejects(recover(), { message: /HTTP 503\)$/, hint: 'try again later' });
  });

  describe('listing devices', () => {
    it('asks as written down and follows every page', async () => {
      const exchange = wireFixture('graphCredentials/list-v1Directory', names);
      const row = (id: string) => ({
        id,
        deviceName: 'D',
        lastBackupDateTime: '2026-01-05T10:20:30.1234567Z',
        refreshDateTime: '2026-02-04T10:20:30.1234567Z',
      });
      tenant.on('graph', (request) =>
        request.path.includes('skiptoken=2')
          ? { status: 200, body: { value: [row('c')] } }
          : replyOf(exchange, {
              value: [row('A'), row('b')],
              '@odata.nextLink': `${tenant.stub.origin}/v1.0/directory/deviceLocalCredentials?$skiptoken=2`,
            }),
      );
      const found = await client.listDevices();
      assertRequest(tenant.of('graph')[0], exchange, own);
      assert.deepEqual(
        found.map((each) => each.deviceId),
        ['a', 'b', 'c'],
      );
      assert.deepEqual(found[0], {
        deviceName: 'D',
        deviceId: 'a',
        lastBackupDateTime: '2026-01-05T10:20:30.1234567Z',
        passwordExpirationTime: '2026-02-04T10:20:30.1234567Z',
      });
    });

    it('takes the token to no other origin', async () => {
      const elsewhere = await startStub(() => ({ status: 200, body: { value: [] } }));
      for (const link of [
        `${elsewhere.origin}/v1.0/x`,
        tenant.stub.origin.replace('https', 'http'),
        'nonsense',
        '/v1.0/x',
      ]) {
        tenant.on('graph', () => ({ status: 200, body: { value: [], '@odata.nextLink': link } }));
        await rejectsWith(client.listDevices(), 'ERR_LAPS_TENANT_NOT_PINNED');
      }
      assert.equal(elsewhere.requests.length, 0);
      await elsewhere.close();
    });

    it('does not go round in circles', async () => {
      const link = `${tenant.stub.origin}/v1.0/directory/deviceLocalCredentials`;
      tenant.on('graph', () => ({ status: 200, body: { value: [], '@odata.nextLink': link } }));
      await rejectsWith(client.listDevices(), 'ERR_LAPS_GRAPH_FAILED');
      tenant.on('graph', () => ({ status: 200, body: {} }));
      await rejectsWith(client.listDevices(), 'ERR_LAPS_GRAPH_FAILED');
    });
  });

  it('tells when a device was last backed up, without asking for a password; none is a value', async () => {
    tenant.on('graph', () => ({ body: { id: deviceId, lastBackupDateTime: '2026-01-05T10:20:30.1234567Z' } }));
    assert.equal(await client.lastBackupOf(deviceId), '2026-01-05T10:20:30.1234567Z');
    assert.doesNotMatch(tenant.of('graph')[0]?.path ?? '', /select|credentials[?]/);
    tenant.on('graph', () => ({ status: 404, body: { error: { code: 'ResourceNotFound', message: 'none' } } }));
    assert.equal(await client.lastBackupOf(deviceId), null);
    tenant.on('graph', () => ({
      status: 403,
      body: { error: { code: 'Authorization_RequestDenied', message: 'no' } },
    }));
    await rejectsWith(client.lastBackupOf(deviceId), 'ERR_LAPS_ACCESS_DENIED');
  });

  it('tells whether LAPS is switched on, and guesses nothing', async () => {
    for (const isEnabled of [true, false]) {
      tenant.on('graph', () => ({ body: { localAdminPassword: { isEnabled } } }));
      assert.equal(await client.isLapsEnabled(), isEnabled);
    }
    assert.match(tenant.of('graph')[0]?.path ?? '', /^\/v1\.0\/policies\/deviceRegistrationPolicy$/);
    tenant.on('graph', () => ({ body: { localAdminPassword: {} } }));
    await rejectsWith(client.isLapsEnabled(), 'ERR_LAPS_GRAPH_FAILED');
  });

  it('asks a person for named permissions and an application for all it has', () => {
    assert.equal(graphScope(cloudProfiles.usgov, 'application'), 'https://graph.microsoft.us/.default');
    assert.match(
      graphScope(cloudProfiles.global, 'user'),
      /^https:\/\/graph\.microsoft\.com\/DeviceLocalCredential\.Read\.All /,
    );
  });
});
