import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountLocks, createAccountLocks } from '../../../agent/edge/accounts/accountLocks.ts';

describe('the locks of real accounts', () => {
  let root = '';
  let folder = '';
  const children: ChildProcess[] = [];
  const open = (wish: { waitMs?: number; isOurs?: (pid: number) => Promise<boolean> } = {}): AccountLocks =>
    createAccountLocks({ folder, isOurs: async () => false, ...wish });

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-locks-'));
    folder = join(root, 'run', 'accounts');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if ((child.exitCode ?? child.signalCode) !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(root, { recursive: true, force: true });
  });

  /** A program at work whose parent has gone on, or died: it ends when its input does. */
  async function leaveAtWork(locks: AccountLocks): Promise<ChildProcess> {
    return locks.atWork(async ({ fd, note }) => {
      const child = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore', fd], detached: true });
      children.push(child);
      await once(child, 'spawn');
      await note(child.pid ?? 0);
      return child;
    });
  }

  it('lie in a folder closed to everybody else', async () => {
    assert.equal(await open().claim(1001), undefined);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, '1001.lock'))).mode & 0o777, 0o600);
  });

  it('keep an account from any other holder until it is let go', async () => {
    const [one, two] = [open(), open()];
    assert.equal(await one.claim(1001), undefined);
    assert.equal(await one.claim(1001), undefined);
    assert.equal(await one.claim(1002), undefined);
    assert.match((await two.claim(1001)) ?? '', new RegExp(`another laps-agent \\(process ${process.pid}\\)`));
    one.keepOnly([1002, undefined]);
    assert.equal(await two.claim(1001), undefined);
    assert.notEqual(await two.claim(1002), undefined);
    one.keepOnly([]);
    two.keepOnly([]);
    assert.equal(await one.claim(1001), undefined);
    one.keepOnly([]);
  });

  it('are looked at without being made: what would keep them from being taken is told, and nothing else', async () => {
    const run = join(root, 'run');
    const look = () => open().obstacle(1001);
    assert.equal(await look(), undefined, 'they are made when they are wanted');
    await assert.rejects(stat(run), { code: 'ENOENT' });
    const spoils: ReadonlyArray<readonly [() => Promise<unknown>, RegExp]> = [
      [() => symlink(root, run), /run is a symbolic link/],
      [() => writeFile(run, ''), /run is not a folder/],
      [() => mkdir(folder, { recursive: true }).then(() => chmod(folder, 0o777)), /accounts can be written by other/],
      [
        () => mkdir(folder, { recursive: true }).then(() => symlink('x', join(folder, 'work.lock'))),
        /work\.lock is not a file/,
      ],
      [() => mkdir(join(folder, '1001.lock'), { recursive: true }), /1001\.lock is not a file/],
    ];
    for (const [spoil, says] of spoils) {
      await spoil();
      const found = await look();
      assert.ok(found?.kind === 'unsafe');
      assert.match(found.problem, says);
      await assert.rejects(
        open()
          .claim(1001)
          .then(() => open().settle()),
        'and it would have been refused',
      );
      await rm(run, { recursive: true });
    }
    assert.equal(await open().claim(1001), undefined);
    assert.equal(await look(), undefined, 'that somebody holds them is another matter');
  });

  it('make whoever comes later wait for a program that is still at work', async () => {
    const child = await leaveAtWork(open());
    const order: string[] = [];
    const settled = open()
      .settle()
      .then(() => order.push('settled'));
    const ended = once(child, 'exit').then(() => order.push('ended'));
    child.stdin?.end();
    await Promise.all([settled, ended]);
    assert.deepEqual(order.toSorted(), ['ended', 'settled']);
    assert.equal(child.exitCode, 0);
  });

  it('do not wait for ever: a program of ours is ended, another is told', async () => {
    const child = await leaveAtWork(open());
    await assert.rejects(open({ waitMs: 50 }).settle(), {
      code: 'ERR_LAPS_ACCOUNT_BUSY',
      message: new RegExp(`${child.pid}`),
    });
    const ended = once(child, 'exit');
    await open({ waitMs: 50, isOurs: async (pid) => pid === child.pid }).settle();
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  });

  it('are refused in a folder that somebody else could have made', async () => {
    await mkdir(join(root, 'elsewhere'), { mode: 0o700 });
    await symlink(join(root, 'elsewhere'), join(root, 'run'));
    await assert.rejects(open().claim(1001), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await rm(join(root, 'run'));
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    await assert.rejects(open().claim(1001), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    await assert.rejects(open().claim(1001), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });
});
