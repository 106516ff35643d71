import assert from 'node:assert/strict';
import { textOf } from '../support/foreignJson.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

describe('signing in with a code', () => {
  let world: TestTenant;
  before(async () => {
    world = await startTestTenant();
  });
  after(() => world.close());

  async function begin() {
    const scope = 'https://graph.microsoft.com/DeviceLocalCredential.Read.All openid';
    const { json } = await world.send(`/${world.tenant.tenantId}/oauth2/v2.0/devicecode`, {
      body: new URLSearchParams({ client_id: world.publicClientId, scope }),
    });
    return { userCode: textOf(json['user_code']), deviceCode: textOf(json['device_code']) };
  }
  const poll = async (device_code: string, client_id = world.publicClientId) =>
    (await world.token('v2', { grant_type: 'device_code', client_id, device_code })).json;
  const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    world.send('/devicelogin', { body: new URLSearchParams(form), headers });
  const username = 'helpdesk@contoso.test';

  it('on the page needs the right password, from the page itself, and works once', async () => {
    const { userCode, deviceCode } = await begin();
    const password = world.passwordOf(username);
    assert.equal((await post({ code: userCode, username, password: 'not it' })).status, 400);
    assert.equal((await post({ code: userCode, username, password }, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await poll(deviceCode))['error'], 'authorization_pending');
    assert.equal(
      (await post({ code: userCode.toLowerCase(), username, password }, { origin: world.tenant.url })).status,
      200,
    );
    assert.equal((await poll(deviceCode, '29d9ed98-a469-4536-ade2-f981bc1d605e'))['error'], 'invalid_grant');
    assert.equal(typeof (await poll(deviceCode))['access_token'], 'string');
    assert.equal((await poll(deviceCode))['error'], 'invalid_grant');
    assert.equal((await post({ code: userCode, username, password })).status, 400);
  });

  it('can be declined', async () => {
    const { userCode, deviceCode } = await begin();
    await post({ code: userCode, username, password: world.passwordOf(username), choice: 'decline' });
    assert.equal((await poll(deviceCode))['error'], 'authorization_declined');
  });

  it('shows a page without scripts, in which nothing from outside is markup', async () => {
    const page = await world.send('/devicelogin?code=%22%3E%3Cscript%3E');
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /<script|onload/i);
    assert.match(textOf(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  });
});
