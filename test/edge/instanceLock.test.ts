import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import { createInstanceLock, noteOf } from '../../agent/edge/instanceLock.ts';
import { childProgram } from '../support/childProgram.ts';

describe('the instance lock', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const take = (waitMs = 0, signal?: AbortSignal) =>
    createInstanceLock({ path }).acquire(signal === undefined ? { waitMs } : { waitMs, signal });

  /** A child that holds the lock until it is killed. */
  async function holder(): Promise<ChildProcess> {
    const lockModule = new URL('../../agent/edge/instanceLock.ts', import.meta.url).href;
    const script = `const { createInstanceLock } = await import(${JSON.stringify(lockModule)});
      await createInstanceLock({ path: process.argv[1] }).acquire({ waitMs: 0 });
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  it('is held by one, names the holder to the other, and is free after release', async () => {
    const held = await take();
    await assert.rejects(take(), (error: unknown) => {
      assert.ok(error instanceof LapsError);
      return error.code === 'ERR_LAPS_INSTANCE_RUNNING' && error.message.includes(String(process.pid));
    });
    held.release();
    held.release();
    (await take()).release();
  });

  it('is a file only its owner can read, and stays', async () => {
    (await take()).release();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await readFile(path, 'utf8'), `${process.pid}\n`);
  });

  it('says of a daemon that it is one, for as long as nobody else has it', async () => {
    (await createInstanceLock({ path, isDaemon: true }).acquire({ waitMs: 0 })).release();
    assert.deepEqual(noteOf(path), { pid: process.pid, isDaemon: true });
    (await take()).release();
    assert.deepEqual(noteOf(path), { pid: process.pid, isDaemon: false });
    for (const content of ['', 'daemon\n', '5 daemons\n', '5 daemon, or not']) {
      await writeFile(path, content);
      assert.equal(noteOf(path).isDaemon, false, content);
    }
  });

  it('is still busy when the file says nothing or nonsense about its holder', async () => {
    const held = await take();
    for (const content of ['', 'nonsense', '-5', '9'.repeat(400)]) {
      await writeFile(path, content);
      await assert.rejects(take(), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
    }
    held.release();
  });

  it('is waited for', async () => {
    const held = await take();
    let isTaken = false;
    const waiting = take(10_000).then((lock) => {
      isTaken = true;
      return lock;
    });
    // Others are refused meanwhile, and whoever waits has not got it either.
    await assert.rejects(take(), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
    assert.equal(isTaken, false);
    held.release();
    (await waiting).release();
  });

  it('is no longer waited for when interrupted', async () => {
    const held = await take();
    const interrupt = new AbortController();
    const waiting = assert.rejects(take(10_000, interrupt.signal), { code: 'ERR_LAPS_INTERRUPTED' });
    interrupt.abort();
    await waiting;
    held.release();
  });

  it('is refused behind a symbolic link, and in a folder that is not there', async () => {
    await symlink(join(folder, 'elsewhere'), path);
    await assert.rejects(take(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await assert.rejects(createInstanceLock({ path: join(folder, 'no', 'lock') }).acquire({ waitMs: 0 }), {
      code: 'ERR_LAPS_DISK',
    });
  });

  it('moved away leaves its holder alone with it; the name can be locked anew', async () => {
    const held = await take();
    await rename(path, join(folder, 'moved'));
    (await take()).release();
    held.release();
  });

  it('dies with its process, even by kill -9', async () => {
    const child = await holder();
    await assert.rejects(take(), (error: unknown) => {
      assert.ok(error instanceof LapsError);
      return error.message.includes(String(child.pid));
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await take(2000)).release();
  });

  it('is never held by two of four racing processes, twenty times each', async () => {
    const racer = await childProgram('lockRacer.ts');
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [racer, path, join(folder, 'marker'), '20'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    );
    const exits = await Promise.all(racers.map((child) => once(child, 'exit')));
    assert.deepEqual(
      exits.map(([code]) => code),
      [0, 0, 0, 0],
    );
  });
});
