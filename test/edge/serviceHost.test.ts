/** What an installation asks of the machine: who may change what is on the way, and what it leaves below /run. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileLock } from '../../agent/edge/instanceLock.ts';
import { removeRun } from '../../agent/edge/serviceHost.ts';
import { realPath, waysTo } from '../../agent/edge/ways.ts';

describe('the host of a service', () => {
  let root = '';
  beforeEach(async () => {
    root = await realPath(await mkdtemp(join(tmpdir(), 'laps-host-')));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('tells every step on the way that is there, and a link as one without a mode', async () => {
    await mkdir(join(root, 'open'));
    await chmod(join(root, 'open'), 0o775);
    await symlink(join(root, 'open'), join(root, 'link'));
    const ways = await waysTo([join(root, 'link', 'missing', 'deeper'), join(root, 'open')]);
    const known = new Map(ways.map((each) => [each.path, each]));
    assert.equal(known.get(join(root, 'link'))?.mode, 0);
    assert.equal(known.get(join(root, 'open'))?.mode, 0o775);
    assert.equal(known.get('/')?.uid, 0);
    assert.equal(known.has(join(root, 'link', 'missing')), false);
    // The group of root has nobody else in it on any machine this runs on.
    assert.equal(known.get('/')?.groupHasOthers, false);
  });

  it('follows links as far as there is anything', async () => {
    await mkdir(join(root, 'real'));
    await symlink(join(root, 'real'), join(root, 'link'));
    assert.equal(await realPath(join(root, 'link')), join(root, 'real'));
    assert.equal(await realPath(join(root, 'link', 'to', 'come')), join(root, 'real', 'to', 'come'));
  });

  it('clears what a service leaves below /run, all but a lock that is held', async () => {
    const run = join(root, 'run');
    await mkdir(join(run, 'accounts'), { recursive: true });
    await writeFile(join(run, 'laps.sock'), '');
    await writeFile(join(run, 'accounts', '1.lock'), '');
    const lock = createFileLock({ path: join(run, 'accounts', '2.lock'), busy: () => assert.fail() });
    const held = await lock.acquire({ waitMs: 0 });
    await removeRun(run);
    assert.deepEqual(await readdir(run, { recursive: true }), ['accounts', 'accounts/2.lock']);
    held.release();
    await removeRun(run);
    assert.deepEqual(await readdir(root), []);
    await removeRun(run);
  });
});
