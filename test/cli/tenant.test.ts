/** `laps tenant` on its own: what it says when it answers, how it ends, what it does not understand. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertForm, at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { type LapsWish, laps, startLaps } from '../support/lapsProcess.ts';
import { temporaryFolder } from '../support/processWorld.ts';
import { contosoSeed } from '../support/tenantWorld.ts';

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
    const told = async (text: string, says: RegExp): Promise<void> => {
      writeFileSync(seed, text);
      expectError(await laps(['tenant', ...ports, '--seed', seed], here), 'ERR_LAPS_SEED_INVALID', says);
    };
    await told('{"users": 1}', /seed\.json:1:1: .*the member "tenantId" is missing$/);
    const shipped = { ...contosoSeed(), users: [{ userPrincipalName: 'a', displayName: 'A', roles: [] }] };
    await told(
      JSON.stringify(shipped, null, 2),
      /seed\.json:\d+:28: .*\/users\/0\/userPrincipalName: it does not have/,
    );
    await told('users', /seed\.json:1:1: this is not a JSON value$/);
    await told('{\n  "users": [}', /seed\.json:2:13: /);
  });

  it('refuses two listeners on one port', async () => {
    const end = await laps(['tenant', '--port', '4711', '--admin-port', '4711'], here);
    expectError(end, 'ERR_LAPS_USAGE', /both 4711/);
  });

  it('refuses a data file where none can be, and makes nothing on the way there', async () => {
    const folder = join(root, 'folder');
    const pipe = join(root, 'pipe');
    mkdirSync(folder);
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    const before = readdirSync(root);
    const at = (file: string) => laps(['tenant', ...ports, '--data-file', file], here);
    expectError(
      await at(join(root, 'none', 'x.db')),
      'ERR_LAPS_NO_SUCH_FILE',
      /the folder it belongs in does not exist/,
    );
    expectError(await at(folder), 'ERR_LAPS_FILE_UNREADABLE', /is a folder/);
    expectError(await at(pipe), 'ERR_LAPS_FILE_UNREADABLE', /not a plain file/);
    // A folder that takes nothing, whoever asks: making one there must end, with an answer.
    const end = await at('/proc/x.db');
    assert.match(end.stderr, /^laps: error: \/proc\/x\.db.* \[ERR_LAPS_(NO_SUCH_FILE|PERMISSION|DISK)\]\nlaps: hint: /);
    assert.equal(end.status, 3);
    expectError(await laps(['tenant', ...ports, '--seed', pipe], here), 'ERR_LAPS_FILE_UNREADABLE', /not a plain file/);
    assert.deepEqual(readdirSync(root), before);
    if (process.getuid?.() !== 0) return;
    const strange = join(root, 'strange');
    mkdirSync(strange, { mode: 0o777 });
    chmodSync(root, 0o711);
    chownSync(strange, 65534, 65534);
    const other = { cwd: strange, env: { LAPS_DATA: join(strange, 'data') }, uid: 65534 };
    const barred = await laps(['tenant', ...ports, '--data-file', join(root, 'x.db')], other);
    expectError(barred, 'ERR_LAPS_PERMISSION', /no permission to write there/);
  });
});
