/** `laps tenant` on its own: what it says when it answers, how it ends, what it does not understand. */
import assert from 'node:assert/strict';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertForm, at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { type LapsWish, laps, startLaps } from '../support/lapsProcess.ts';
import { temporaryFolder } from '../support/processWorld.ts';

describe('laps tenant', () => {
  let root: string;
  let here: LapsWish;
  before(() => {
    root = temporaryFolder();
    here = { cwd: root, env: { LAPS_DATA: join(root, 'data') } };
  });
  after(() => rmSync(root, { recursive: true, force: true }));
  const ports = ['--port', '0', '--admin-port', '0'];

  it('says in one line where it is, answers there, and ends at a polite request with nothing left running', async () => {
    const tenant = startLaps(['tenant', '--json', ...ports], here);
    await tenant.says(/\n/);
    const value: unknown = JSON.parse(tenant.stdout());
    assertForm('tenant', value);
    const reply = await fetch(`${String(at(value, 'adminUrl'))}/state`);
    assert.equal(reply.status, 401);
    for (const file of ['adminTokenFile', 'credentialsFile'])
      assert.equal(statSync(String(at(value, file))).mode & 0o777, 0o600, file);
    const { status, stderr } = await tenant.stop('SIGTERM');
    assert.deepEqual([status, stderr], [0, '']);
    await assert.rejects(fetch(`${String(at(value, 'adminUrl'))}/state`));
  });

  it('tells a person where authority, passwords and management are', async () => {
    const tenant = startLaps(['tenant', ...ports], here);
    await tenant.says(/Ctrl-C/);
    const { status, stdout } = await tenant.stop();
    assert.equal(status, 0);
    assert.match(stdout, /contoso\.test .* answers at https:\/\/localhost:\d+/);
    for (const file of ['ca.pem', 'credentials.json', 'admin.token']) assert.ok(stdout.includes(file));
  });

  it('refuses what it does not understand, with what would be right', async () => {
    expectError(await laps(['tenant', '--port', 'many'], here), 'ERR_LAPS_USAGE', /--port many/);
    expectError(await laps(['tenant', '--port', '65536'], here), 'ERR_LAPS_USAGE');
    expectError(await laps(['tenant', ...ports, '--fault', 'backup:explode'], here), 'ERR_LAPS_USAGE', /explode/);
    expectError(await laps(['tenant', ...ports, '--seed', 'nowhere.json'], here), 'ERR_LAPS_NO_SUCH_FILE');
    const seed = join(root, 'seed.json');
    writeFileSync(seed, '{"users": 1}');
    expectError(await laps(['tenant', ...ports, '--seed', seed], here), 'ERR_LAPS_SEED_INVALID');
    writeFileSync(seed, 'users');
    expectError(await laps(['tenant', ...ports, '--seed', seed], here), 'ERR_LAPS_SEED_INVALID', /not JSON/);
  });
});
