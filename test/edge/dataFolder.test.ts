import assert from 'node:assert/strict';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import {
  dataLayout,
  foreignFolderHint,
  notAFolder,
  openDataFolder,
  resolveDataFolder,
} from '../../agent/edge/dataFolder.ts';
import { lookAtDataFolder } from '../../agent/edge/dataFolderLook.ts';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';
import { maxSocketPathBytes } from '../../agent/edge/socketPath.ts';

describe('the data folder', () => {
  let parent = '';
  let path = '';
  beforeEach(async () => {
    parent = await realpath(await mkdtemp(join(tmpdir(), 'laps-data-')));
    path = join(parent, 'data');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));
  const open = (at = path) => openDataFolder({ path: at, create: true });
  const mode = async (at: string) => (await stat(at)).mode & 0o777;

  it('is made closed to others, whatever the umask, and opens again', async () => {
    const before = process.umask(0);
    try {
      const made = await open();
      assert.ok(made !== undefined);
      for (const each of [
        made.root,
        made.identity,
        made.keys,
        made.journal,
        made.state,
        made.accounts,
        made.logs,
        made.run,
        made.tenant,
      ]) {
        assert.equal(await mode(each), 0o700, each);
      }
      assert.equal(await mode(join(path, 'version')), 0o600);
      assert.deepEqual(await open(), made);
    } finally {
      process.umask(before);
    }
  });

  it('is not made by a command that only looks', async () => {
    assert.equal(await openDataFolder({ path, create: false }), undefined);
    await mkdir(path);
    assert.equal(await openDataFolder({ path, create: false }), undefined);
    assert.deepEqual(await readdir(path), []);
  });

  it('is made from an empty folder, and after a first start that was killed', async () => {
    await mkdir(path);
    await writeFile(join(path, 'lock'), '');
    await writeFile(join(path, '.version.0123456789abcdef.tmp'), '');
    await open();
    assert.ok(!(await readdir(path)).some((name) => name.endsWith('.tmp')));
  });

  it('is closed again when somebody opened it', async () => {
    await open();
    await chmod(path, 0o755);
    await chmod(join(path, 'keys'), 0o777);
    await open();
    assert.equal(await mode(path), 0o700);
    assert.equal(await mode(join(path, 'keys')), 0o700);
  });

  it('is refused when it holds something else, and that is left alone', async () => {
    await mkdir(path, { mode: 0o755 });
    await chmod(path, 0o755);
    await writeFile(join(path, 'thesis.txt'), '');
    await assert.rejects(open(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    assert.equal(await mode(path), 0o755);
    assert.deepEqual(await readdir(path), ['thesis.txt']);
  });

  it('is refused behind a symbolic link, as is any folder within it', async () => {
    await open();
    await symlink(path, join(parent, 'link'));
    await assert.rejects(open(join(parent, 'link')), (error: unknown) => {
      assert.ok(error instanceof LapsError);
      return error.code === 'ERR_LAPS_DATA_UNSAFE' && error.hint !== undefined && error.exit === 3;
    });
    await symlink('nowhere', join(parent, 'dangling'));
    await assert.rejects(open(join(parent, 'dangling')), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await rm(join(path, 'keys'), { recursive: true });
    await mkdir(join(parent, 'mine'));
    await symlink(join(parent, 'mine'), join(path, 'keys'));
    await assert.rejects(open(), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });

  it('is refused when it is a file', async () => {
    await writeFile(path, '');
    await assert.rejects(open(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await assert.rejects(open(join(path, 'below')), LapsError);
  });

  it('is refused when it belongs to another user', async () => {
    if (process.getuid?.() === 0) {
      await mkdir(path);
      await chown(path, 12345, 12345);
      await assert.rejects(open(), { code: 'ERR_LAPS_DATA_UNSAFE' });
      await symlink(dirname(path), join(parent, 'theirs'));
      const { lchown } = await import('node:fs/promises');
      await lchown(join(parent, 'theirs'), 12345, 12345);
      await assert.rejects(open(join(parent, 'theirs', 'fresh')), { code: 'ERR_LAPS_DATA_UNSAFE' });
    } else {
      // The one folder that is surely root's.
      await assert.rejects(open('/usr'), { code: 'ERR_LAPS_DATA_UNSAFE' });
    }
  });

  it('takes back a file of somebody else’s, which root could read all the same, and says how to take a folder back', async function () {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root can give a file away');
      this.skip();
    }
    await open();
    const [key, keys] = [join(path, 'keys', 'a.key'), join(path, 'keys')];
    await writeFile(key, 'x', { mode: 0o600 });
    await chown(key, 12345, 12345);
    assert.match(
      (await lookAtDataFolder({ path })).troubles.join(),
      /or theirs: keys\/a\.key; the next command .+ takes it back/,
    );
    const closed: string[] = [];
    const told = { closed: (each: string, was: string) => closed.push(`${was} ${each}`) };
    await openDataFolder({ path, create: false, told });
    assert.deepEqual(closed.splice(0), [`theirs ${key}`]);
    await chown(key, 12345, 12345);
    await chmod(key, 0o640);
    await openDataFolder({ path, create: false, told });
    assert.deepEqual(closed, [`open ${key}`]);
    assert.deepEqual([(await stat(key)).uid, await mode(key)], [0, 0o600]);
    await chown(keys, 12345, 12345);
    for (const act of [() => open(), () => lookAtDataFolder({ path })])
      await assert.rejects(act, {
        message: /keys belongs to another user/,
        hint: new RegExp(`^see what is in it, then take it back: sudo chown -R 0 ${keys}$`),
      });
    await chown(keys, 0, 0);
    await chown(path, 12345, 12345);
    const back = `see what is in it, then take it back: sudo chown -R 0 ${path}`;
    await assert.rejects(open, { hint: back });
    await chown(join(path, 'version'), 12345, 12345);
    await assert.rejects(open, ({ hint }: LapsError) => {
      assert.match(hint ?? '', new RegExp(`^if it was root's, ${back}; if it is theirs, run as that user`));
      return true;
    });
    await rm(join(path, 'version'));
    await assert.rejects(open, { hint: /^run as that user/ });
  });

  it('has its usual places given back to root, by a hint of their own', async function () {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: for another user they are root’s by right');
      this.skip();
    }
    for (const usual of ['/var/lib/laps-agent', '/run/laps-agent'])
      assert.equal(
        await foreignFolderHint(usual, 12345),
        `see what is in it, then take it back: sudo chown -R 0 ${usual}`,
      );
    assert.match(notAFolder('/run/laps-agent').hint ?? '', /remove it: sudo rm \/run\/laps-agent; .+systemctl restart/);
    assert.match(notAFolder(path).hint ?? '', /--data/);
  });

  it('of a newer version is refused and left alone', async () => {
    await open();
    await writeFile(join(path, 'version'), '2\n');
    await assert.rejects(open(), { code: 'ERR_LAPS_DATA_NEWER' });
    assert.equal(await readFile(join(path, 'version'), 'utf8'), '2\n');
  });

  it('with a damaged version is told so, not guessed at', async () => {
    await open();
    for (const content of ['', '1', '0\n', '-1\n', '01\n', '1\n\n', 'one\n', '9'.repeat(100)]) {
      await writeFile(join(path, 'version'), content);
      await assert.rejects(open(), { code: 'ERR_LAPS_DATA_DAMAGED' }, JSON.stringify(content));
    }
  });

  it('whose version is lost, with everything else there, is told so and not taken for a foreign folder', async () => {
    const opened = await open();
    assert.ok(opened);
    await rm(join(path, 'version'));
    await assert.rejects(open(), {
      code: 'ERR_LAPS_DATA_DAMAGED',
      message: /version of the data .* is missing/,
    });
  });

  describe('of an older version', () => {
    const step = async (root: string) => writeFile(join(root, 'state', 'facts'), 'new');
    const upgrades = new Map([
      [1, step],
      [2, async () => {}],
    ]);
    const upgradeTo3 = () => openDataFolder({ path, create: true, version: 3, upgrades });
    beforeEach(async () => {
      await open();
      await writeFile(join(path, 'state', 'facts'), 'old');
      await writeFile(join(path, 'keys', 'rotation-3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21.key'), 'k');
      await writeFile(join(path, 'keys', 'account-mark.key'), 'k');
    });

    it('is upgraded step by step with a copy kept, which holds no key that is to be erased', async () => {
      await upgradeTo3();
      assert.equal(await readFile(join(path, 'version'), 'utf8'), '3\n');
      assert.equal(await readFile(join(path, 'state', 'facts'), 'utf8'), 'new');
      const copy = join(path, 'before-version-2');
      assert.equal(await mode(copy), 0o700);
      assert.equal(await readFile(join(copy, 'state', 'facts'), 'utf8'), 'old');
      assert.equal(await readFile(join(copy, 'version'), 'utf8'), '1\n');
      assert.deepEqual(await readdir(join(copy, 'keys')), ['account-mark.key']);
    });

    it('is taken up again after a kill within the copy', async () => {
      await mkdir(join(path, 'before-version-2.partial'));
      await upgradeTo3();
      assert.equal(await readFile(join(path, 'before-version-2', 'state', 'facts'), 'utf8'), 'old');
    });

    it('keeps the first copy after a kill within the upgrade', async () => {
      upgrades.set(2, () => Promise.reject(new LapsError('ERR_LAPS_DISK', { message: 'as the test asked' })));
      await assert.rejects(upgradeTo3(), { code: 'ERR_LAPS_DISK' });
      upgrades.set(2, async () => {});
      await upgradeTo3();
      assert.equal(await readFile(join(path, 'before-version-2', 'state', 'facts'), 'utf8'), 'old');
      assert.equal(await readFile(join(path, 'version'), 'utf8'), '3\n');
    });

    it('is not touched while another is at work on it', async () => {
      const held = await createInstanceLock({ path: join(path, 'lock') }).acquire({ waitMs: 0 });
      await assert.rejects(upgradeTo3(), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
      held.release();
      assert.equal(await readFile(join(path, 'version'), 'utf8'), '1\n');
    });
  });

  it('gives a long path a short socket, the same each time, apart for each folder', () => {
    const long = join('/', 'x'.repeat(100));
    const socket = dataLayout(long).socket;
    assert.ok(Buffer.byteLength(socket) <= maxSocketPathBytes);
    assert.equal(dataLayout(long).socket, socket);
    assert.notEqual(dataLayout(`${long}y`).socket, socket);
    assert.equal(dataLayout('/d').socket, '/d/run/laps.sock');
    assert.equal(dataLayout('/d', '/run/laps-agent').socket, '/run/laps-agent/laps.sock');
  });

  /** With folders for sockets of its own. */
  async function withBases(bases: Readonly<Record<string, string>>, act: () => void | Promise<void>): Promise<void> {
    const before = Object.keys(bases).map((name) => [name, process.env[name]] as const);
    try {
      Object.assign(process.env, bases);
      await act();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  it('says so when no socket path is short enough', async () => {
    const long = `/${'y'.repeat(100)}`;
    await withBases({ XDG_RUNTIME_DIR: long, TMPDIR: long, HOME: long }, () => {
      assert.throws(() => dataLayout(long), { code: 'ERR_LAPS_DATA_UNSAFE' });
    });
  });

  it('has the socket of a long path elsewhere where a folder for it cannot be looked into', async () => {
    const [loop, temporary] = [join(parent, 'loop'), join(parent, 't')];
    await symlink(loop, loop);
    await mkdir(temporary);
    await withBases({ XDG_RUNTIME_DIR: loop, TMPDIR: temporary }, () => {
      assert.equal(dirname(dirname(dataLayout(join(parent, 'x'.repeat(100))).socket)), temporary);
    });
  });

  it('has the socket of a long path elsewhere where somebody else was there before, and says what to do where all is taken', async function () {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root can be somebody else');
      this.skip();
    }
    const [temporary, home] = [join(parent, 't'), join(parent, 'h')];
    for (const each of [temporary, home]) await mkdir(each);
    const long = join(parent, 'x'.repeat(100));
    const squat = async (folder: string): Promise<void> => {
      await mkdir(folder);
      await chown(folder, 12345, 12345);
    };
    await withBases({ XDG_RUNTIME_DIR: '', TMPDIR: temporary, HOME: home }, async () => {
      const usual = dirname(dataLayout(long).socket);
      assert.equal(dirname(usual), temporary);
      await squat(usual);
      const other = (await openDataFolder({ path: long, create: true }))?.socket ?? '';
      assert.equal(dirname(dirname(other)), home);
      await rm(usual, { recursive: true });
      assert.equal(dataLayout(long).socket, other, 'who made it first is found there, whoever leaves the other place');
      await rm(dirname(other), { recursive: true });
      await squat(usual);
      await squat(dirname(other));
      for (const act of [() => openDataFolder({ path: long, create: true }), () => lookAtDataFolder({ path: long })])
        await assert.rejects(act, {
          code: 'ERR_LAPS_DATA_UNSAFE',
          message: /where the socket of this data folder belongs, was made by another user \(uid 12345\)/,
          hint: /^have that user or root remove it; or set XDG_RUNTIME_DIR/,
        });
    });
  });

  it('is the one named, else the environment’s, else the local one, else the user’s or the system’s', async () => {
    const given = {
      option: undefined,
      env: {},
      cwd: parent,
      home: '/home/u',
      uid: 1000,
      isClone: false,
      installed: async () => undefined,
    };
    const pathOf = async (changes: object) => (await resolveDataFolder({ ...given, ...changes })).path;
    assert.equal(await pathOf({ option: 'x', env: { LAPS_DATA: '/y' } }), join(parent, 'x'));
    assert.equal(await pathOf({ env: { LAPS_DATA: '/y' } }), '/y');
    assert.equal(await pathOf({ env: { LAPS_DATA: '' } }), '/home/u/.local/state/laps-agent');
    assert.equal(await pathOf({ env: { XDG_STATE_HOME: '/s' } }), '/s/laps-agent');
    assert.equal(await pathOf({ env: { XDG_STATE_HOME: 's' } }), '/home/u/.local/state/laps-agent');
    assert.equal(await pathOf({ isClone: true }), join(parent, '.laps'));
    assert.deepEqual(await resolveDataFolder({ ...given, uid: 0 }), {
      path: '/var/lib/laps-agent',
      socketFolder: '/run/laps-agent',
    });
    const installed = (isUsualInUse: boolean) => ({
      uid: 0,
      installed: async () => ({ data: '/srv/x', isUsualInUse }),
    });
    assert.deepEqual(await resolveDataFolder({ ...given, ...installed(false) }), {
      path: '/srv/x',
      ofService: '/srv/x',
    });
    assert.deepEqual(await resolveDataFolder({ ...given, ...installed(true) }), {
      path: '/var/lib/laps-agent',
      socketFolder: '/run/laps-agent',
      ofService: '/srv/x',
    });
    assert.equal(await pathOf({ ...installed(false), uid: 1000 }), '/home/u/.local/state/laps-agent');
    assert.equal(await pathOf({ ...installed(false), env: { LAPS_DATA: '/y' } }), '/y');
    await mkdir(join(parent, '.laps'));
    assert.equal(await pathOf({ uid: 0 }), join(parent, '.laps'));
  });
});
