import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAtDisk } from '../../agent/edge/diskLook.ts';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';
import { isLockHeld } from '../../agent/edge/lockLook.ts';
import { reachingEnvOf } from '../../agent/edge/processEnv.ts';

describe('a look that touches nothing', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-look-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('sees whether a lock is held, and takes none', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: only Linux lists its locks');
      this.skip();
    }
    const path = join(folder, 'lock');
    assert.equal(await isLockHeld(path), undefined, 'no file, no word');
    const lock = createInstanceLock({ path });
    const held = await lock.acquire({ waitMs: 0 });
    assert.equal(await isLockHeld(path), true);
    held.release();
    assert.equal(await isLockHeld(path), false);
  });

  it('says nothing where locks are not listed', async () => {
    writeFileSync(join(folder, 'lock'), '');
    assert.equal(await isLockHeld(join(folder, 'lock'), join(folder, 'none')), undefined);
  });

  it('sees the room on a disk, and what forbids to write', async () => {
    const well = await lookAtDisk([folder]);
    assert.equal(well.problem, undefined);
    assert.ok((well.freeBytes ?? 0) > 0);
    assert.match((await lookAtDisk([folder, join(folder, 'gone')])).problem ?? '', /missing/);
  });

  it('reads from the environment of a process what decides its way to a tenant, and nothing else', async () => {
    mkdirSync(join(folder, '42'));
    const entries = ['PATH=/bin', 'HTTPS_PROXY=http://p:1', 'no_proxy=a=b', 'LAPS_CLIENT_SECRET=hidden', 'HOME', ''];
    writeFileSync(join(folder, '42', 'environ'), entries.join('\0'));
    assert.deepEqual(await reachingEnvOf(42, folder), { HTTPS_PROXY: 'http://p:1', no_proxy: 'a=b' });
    assert.equal(await reachingEnvOf(43, folder), undefined);
  });
});
