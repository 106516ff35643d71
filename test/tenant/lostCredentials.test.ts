import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const admin = 'clouddevice@contoso.test';
const other = 'globaladmin@contoso.test';

describe('a credentials file that lost something', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-tenant-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const path = (): string => join(folder, 'credentials.json');
  const start = (): Promise<TestTenant> => startTestTenant({ folder, dataFile: join(folder, 'tenant.db') });

  /** Starts a tenant, ends it, spoils the file, starts it again; what it was and what it is. */
  async function restartedAfter(spoil: () => void) {
    const first = await start();
    const device = await first.joinDevice();
    await first.backup(device, { password: 'Kept-1' });
    await first.close();
    const was = { admin: first.passwordOf(admin), other: first.passwordOf(other) };
    spoil();
    const again = await start();
    try {
      const is = { admin: again.passwordOf(admin), other: again.passwordOf(other) };
      // What the file now says is what opens: a user's password and an application's secret.
      const signIn = async (password: string) => {
        const form = { grant_type: 'password', client_id: again.publicClientId, scope: 'openid', username: admin };
        return (await again.token('v2', { ...form, password })).status;
      };
      return {
        was,
        is,
        redrawn: again.tenant.redrawn,
        recovered: (await again.recover(device.deviceId)).map((each) => each.password),
        application: await again.appToken(),
        withNew: await signIn(is.admin),
        withOld: await signIn(was.admin),
        mode: statSync(path()).mode & 0o777,
      };
    } finally {
      await again.close();
    }
  }

  for (const [what, spoil] of [
    ['is gone', () => rmSync(path())],
    ['was cut short', () => writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, 40))],
    ['is empty', () => writeFileSync(path(), '')],
    ['is not what it was', () => writeFileSync(path(), '{"users":7,"applications":[null]}')],
  ] as const)
    it(`${what}: everybody gets a new password, the old ones open nothing, and what was backed up is kept`, async () => {
      const seen = await restartedAfter(spoil);
      assert.notEqual(seen.is.admin, seen.was.admin);
      assert.notEqual(seen.is.other, seen.was.other);
      assert.deepEqual([seen.withNew, seen.withOld], [200, 400]);
      assert.deepEqual(seen.recovered, ['Kept-1']);
      assert.equal(seen.mode, 0o600);
      assert.ok(seen.redrawn.includes(admin) && seen.redrawn.includes('LAPS recovery service'));
    });

  it('knows one user less: only that one gets a new password', async () => {
    const seen = await restartedAfter(() => {
      const file = JSON.parse(readFileSync(path(), 'utf8'));
      file.users = file.users.filter((each: { userPrincipalName: string }) => each.userPrincipalName !== admin);
      writeFileSync(path(), JSON.stringify(file));
    });
    assert.notEqual(seen.is.admin, seen.was.admin);
    assert.equal(seen.is.other, seen.was.other);
    assert.deepEqual([seen.redrawn, seen.withNew, seen.withOld], [[admin], 200, 400]);
  });

  it('is whole: nobody gets a new one', async () => {
    const seen = await restartedAfter(() => {});
    assert.deepEqual([seen.is, seen.redrawn, seen.withNew], [seen.was, [], 200]);
  });
});
