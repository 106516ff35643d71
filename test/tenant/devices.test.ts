/**
 * Devices in Graph: what a patch may say, how one is addressed, how many there are.
 */
import assert from 'node:assert/strict';
import { asRecord, textOf } from '../support/foreignJson.ts';
import { type JoinedDevice, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('devices in Graph', () => {
  let world: TestTenant;
  let device: JoinedDevice;
  let admin: string;
  before(async () => {
    world = await startTestTenant();
    device = await world.joinDevice({ name: 'PATCHED' });
    admin = await world.adminToken();
  });
  after(() => world.close());

  const audits = async () => asRecord((await world.admin('GET', '/state')).json['counts'])['audits'];
  const patch = (body: string) =>
    world.graph(`/v1.0/devices/${device.objectId}`, admin, {
      method: 'PATCH',
      body,
      headers: { 'content-type': 'application/json' },
    });

  const wrong: ReadonlyArray<readonly [string, RegExp]> = [
    ['{"constructor":"abc"}', /named 'constructor'/],
    ['{"toString":"abc"}', /named 'toString'/],
    ['{"__proto__":"abc"}', /named '__proto__'/],
    ['{"hasOwnProperty":true}', /named 'hasOwnProperty'/],
    ['{"bogus":1}', /named 'bogus'/],
    ['{"trustType":"AzureAd"}', /'trustType' is read-only/],
    ['{"displayName":"a\\u0007b"}', /'displayName' must not hold control characters/],
    ['{"displayName":""}', /1 to 255 characters/],
  ];
  for (const [body, message] of wrong) {
    it(`refuses ${body} in words, and writes no record of it`, async () => {
      const before = await audits();
      const reply = await patch(body);
      assert.equal(reply.status, 400, reply.text);
      assert.match(textOf(asRecord(reply.json['error'])['message']), message);
      assert.equal(await audits(), before);
    });
  }

  it('finds one by object id, by its key in brackets, and by deviceId', async () => {
    for (const path of [
      `/devices/${device.objectId}`,
      `/devices('${device.objectId}')`,
      `/devices(deviceId='${device.deviceId}')`,
    ]) {
      const { status, json } = await world.graph(`/v1.0${path}`, admin);
      assert.deepEqual([status, json['displayName']], [200, 'PATCHED'], path);
    }
  });

  it('counts them, all or those of a filter, as bare text', async () => {
    await world.joinDevice({ name: 'COUNTED' });
    const all = await world.graph('/v1.0/devices/$count', admin);
    assert.deepEqual([all.status, all.text, all.headers['content-type']], [200, '2', 'text/plain']);
    const filter = encodeURIComponent("displayName eq 'COUNTED'");
    assert.equal((await world.graph(`/v1.0/devices/$count?$filter=${filter}`, admin)).text, '1');
    assert.equal((await world.graph('/v1.0/devices/$count?$filter=x', admin)).status, 400);
    const deleted = await world.graph('/v1.0/devices/$count', admin, { method: 'DELETE' });
    assert.deepEqual([deleted.status, deleted.headers['allow']], [405, 'GET, HEAD']);
  });
});
