/**
 * The tenant's switch in Graph: what a put may say.
 */
import assert from 'node:assert/strict';
import { asRecord, textOf } from '../support/foreignJson.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const path = '/v1.0/policies/deviceRegistrationPolicy';

describe('the device registration policy in Graph', () => {
  let world: TestTenant;
  let admin: string;
  before(async () => {
    world = await startTestTenant();
    admin = await world.adminToken();
  });
  after(() => world.close());

  const read = async () => (await world.graph(path, admin)).json;
  const put = (body: object) => world.graph(path, admin, { method: 'PUT', body });

  it('takes back what it gave, as one who changes a single member sends it', async () => {
    const before = await read();
    const reply = await put({ ...before, userDeviceQuota: 7 });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(await read(), { ...before, userDeviceQuota: 7 });
  });

  const wrong: ReadonlyArray<readonly [object, RegExp]> = [
    [{ bogus: 1 }, /named 'bogus'/],
    [{ constructor: 1 }, /named 'constructor'/],
    [{ id: 'x' }, /'id' is read-only/],
    [{ displayName: 'Mine' }, /'displayName' is read-only/],
    [{ localAdminPassword: { isEnabled: true, enabled: true } }, /named 'localAdminPassword\/enabled'/],
    [{ azureADJoin: { localAdmins: { bogus: 1 } } }, /named 'azureADJoin\/localAdmins\/bogus'/],
    [{ azureADJoin: { localAdmins: { enableGlobalAdmins: 'no' } } }, /enableGlobalAdmins true or false/],
  ];
  for (const [body, message] of wrong) {
    it(`refuses ${JSON.stringify(body)} and changes nothing`, async () => {
      const before = await read();
      const reply = await put({ userDeviceQuota: 3, ...body });
      assert.equal(reply.status, 400, reply.text);
      assert.match(textOf(asRecord(reply.json['error'])['message']), message);
      assert.deepEqual(await read(), before);
    });
  }
});
