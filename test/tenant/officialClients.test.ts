/**
 * The vendor's own clients, in a process of their own, read a password back from a running tenant (wire 10.4).
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { asRecord, listOf, textOf } from '../support/foreignJson.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const script = fileURLToPath(new URL('../support/tenantOfficialClients.mjs', import.meta.url));

/** Runs the child; approves the device code it prints on stderr. */
function runClients(world: TestTenant, wish: object): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: world.tenant.caFile, NO_PROXY: 'localhost,127.0.0.1' };
    const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8');
      const userCode = /"userCode":"([A-Z]+)"/.exec(err)?.[1];
      if (userCode === undefined) return;
      err = '';
      const userPrincipalName = `intune@${world.tenant.domain}`;
      world.admin('POST', '/device-codes/approve', { userCode, userPrincipalName }).catch(reject);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(asRecord(JSON.parse(out)));
      else reject(new Error(`the clients ended with ${code}: ${err}`));
    });
    child.stdin.end(JSON.stringify(wish));
  });
}

describe('official clients', () => {
  it('read a password back over HTTPS, and a user without a role does not', async () => {
    const world = await startTestTenant();
    try {
      const password = 'Planted-"ü" 0x1F \\ official';
      const device = await world.joinDevice();
      assert.equal((await world.backup(device, { password })).status, 200);
      const user = (name: string) => {
        const username = `${name}@${world.tenant.domain}`;
        return { username, password: world.passwordOf(username) };
      };
      const application = {
        appId: world.appId('LAPS recovery service'),
        secret: world.appSecret('LAPS recovery service'),
      };
      const said = await runClients(world, {
        origin: world.tenant.url,
        tenantId: world.tenant.tenantId,
        publicClientId: world.publicClientId,
        application,
        user: user('clouddevice'),
        nobody: user('alice'),
        deviceId: device.deviceId,
      });

      const [listed] = listOf(asRecord(said['list'])['value']);
      assert.equal(listed?.['deviceName'], device.name);
      assert.equal(listed?.['credentials'], undefined);
      for (const way of ['byApplication', 'byUser']) {
        const [credential] = listOf(asRecord(said[way])['credentials']);
        const read = Buffer.from(textOf(credential?.['passwordBase64']), 'base64').toString('utf8');
        assert.equal(read, password, way);
      }
      assert.equal(said['account'], 'clouddevice@contoso.test');
      assert.equal(said['deviceCodeAccount'], 'intune@contoso.test');
      assert.equal(asRecord(said['wrongPassword'])['failed'], 'invalid_grant');
      const nobody = asRecord(said['byNobody']);
      assert.equal(nobody['failed'], 'Authorization_RequestDenied');
      assert.equal(nobody['statusCode'], 403);
      assert.match(textOf(nobody['requestId']), /^[0-9a-f-]{36}$/);
    } finally {
      await world.close();
    }
  });
});
