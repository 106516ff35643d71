/**
 * The running tenant against every exchange of fixtures/wire, which were written from the specification.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { WireReply } from '../support/bareWire.ts';
import { certificateRequest, signedText, transportKeyOf } from '../support/deviceKeys.ts';
import { textOf } from '../support/foreignJson.ts';
import { fill, isThere, mismatches, namesIn, type WireFixture, wireFixtures } from '../support/tenantWire.ts';
import { graphScopes, type JoinedDevice, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const backedUpPassword = 'Backed-Up#1 "quoted" \\ 0x1F ü';

/** Everything a fixture may name, made when it is named. */
async function namesFor(fixture: WireFixture, world: TestTenant): Promise<Record<string, string>> {
  const { tenant } = world;
  const host = new URL(tenant.url).host;
  const names: Record<string, string> = {
    origin: tenant.url,
    host,
    originEncoded: encodeURIComponent(tenant.url),
    tenantId: tenant.tenantId,
    domain: tenant.domain,
    drsResource: 'urn:ms-drs:localhost',
    newDeviceName: 'DESKTOP-NEW',
    adminUser: `clouddevice@${tenant.domain}`,
    adminPassword: world.passwordOf(`clouddevice@${tenant.domain}`),
    joinUser: `alice@${tenant.domain}`,
    joinPassword: world.passwordOf(`alice@${tenant.domain}`),
    appId: world.appId('LAPS recovery service'),
    appSecret: world.appSecret('LAPS recovery service'),
    publicAppId: world.publicClientId,
    backedUpPasswordBase64: Buffer.from(backedUpPassword).toString('base64'),
  };
  const used = namesIn(fixture.request);
  const everything = Object.values(graphScopes).join(' ');
  for (const name of new Set(used)) {
    if (name.endsWith('Token') && name !== 'deviceToken') names[name] = await tokenNamed(name, world, everything);
  }
  if (used.includes('csr') || used.includes('transportKey')) {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    names['csr'] = await certificateRequest(key);
    names['transportKey'] = transportKeyOf(key);
  }
  return names;
}

function tokenNamed(name: string, world: TestTenant, everything: string): Promise<string> {
  if (name === 'joinToken') return world.joinToken();
  if (name === 'appToken') return world.appToken();
  if (name === 'basicAppToken') return world.appToken('LAPS inventory service');
  if (name.startsWith('alice')) return world.userToken('alice', everything);
  if (name === 'intuneToken') return world.userToken('intune', everything);
  if (name === 'globalReaderToken') return world.userToken('globalreader', everything);
  return world.userToken('clouddevice', everything);
}

/** Brings about what a fixture says is given, in its order. */
async function arrange(
  fixture: WireFixture,
  world: TestTenant,
  names: Record<string, string>,
): Promise<JoinedDevice | undefined> {
  let device: JoinedDevice | undefined;
  for (const given of fixture.given) {
    if (given === 'device' || given === 'registered-device') {
      device = await world.joinDevice({ joinType: given === 'device' ? 0 : 4 });
      names['deviceId'] = device.deviceId;
      names['objectId'] = device.objectId;
      names['deviceName'] = device.name;
      names['deviceToken'] = await world.deviceToken(device);
      names['deviceCertificate'] = device.certificate;
    }
    if (given === 'second-device') names['secondDeviceId'] = (await world.joinDevice()).deviceId;
    if (given === 'switch-off') await world.lapsSwitch(false);
    if (given === 'quota-zero') await world.admin('POST', '/policy', { userDeviceQuota: 0 });
    if (given.startsWith('fault:')) await world.fault(given.slice('fault:'.length));
    if (given.startsWith('device-code-')) names['deviceCode'] = await deviceCode(given, world);
    if (device === undefined) continue;
    if (given === 'backed-up' || given === 'backup-refused' || given === 'backup-limit-reached') {
      const reply = await world.backup(device, { password: backedUpPassword });
      assert.equal(reply.status === 200, given !== 'backup-refused', reply.text);
    }
    if (given === 'device-disabled')
      await world.admin('PATCH', `/devices/${device.deviceId}`, { accountEnabled: false });
    if (given === 'device-deleted') await world.admin('DELETE', `/devices/${device.deviceId}`);
    if (given === 'recovered-by-user') await world.recover(device.deviceId);
  }
  return device;
}

