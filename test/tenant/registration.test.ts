import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { X509Certificate as Parsed } from '@peculiar/x509';
import { guidBytes } from '../../agent/tenant/plain.ts';
import { asRecord, listOf, textOf } from '../support/foreignJson.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('registration', () => {
  let world: TestTenant;
  before(async () => {
    world = await startTestTenant();
  });
  after(() => world.close());
  afterEach(() => world.admin('POST', '/reset'));

  it('believes a leave only with the device’s own certificate', async () => {
    const [device, second] = [await world.joinDevice(), await world.joinDevice()];
    const leave = (client?: { key: string; cert: string }) =>
      world.send(`/EnrollmentServer/device/${device.deviceId}?api-version=1.0`, {
        method: 'DELETE',
        ...(client === undefined ? {} : { client }),
      });
    const other = await startTestTenant();
    try {
      const foreign = await other.joinDevice();
      assert.equal((await leave()).status, 401);
      assert.equal((await leave(foreign.clientCertificate)).json['subcode'], 'error_invalid_certificate');
      assert.equal((await leave(second.clientCertificate)).json['subcode'], 'error_device_mismatch');
    } finally {
      await other.close();
    }
    await world.backup(device, { password: 'Gone-1' });
    assert.equal((await leave(device.clientCertificate)).status, 200);
    assert.equal((await leave(device.clientCertificate)).status, 401);
    const gone = await world.graph(
      `/v1.0/deviceLocalCredentials/${device.deviceId}?$select=credentials`,
      await world.adminToken(),
    );
    assert.equal(gone.status, 404);
  });

  for (const [name, days] of [
    ['in 2014', -4_400],
    ['a year ahead', 366],
  ] as const)
    it(`knows a device that joined with a clock ${name}, once the clock is right`, async () => {
      world.clock.offsetMs = days * 86_400_000;
      const device = await world.joinDevice().finally(() => {
        world.clock.offsetMs = 0;
      });
      await world.backup(device, { password: 'Right-1' });
      const gone = await world.send(`/EnrollmentServer/device/${device.deviceId}?api-version=1.0`, {
        method: 'DELETE',
        client: device.clientCertificate,
      });
      assert.equal(gone.status, 200);
    });

  it('issues a certificate of the layout of wire 1.4', async () => {
    const at = Date.now();
    const device = await world.joinDevice();
    const certificate = new X509Certificate(Buffer.from(device.certificate, 'base64'));
    assert.equal(certificate.subject, `CN=${device.deviceId}`);
    assert.doesNotMatch(certificate.issuer, /MS-Organization-Access|Microsoft/);
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    assert.equal(to.getUTCFullYear() - new Date(at).getUTCFullYear(), 10);
    assert.equal((to.getTime() - from.getTime()) % 86_400_000, 1_800_000);
    const parsed = new Parsed(certificate.raw);
    const value = (last: number) => {
      const extension = parsed.getExtension(`1.2.840.113556.1.5.284.${last}`);
      assert.ok(extension, String(last));
      return Buffer.from(extension.value).toString('hex');
    };
    const hex = (guid: string) => `0410${guidBytes(guid).toString('hex')}`;
    assert.equal(value(2), hex(device.deviceId));
    assert.equal(value(5), hex(world.tenant.tenantId));
    assert.equal(value(7), '040131');
    assert.equal(value(8), '04024555');
    assert.match(textOf(asRecord(device.joinReply.json['Certificate'])['Thumbprint']), /^[0-9A-F]{40}$/);
  });

  it('maps join types to trust types, and refuses those it does not know', async () => {
    const admin = await world.adminToken();
    for (const [joinType, trustType] of [
      [0, 'AzureAd'],
      [4, 'Workplace'],
      [6, 'ServerAd'],
      [8, 'AzureAd'],
    ] as const) {
      const device = await world.joinDevice({ joinType });
      const { json } = await world.graph(`/v1.0/devices/${device.objectId}`, admin);
      assert.equal(json['trustType'], trustType);
    }
    for (const joinType of [3, 7, -1, 0.5]) await assert.rejects(world.joinDevice({ joinType }), /JoinType/);
  });

  it('keeps to the quota, even when two joins come at once', async () => {
    await world.admin('POST', '/policy', { userDeviceQuota: 2 });
    const joins = await Promise.allSettled([1, 2, 3, 4].map(() => world.joinDevice()));
    assert.equal(joins.filter((join) => join.status === 'fulfilled').length, 2);
    assert.equal(listOf((await world.admin('GET', '/state')).json['devices']).length, 2);
    await world.joinDevice({ user: 'helpdesk' });
  });

  it('lets only those join whom the policy allows', async () => {
    const nobody = { '@odata.type': '#microsoft.graph.noDeviceRegistrationMembership' };
    await world.admin('POST', '/policy', { azureADJoin: { allowedToJoin: nobody } });
    await assert.rejects(world.joinDevice(), /error_join_not_allowed/);
    await world.joinDevice({ joinType: 4 });
    await world.admin('POST', '/policy', { multiFactorAuthConfiguration: 'required' });
    await assert.rejects(world.joinDevice({ joinType: 4 }), /error_mfa_required/);
  });

  it('takes a deleted device’s place away for ever: a new join is a new device', async () => {
    const first = await world.joinDevice({ name: 'SAME' });
    const second = await world.joinDevice({ name: 'SAME' });
    assert.notEqual(first.deviceId, second.deviceId);
    const filter = encodeURIComponent("displayName eq 'same'");
    const { json } = await world.graph(`/v1.0/devices?$filter=${filter}`, await world.adminToken());
    assert.equal(listOf(json['value']).length, 2);
  });
});
