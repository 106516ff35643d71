import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAtDisk } from '../../agent/edge/diskLook.ts';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';
import { isLockHeld, listedDevice, mountedDevice } from '../../agent/edge/lockLook.ts';
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

  it('takes no lock on another disk for its own, whose file has the same number', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: only Linux lists its locks');
      this.skip();
    }
    const path = join(folder, 'lock');
    const held = await createInstanceLock({ path }).acquire({ waitMs: 0 });
    const { ino } = statSync(path);
    const listed = readFileSync('/proc/locks', 'utf8');
    held.release();
    const list = join(folder, 'locks');
    writeFileSync(list, listed);
    assert.equal(await isLockHeld(path, list), true);
    writeFileSync(list, listed.replace(new RegExp(`\\S+:${ino}\\b`, 'g'), `fff:ff:${ino}`));
    assert.equal(await isLockHeld(path, list), false);
  });

  it('knows a device as the list writes it', () => {
    assert.equal(listedDevice(0xfe00n), 'fe:00');
    assert.equal(listedDevice(0x10_3501n), '35:101');
    assert.equal(listedDevice(0x2dn), '00:2d');
    const mounts = '22 1 0:20 / /proc rw - proc proc rw\n220 1 254:1 / / rw - ext4 /dev/vda1 rw\n';
    assert.equal(mountedDevice(mounts, '220'), 'fe:01');
    assert.equal(mountedDevice(mounts, '2'), undefined);
  });

  it('says nothing where locks are not listed', async () => {
    writeFileSync(join(folder, 'lock'), '');
    assert.equal(await isLockHeld(join(folder, 'lock'), join(folder, 'none')), undefined);
  });

  it('sees the room on a disk, and what forbids to write', async () => {
    const well = await lookAtDisk([folder]);
    assert.equal(well.problem, undefined);
    assert.ok((well.freeBytes ?? 0) > 0);
    assert.notEqual(well.freeInodes, 0);
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
