import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { asRecord, textOf } from '../support/foreignJson.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('the management listener', () => {
  let world: TestTenant;
  let authorization: string;
  before(async () => {
    world = await startTestTenant();
    authorization = `Bearer ${readFileSync(world.tenant.adminTokenFile, 'utf8').trim()}`;
  });
  after(() => world.close());

  it('lets no browser in, even with the token', async () => {
    for (const headers of [
      { authorization, origin: 'https://evil.example' },
      { authorization, origin: 'null' },
      { authorization, referer: 'http://127.0.0.1/' },
      { authorization, host: 'evil.example' },
      { authorization, host: '127.0.0.1.evil.example' },
    ]) {
      assert.equal(
        (await world.admin('GET', '/state', undefined, headers)).status,
        403,
        JSON.stringify(Object.keys(headers)),
      );
    }
  });

  it('wants the token of its 0600 file, whole', async () => {
    assert.equal(statSync(world.tenant.adminTokenFile).mode & 0o777, 0o600);
    for (const given of [
      '',
      'Bearer ',
      authorization.slice(0, -1),
      `${authorization}x`,
      authorization.slice(7),
      'Basic x',
    ]) {
      assert.equal(
        (await world.admin('GET', '/state', undefined, { authorization: given })).status,
        401,
        'a wrong token',
      );
    }
    assert.equal((await world.admin('GET', '/state', undefined, { authorization })).status, 200);
  });

  it('never says a password, whatever is asked', async () => {
    const device = await world.joinDevice();
    await world.backup(device, { password: 'Planted-Xy7#secret' });
    const asked = [
      '/state',
      '/faults',
      `/devices/${device.deviceId}`,
      `/devices/${device.deviceId}/credentials`,
      '/credentials',
      '/',
    ];
    for (const path of asked) {
      const { text } = await world.admin('GET', path);
      assert.equal(text.includes('Planted'), false, path);
      assert.equal(text.includes(Buffer.from('Planted-Xy7#secret').toString('base64')), false, path);
      assert.equal(text.includes(world.passwordOf('alice@contoso.test')), false, path);
    }
  });

  it('switches faults, the switch, the clock and devices, and shows them', async () => {
    const device = await world.joinDevice();
    assert.equal((await world.fault('backup:nonsense')).status, 400);
    assert.equal((await world.fault('backup:hang:2')).status, 200);
    await world.lapsSwitch(false);
    await world.admin('POST', '/clock', { skewSeconds: 3_600 });
    await world.admin('PATCH', `/devices/${device.deviceId}`, { accountEnabled: false, displayName: 'RENAMED' });
    const state = (await world.admin('GET', '/state')).json;
    assert.deepEqual(state['faults'], [{ spec: 'backup:hang:2', left: 2 }]);
    assert.equal(state['lapsEnabled'], false);
    assert.ok(Date.parse(textOf(state['now'])) > Date.now() + 3_500_000);
    assert.match(JSON.stringify(state['devices']), /"displayName":"RENAMED","accountEnabled":false/);
    for (const [path, body] of [
      ['/laps-switch', { enabled: 'yes' }],
      ['/clock', { skewSeconds: '1' }],
      ['/faults', { specs: 'x' }],
    ] as const) {
      assert.equal((await world.admin('POST', path, body)).status, 400, path);
    }
    assert.equal((await world.admin('PATCH', '/devices/none', { accountEnabled: true })).status, 404);
  });

  it('does what the README says, word for word', async () => {
    const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, block = ''] = /<!-- management -->([\s\S]*)<!-- \/management -->/.exec(page) ?? [];
    const calls = [...block.matchAll(/^admin ([A-Z]+) +(\/\S+)(?: '([^']*)')?/gm)];
    assert.equal(calls.length, 9);
    const device = await world.joinDevice();
    const { tenantId } = world.tenant;
    const body = new URLSearchParams({ client_id: world.publicClientId, scope: 'openid' });
    const code = textOf((await world.send(`/${tenantId}/oauth2/v2.0/devicecode`, { body })).json['user_code']);
    for (const [line, method = '', path = '', words] of calls) {
      const given: unknown = words === undefined ? undefined : JSON.parse(words.replace('CODE', code));
      const reply = await world.admin(
        method,
        path.replace('DEVICEID', device.deviceId),
        given === undefined ? undefined : asRecord(given),
      );
      assert.ok(reply.status < 300, `${line}: ${reply.status} ${reply.text}`);
    }
    assert.deepEqual((await world.admin('GET', '/state')).json['faults'], []);
  });

  it('resets to the seed, users keeping their passwords', async () => {
    await world.joinDevice();
    assert.equal((await world.admin('POST', '/reset')).status, 204);
    const state = (await world.admin('GET', '/state')).json;
    assert.deepEqual(state['counts'], { users: 8, applications: 3, devices: 0, credentials: 0, audits: 0 });
    assert.equal(state['lapsEnabled'], true);
    assert.deepEqual([state['faults'], state['skewSeconds']], [[], 0]);
    assert.ok(await world.adminToken());
  });
});
