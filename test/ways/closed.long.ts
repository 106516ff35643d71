/**
 * No door for other users, no memory on the disk: a real daemon and its tenant, tried by somebody else, and killed with
 * core dumps allowed.
 *
 * Knows: another user can be played by root alone, and where dumps are written here; without either it says what it skips.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import type { RunningLaps } from '../support/lapsProcess.ts';
import { findSecrets } from '../support/plantedSecret.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

/** Debian's nobody. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const onLinux = process.platform === 'linux';

function skipAloud(test: Mocha.Context, why: string): never {
  console.log(`      skipped: ${why}`);
  return test.skip();
}

/** Everything below a folder, folders and sockets included. */
function allBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

/** Runs a line of JavaScript as nobody; its answer. */
function asNobody(line: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', line], {
    uid: nobody,
    gid: nobody,
    cwd: '/',
    env: {},
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe('a running installation', () => {
  let world: ProcessWorld;
  let daemon: RunningLaps;

  before(async () => {
    world = await createProcessWorld();
    // So that it is the data folder itself that keeps others out, not the folder around it.
    chmodSync(world.root, 0o755);
    daemon = world.start(['run']);
    await daemon.says(/Ctrl-C ends it/);
  });
  after(() => world.close());

  it('has no file, folder or socket that group or others may touch', () => {
    const open = allBelow(world.data).filter((path) => (lstatSync(path).mode & 0o077) !== 0);
    assert.deepEqual(open, []);
    assert.equal(lstatSync(world.data).mode & 0o777, 0o700);
    assert.ok(existsSync(join(world.data, 'run', 'laps.sock')));
  });

  it('lets another user neither list, read, write nor connect', function () {
    if (!isRoot) skipAloud(this, 'needs root, to be another user');
    const paths = [world.data, ...allBelow(world.data)];
    const said = asNobody(`
      const fs = require('node:fs'); const net = require('node:net');
      for (const path of ${JSON.stringify(paths)})
        for (const [what, act] of [['listed', () => fs.readdirSync(path)], ['read', () => fs.readFileSync(path)], ['written', () => fs.appendFileSync(path, 'x')]])
          try { act(); console.log(what, path); } catch (error) { if (error.code !== 'EACCES') console.log(what, path, error.code); }
      for (const name of ['environ', 'mem', 'fd', 'maps'])
        try { name === 'fd' ? fs.readdirSync('/proc/${daemon.pid}/fd') : fs.readFileSync('/proc/${daemon.pid}/' + name); console.log('looked into', name); } catch {}
      const socket = net.connect(${JSON.stringify(join(world.data, 'run', 'laps.sock'))}, () => { console.log('connected'); process.exit(); });
      socket.on('error', (error) => console.log('socket', error.code));
    `);
    // The folder itself may be opened for appending by nobody: it is a folder, and closed.
    const told = said.split('\n').filter((line) => line !== '' && line !== `written ${world.data} EISDIR`);
    assert.deepEqual(told, ['socket EACCES']);
  });

  it('tells another user what to do, and nothing else', async function () {
    if (!isRoot) skipAloud(this, 'needs root, to be another user');
    for (const verb of ['status', 'reset', 'process', 'events']) {
      const end = await world.run([verb, '--json'], { uid: nobody });
      assert.equal(end.status, 3, `${verb}: ${end.stdout}${end.stderr}`);
      const code = at(JSON.parse(end.stdout), 'error', 'code');
      assert.ok(code === 'ERR_LAPS_PERMISSION' || code === 'ERR_LAPS_DATA_UNSAFE', `${verb}: ${code}`);
      assert.notEqual(at(JSON.parse(end.stdout), 'error', 'hint'), null);
    }
  });

  it("refuses a folder that leads through somebody else's link, in a folder others can write", async function () {
    if (!isRoot) skipAloud(this, 'needs root, to be another user');
    const shared = join(world.root, 'shared');
    const planted = join(shared, 'data');
    asNobody('');
    spawnSync('install', ['-d', '-m', '1777', shared]);
    asNobody(`require('node:fs').symlinkSync('/root', ${JSON.stringify(planted)})`);
    assert.ok(lstatSync(planted).isSymbolicLink());
    for (const data of [planted, join(planted, 'deeper')]) {
      const end = await world.run(['run', '--once', '--json', '--data', data]);
      assert.equal(at(JSON.parse(end.stdout), 'error', 'code'), 'ERR_LAPS_DATA_UNSAFE', end.stdout);
    }
    assert.ok(!existsSync('/root/deeper') && !existsSync('/root/version'));
    // One's own link is refused as the data folder as well, but may lie on the way.
    symlinkSync(world.data, join(world.root, 'own'));
    const own = await world.run(['status', '--json', '--data', join(world.root, 'own')]);
    assert.equal(at(JSON.parse(own.stdout), 'error', 'code'), 'ERR_LAPS_DATA_UNSAFE');
  });

  it('dumps nothing of its memory: daemon and tenant alike', function () {
    if (!onLinux) skipAloud(this, 'needs Linux');
    const mine = readdirSync('/proc').filter((name) => {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) return false;
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(world.root) || Number(name) === daemon.pid;
      } catch {
        return false;
      }
    });
    assert.ok(mine.length >= 2, `${mine.length} processes`);
    for (const pid of mine) assert.equal(readFileSync(`/proc/${pid}/coredump_filter`, 'latin1').trim(), '00000000');
  });

  it('leaves no password in the core file of a crash, with dumps allowed', async function () {
    if (!onLinux) skipAloud(this, 'needs Linux');
    const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'latin1').trim();
    if (!/^core[%\w.]*$/.test(pattern)) skipAloud(this, `dumps go elsewhere here (${pattern.slice(0, 40)})`);
    const device = String(at((await world.json(['status'])).value, 'device', 'displayName'));
    const recovered = await world.json(['recover', device, '--as-plain-text']);
    const password = String(at(recovered.value, 0, 'Password'));
    await daemon.stop();
    const crashing = world.start(['run'], { within: ['bash', '-c', 'ulimit -c unlimited && exec "$@"', 'bash'] });
    await crashing.says(/Ctrl-C ends it/);
    // Just now it had a new password in its hands.
    await world.run(['reset']);
    const after = await world.json(['recover', device, '--as-plain-text']);
    const end = await crashing.stop('SIGABRT');
    assert.equal(end.signal, 'SIGABRT');
    const core = readdirSync(world.root).find((name) => name.startsWith('core'));
    if (core === undefined) skipAloud(this, 'this system wrote no core file');
    const bytes = readFileSync(join(world.root, core));
    assert.ok(bytes.length < 1_048_576, `${bytes.length} bytes`);
    const secrets = [password, String(at(after.value, 0, 'Password'))];
    assert.notEqual(secrets[0], secrets[1]);
    assert.deepEqual(findSecrets({ core: bytes }, secrets), []);
  });
});
