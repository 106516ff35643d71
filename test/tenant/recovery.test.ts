/**
 * Graph over several devices: lists, pages, roles, audit of reads.
 */
import assert from 'node:assert/strict';
import { listOf, textOf } from '../support/foreignJson.ts';
import { type JoinedDevice, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('recovery through Graph', () => {
  let world: TestTenant;
  const devices: JoinedDevice[] = [];
  before(async () => {
    world = await startTestTenant();
    for (let n = 0; n < 5; n += 1) {
      const device = await world.joinDevice({ name: `PAGE-${n}` });
      devices.push(device);
      await world.backup(device, { password: `Page-${n}` });
    }
  });
  after(() => world.close());

  it('pages through the list by an opaque token, each device once', async () => {
    const token = await world.adminToken();
    const seen: string[] = [];
    let next: string | undefined =
      '/v1.0/directory/deviceLocalCredentials?$top=2&$orderby=deviceName%20desc&$select=deviceName,credentials&$count=true';
    let pages = 0;
    while (next !== undefined) {
      const { json, text } = await world.graph(next, token);
      assert.equal(json['@odata.count'], 5);
      assert.equal(text.includes('passwordBase64'), false);
      seen.push(...listOf(json['value']).map((each) => textOf(each['deviceName'])));
      const link = json['@odata.nextLink'];
      next = typeof link === 'string' ? link.replace(world.tenant.url, '') : undefined;
      pages += 1;
    }
    assert.deepEqual(seen, ['PAGE-4', 'PAGE-3', 'PAGE-2', 'PAGE-1', 'PAGE-0']);
    assert.equal(pages, 3);
  });

  it('pages through the audit journal while it grows', async () => {
    const token = await world.adminToken();
    const filter = encodeURIComponent("activityDisplayName eq 'Update device local administrator password'");
    const ids = new Set<unknown>();
    let next: string | undefined = `/v1.0/auditLogs/directoryAudits?$filter=${filter}&$top=2`;
    while (next !== undefined) {
      const { json } = await world.graph(next, token);
      for (const each of listOf(json['value'])) ids.add(each['id']);
      await world.recover(devices[0]?.deviceId ?? '', token);
      const link = json['@odata.nextLink'];
      next = typeof link === 'string' ? link.replace(world.tenant.url, '') : undefined;
    }
    assert.equal(ids.size, 5);
  });

  it('writes a recover record for a read with passwords by an application, and none for metadata or a refusal', async () => {
    const [device] = devices;
    assert.ok(device);
    const path = `/v1.0/deviceLocalCredentials/${device.deviceId}`;
    const admin = await world.adminToken();
    const filter = encodeURIComponent("activityDisplayName eq 'Recover device local administrator password'");
    const records = async () =>
      listOf((await world.graph(`/v1.0/auditLogs/directoryAudits?$filter=${filter}&$top=999`, admin)).json['value']);
    const before = await records();
    await world.graph(path, admin);
    await world.graph(`${path}?$select=credentials`, await world.userToken('helpdesk'));
    await world.graph(`${path}?$select=credentials`, await world.appToken('LAPS inventory service'));
    assert.equal((await records()).length, before.length);
    await world.graph(`${path}?$select=credentials`, await world.appToken());
    const [newest] = await records();
    assert.equal((await records()).length, before.length + 1);
    assert.match(JSON.stringify(newest?.['initiatedBy']), /"LAPS recovery service"/);
  });

  it('shows each built-in role what wire 7.1 says, and no more', async () => {
    const path = `/v1.0/deviceLocalCredentials/${devices[0]?.deviceId}`;
    const statuses: Record<string, readonly number[]> = {};
    for (const name of [
      'globaladmin',
      'clouddevice',
      'intune',
      'helpdesk',
      'securityadmin',
      'securityreader',
      'globalreader',
      'alice',
    ]) {
      const token = await world.userToken(name);
      const [metadata, password] = await Promise.all([
        world.graph(path, token),
        world.graph(`${path}?$select=credentials`, token),
      ]);
      statuses[name] = [metadata.status, password.status];
    }
    assert.deepEqual(statuses, {
      globaladmin: [200, 200],
      clouddevice: [200, 200],
      intune: [200, 200],
      helpdesk: [200, 403],
      securityadmin: [200, 403],
      securityreader: [200, 403],
      globalreader: [200, 403],
      alice: [403, 403],
    });
  });

  it('deletes the credential with the device, for ever', async () => {
    const device = await world.joinDevice({ name: 'DOOMED' });
    await world.backup(device, { password: 'Doomed-1' });
    const admin = await world.adminToken();
    assert.equal((await world.graph(`/v1.0/devices/${device.objectId}`, admin, { method: 'DELETE' })).status, 204);
    assert.equal((await world.graph(`/v1.0/deviceLocalCredentials/${device.deviceId}`, admin)).status, 404);
    assert.equal((await world.graph(`/v1.0/devices/${device.objectId}`, admin)).status, 404);
  });

  it('refuses a patch of what is the directory’s own, changing nothing', async () => {
    const [device] = devices;
    assert.ok(device);
    const admin = await world.adminToken();
    const patch = (body: object) => world.graph(`/v1.0/devices/${device.objectId}`, admin, { method: 'PATCH', body });
    for (const body of [
      { deviceId: 'x' },
      { displayName: 'NEW', trustType: 'AzureAd' },
      { accountEnabled: 'false' },
      [],
    ]) {
      assert.equal((await patch(body)).status, 400, JSON.stringify(body));
    }
    assert.equal((await patch({ isCompliant: true, displayName: 'PAGE-0' })).status, 204);
    const { json } = await world.graph(`/v1.0/devices/${device.objectId}`, admin);
    assert.deepEqual([json['displayName'], json['isCompliant'], json['accountEnabled']], ['PAGE-0', true, true]);
  });

  it('lists the metadata where only credentials are selected, and never a password', async () => {
    const token = await world.adminToken();
    const { json, text } = await world.graph('/v1.0/deviceLocalCredentials?$select=credentials&$top=1', token);
    assert.deepEqual(Object.keys(listOf(json['value'])[0] ?? {}), [
      'id',
      'deviceName',
      'lastBackupDateTime',
      'refreshDateTime',
    ]);
    assert.equal(text.includes('passwordBase64'), false);
  });

  it('finds one by its key in brackets, and counts all', async () => {
    const token = await world.adminToken();
    for (const path of ['/v1.0/deviceLocalCredentials', '/beta/directory/deviceLocalCredentials']) {
      const one = await world.graph(`${path}('${devices[1]?.deviceId}')`, token);
      assert.deepEqual([one.status, one.json['deviceName']], [200, 'PAGE-1'], path);
      const filter = encodeURIComponent("startswith(deviceName,'PAGE-')");
      assert.equal((await world.graph(`${path}/$count?$filter=${filter}`, token)).text, '5');
    }
  });

  it('refuses to count the audit journal, as it refuses all it does not do', async () => {
    const path = '/v1.0/auditLogs/directoryAudits?$count=true';
    const reply = await world.graph(path, await world.adminToken());
    assert.equal(reply.status, 400);
    assert.match(reply.text, /\$count is not supported on this resource/);
  });

  it('wants a User-Agent only where it is strict', async () => {
    const strict = await startTestTenant({ limits: { requireUserAgent: true } });
    try {
      const token = await strict.adminToken();
      assert.equal((await strict.graph('/v1.0/deviceLocalCredentials', token)).status, 200);
    } finally {
      await strict.close();
    }
  });
});