async function deviceCode(given: string, world: TestTenant): Promise<string> {
  const scope = 'https://graph.microsoft.com/DeviceLocalCredential.Read.All openid profile offline_access';
  const reply = await world.send(`/${world.tenant.tenantId}/oauth2/v2.0/devicecode`, {
    body: new URLSearchParams({ client_id: world.publicClientId, scope }),
  });
  const userCode = textOf(reply.json['user_code']);
  if (given.endsWith('approved')) {
    const userPrincipalName = `helpdesk@${world.tenant.domain}`;
    assert.equal((await world.admin('POST', '/device-codes/approve', { userCode, userPrincipalName })).status, 204);
  }
  if (given.endsWith('expired')) await world.admin('POST', '/clock', { skewSeconds: 901 });
  return textOf(reply.json['device_code']);
}

async function signedRequest(
  fixture: WireFixture,
  world: TestTenant,
  device: JoinedDevice,
  names: Record<string, string>,
) {
  names['nonce'] = await world.nonce();
  const jwt = fill(fixture.jwt ?? { header: {}, payload: {} }, names);
  const another = fixture.given.includes('signed-by-another-key');
  const key = another ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : device.privateKey;
  names['signedRequest'] = signedText(jwt.header, jwt.payload, key);
}

async function exchange(fixture: WireFixture, world: TestTenant) {
  const names = await namesFor(fixture, world);
  const device = await arrange(fixture, world, names);
  if (fixture.jwt !== undefined && device !== undefined) await signedRequest(fixture, world, device, names);
  const { method, path, headers, body, rawBody } = fill(fixture.request, names);
  const isForm = headers['content-type']?.includes('urlencoded') === true;
  const sent =
    rawBody ?? (isForm && typeof body === 'object' && body !== null ? new URLSearchParams({ ...body }) : body);
  const client = fixture.given.includes('client-certificate') ? device?.clientCertificate : undefined;
  const send = () =>
    world.send(path, {
      method,
      headers,
      ...(typeof sent === 'string' || (typeof sent === 'object' && sent !== null) ? { body: sent } : {}),
      ...(client === undefined ? {} : { client }),
    });
  if (fixture.given.includes('nonce-used')) assert.equal((await send()).status, 200);
  return { reply: await send(), names };
}

function judge(fixture: WireFixture, reply: WireReply, names: Record<string, string>): void {
  const expected = fill(fixture.response, names);
  const problems = [
    ...mismatches(expected.status, reply.status, 'status'),
    ...mismatches(expected.headers, reply.headers, 'headers'),
    ...mismatches(expected.body ?? {}, reply.json, ''),
    ...(expected.absent ?? []).filter((path) => isThere(reply.json, path)).map((path) => `${path}: must not be there`),
  ];
  assert.deepEqual(problems, [], reply.text);
}

describe('the tenant, against fixtures/wire', () => {
  let world: TestTenant;
  let strict: TestTenant;

  before(async () => {
    world = await startTestTenant({ limits: { lenientHexNumbers: false } });
    strict = await startTestTenant({ limits: { lenientHexNumbers: true, backupsPerHour: 1 } });
  });
  after(async () => {
    await Promise.all([world.close(), strict.close()]);
  });
  afterEach(() => Promise.all([world.admin('POST', '/reset'), strict.admin('POST', '/reset')]));

  it('finds fixtures of every operation', () => {
    const folders = new Set(wireFixtures().map((fixture) => fixture.name.split('/')[0]));
    assert.ok(folders.size >= 15, [...folders].join());
  });

  for (const fixture of wireFixtures()) {
    it(`answers ${fixture.name} as it was written down`, async () => {
      const limited = ['lenient-hex-numbers', 'backup-limit-reached'].some((given) => fixture.given.includes(given));
      const { reply, names } = await exchange(fixture, limited ? strict : world);
      judge(fixture, reply, names);
    });
  }
});
