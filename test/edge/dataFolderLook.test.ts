/** A data folder that is looked at: what is wrong is told, and nothing is touched. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import { openDataFolder } from '../../agent/edge/dataFolder.ts';
import { folderToLookAt, lookAtDataFolder } from '../../agent/edge/dataFolderLook.ts';
import { unmake } from '../../agent/edge/unmake.ts';
import { snapshotOf } from '../support/snapshot.ts';

describe('a data folder looked at', () => {
  let parent = '';
  let path = '';
  beforeEach(async () => {
    parent = await realpath(await mkdtemp(join(tmpdir(), 'laps-look-')));
    path = join(parent, 'data');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));
  const make = () => openDataFolder({ path, create: true });

  for (const [what, spoil, says] of [
    ['open to all', () => chmod(path, 0o777), /data folder is open to other users/],
    ['with a file open to all', () => writeFile(join(path, 'keys', 'a.key'), 'x', { mode: 0o644 }), /keys\/a\.key/],
    ['with a folder for its lock', () => mkdir(join(path, 'lock'), 0o700), /\/lock is a folder, .+; move .+away/],
    ["with one for the tenant's use", () => mkdir(join(path, 'tenant', 'in-use'), 0o700), /\/in-use is a folder/],
    [
      "with one for the tenant's authority",
      () => mkdir(join(path, 'tenant', 'ca.pem'), 0o700),
      /\/ca\.pem is a folder/,
    ],
    [
      'with a link for its lock',
      () => symlink('elsewhere', join(path, 'lock')),
      /\/lock is a symbolic link; .+put that/,
    ],
    ...(['in-use', 'lock', 'linux.json'] as const).map((name, n) => {
      const file = join(['tenant', 'accounts', 'accounts'][n] ?? '', name);
      const link = () => symlink('elsewhere', join(path, file));
      return [
        `with a link for ${file}`,
        link,
        new RegExp(`/${file} is a symbolic link; links are not followed`),
      ] as const;
    }),
    ...(['kind', 'lock'] as const).map((name) => {
      const file = () => mkdir(join(path, 'accounts', name), 0o700);
      return [`with a folder for accounts/${name}`, file, new RegExp(`/accounts/${name} is a folder`)] as const;
    }),
    ['without its version', () => rm(join(path, 'version')), /version of the data is missing; laps repair/],
    ['with an empty version', () => writeFile(join(path, 'version'), ''), /version of the data cannot be read/],
  ] as const)
    it(`${what} is told so, and left as it is`, async () => {
      await make();
      await spoil();
      const before = snapshotOf(path);
      const { troubles, isThere } = await lookAtDataFolder({ path });
      assert.equal(isThere, true);
      assert.equal(troubles.length, 1);
      assert.match(troubles[0] ?? '', says);
      assert.deepEqual(snapshotOf(path), before);
    });

  it('in good order has nothing to tell, and lacks no folder by being looked at', async () => {
    await make();
    await rm(join(path, 'logs'), { recursive: true });
    assert.deepEqual((await lookAtDataFolder({ path })).troubles, []);
    assert.ok(!(await readdir(path)).includes('logs'));
  });

  it('is refused where opening it would be', async () => {
    await make();
    await symlink(path, join(parent, 'link'));
    await assert.rejects(lookAtDataFolder({ path: join(parent, 'link') }), { code: 'ERR_LAPS_DATA_UNSAFE' });
    await writeFile(join(path, 'version'), '99\n');
    await assert.rejects(lookAtDataFolder({ path }), { code: 'ERR_LAPS_DATA_NEWER' });
    await mkdir(join(parent, 'theirs'));
    await writeFile(join(parent, 'theirs', 'thesis.txt'), '');
    await assert.rejects(lookAtDataFolder({ path: join(parent, 'theirs') }), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });

  it('is refused for a link or a file in the place of a folder for its socket elsewhere, as when it is opened', async () => {
    const socketFolder = join(parent, 'run');
    const open = () => openDataFolder({ path, create: true, socketFolder });
    await open();
    for (const put of [() => symlink(path, socketFolder), () => writeFile(socketFolder, '')]) {
      await rm(socketFolder, { recursive: true });
      await put();
      await assert.rejects(lookAtDataFolder({ path, socketFolder }), { code: 'ERR_LAPS_DATA_UNSAFE' });
      await assert.rejects(open(), { code: 'ERR_LAPS_DATA_UNSAFE' });
    }
  });

  it('is refused for a link or a file in the place of a folder of its own, with a way out, as when it is opened', async () => {
    await make();
    for (const name of ['keys', 'tenant', 'logs', 'run'])
      for (const put of [(at: string) => symlink(parent, at), (at: string) => writeFile(at, '')]) {
        const at = join(path, name);
        await rm(at, { recursive: true });
        await put(at);
        const refusal = (error: unknown): boolean =>
          error instanceof LapsError &&
          error.code === 'ERR_LAPS_DATA_UNSAFE' &&
          error.message.startsWith(`${at} is `) &&
          error.hint?.includes(`mv ${at} ${at}.aside`) === true;
        await assert.rejects(lookAtDataFolder({ path }), refusal);
        await assert.rejects(make(), refusal);
        await rm(at);
        await make();
      }
  });

  it('that is not there is not made', async () => {
    assert.equal(await folderToLookAt({ path }), undefined);
    assert.deepEqual(await readdir(parent), []);
  });
});

describe('a data folder opened', () => {
  let parent = '';
  beforeEach(async () => {
    parent = await realpath(await mkdtemp(join(tmpdir(), 'laps-open-')));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('has every file that others may use closed, each told', async () => {
    const path = join(parent, 'data');
    await openDataFolder({ path, create: true });
    const file = join(path, 'tenant', 'tenant.key');
    await writeFile(file, 'k');
    await chmod(file, 0o644);
    await chmod(join(path, 'keys'), 0o750);
    await symlink('/etc/hostname', join(path, 'logs', 'elsewhere'));
    const closed: string[] = [];
    await openDataFolder({ path, create: false, told: { closed: (each) => closed.push(each) } });
    assert.deepEqual(closed.sort(), [join(path, 'keys'), file].sort());
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await openDataFolder({ path, create: false, told: { closed: (each) => assert.fail(each) } });
  });

  it('gets a lost version back from who mends, and from nobody else', async () => {
    const path = join(parent, 'data');
    await openDataFolder({ path, create: true });
    for (const spoil of [() => rm(join(path, 'version')), () => writeFile(join(path, 'version'), 'one')]) {
      await spoil();
      await assert.rejects(openDataFolder({ path, create: true }), { code: 'ERR_LAPS_DATA_DAMAGED' });
      const mended: string[] = [];
      await openDataFolder({ path, create: false, mend: true, told: { mended: (what) => mended.push(what) } });
      assert.equal(mended.length, 1);
      await openDataFolder({ path, create: false });
    }
    const theirs = join(parent, 'theirs');
    await mkdir(theirs);
    await writeFile(join(theirs, 'thesis.txt'), '');
    await assert.rejects(openDataFolder({ path: theirs, create: true, mend: true }), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });

  it('can be taken back with all that was made for it, and with nothing else', async () => {
    const path = join(parent, 'a', 'b', 'data');
    const made: string[] = [];
    const told = { made: (each: string) => made.push(each) };
    await openDataFolder({ path, create: true, told });
    await writeFile(join(path, 'lock'), '');
    await writeFile(join(parent, 'a', 'mine'), '');
    await unmake(made);
    assert.deepEqual(await readdir(join(parent, 'a')), ['mine']);
    made.length = 0;
    const empty = join(parent, 'empty');
    await mkdir(empty);
    await openDataFolder({ path: empty, create: true, told });
    await unmake(made);
    assert.deepEqual(await readdir(empty), []);
    made.length = 0;
    await openDataFolder({ path: empty, create: true });
    await rm(join(empty, 'logs'), { recursive: true });
    await openDataFolder({ path: empty, create: true, told });
    await unmake(made);
    assert.ok((await readdir(empty)).includes('version'), 'data that was there before was removed');
  });
});
