/** Policy files on the disk. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxPolicyBytes } from '../../agent/core/policy/document.ts';
import { watchFolder } from '../../agent/edge/folderWatch.ts';
import { createPolicyFolder, openPolicyFolder, readPolicyFile, rootOfEntry } from '../../agent/edge/policyFolder.ts';
import { bundle } from '../support/lapsProcess.ts';

const isRoot = process.getuid?.() === 0;

describe('a policy folder', () => {
  let folder: string;
  const put = (name: string, text = '{}'): Promise<void> => writeFile(join(folder, name), text);
  const read = () => createPolicyFolder({ folder, shownAs: 'policies' }).read();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-policies-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('gives one file per root, named as a person would type it', async () => {
    await put('csp.json', '{"a":1}');
    await put('GPO.reg');
    const reading = await read();
    assert.deepEqual(
      reading.kind === 'files' && reading.files.map(({ root, file }) => [root, file.path, file.bytes.length]),
      [
        ['GPO', join('policies', 'GPO.reg'), 2],
        ['CSP', join('policies', 'csp.json'), 7],
      ],
    );
  });

  it('passes over leftovers and everything that is no root', async () => {
    for (const name of ['csp.json~', '.csp.json.swp', 'csp.json.bak', 'README.md', 'settings.json', 'csp', 'csp.yaml'])
      await put(name);
    assert.deepEqual(await read(), { kind: 'files', files: [] });
    assert.equal(rootOfEntry('local.jsonc'), 'Local');
  });

  it('is unreadable with two files for one root', async () => {
    await put('csp.json');
    await put('csp.jsonc');
    const reading = await read();
    assert.equal(reading.kind === 'unreadable' && reading.code, 'ERR_LAPS_POLICY_UNREADABLE');
    assert.match(reading.kind === 'unreadable' ? reading.problem : '', /csp\.json and csp\.jsonc/);
  });

  it('says that it is missing, or is no folder', async () => {
    const at = (path: string) => createPolicyFolder({ folder: path, shownAs: 'p' }).read();
    await put('file');
    for (const path of [join(folder, 'none'), join(folder, 'file')]) {
      const reading = await at(path);
      assert.equal(reading.kind === 'unreadable' && reading.code, 'ERR_LAPS_POLICIES_MISSING');
    }
  });

  it('says that it is closed', async function () {
    if (isRoot) this.skip();
    await put('csp.json');
    await chmod(join(folder, 'csp.json'), 0);
    const closedFile = await read();
    assert.equal(closedFile.kind === 'unreadable' && closedFile.code, 'ERR_LAPS_FILE_UNREADABLE');
    await chmod(folder, 0);
    const closedFolder = await read();
    await chmod(folder, 0o700);
    assert.equal(closedFolder.kind === 'unreadable' && closedFolder.code, 'ERR_LAPS_FILE_UNREADABLE');
  });

  it('refuses a folder where a file belongs', async () => {
    await mkdir(join(folder, 'csp.json'));
    assert.equal((await read()).kind, 'unreadable');
  });

  it('passes over a link to nothing and follows one to a file', async () => {
    await put('elsewhere');
    await symlink(join(folder, 'none'), join(folder, 'gpo.json'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'csp.json'));
    const reading = await read();
    assert.deepEqual(reading.kind === 'files' && reading.files.map(({ root }) => root), ['CSP']);
  });

  it('is found by path, and only where there is a folder', async () => {
    await put('csp.json');
    assert.notEqual(await openPolicyFolder({ path: '.', cwd: folder }), undefined);
    assert.equal(await openPolicyFolder({ path: 'csp.json', cwd: folder }), undefined);
    assert.equal(await openPolicyFolder({ path: 'none', cwd: folder }), undefined);
  });
});

describe('reading one policy file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-policy-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('reads at most one byte more than a policy may have', async () => {
    await writeFile(join(folder, 'big.json'), new Uint8Array(20 * 1024 * 1024));
    const file = await readPolicyFile({ path: 'big.json', cwd: folder });
    assert.equal(file.bytes.length, maxPolicyBytes + 1);
  });

  it('names a missing file and a folder', async () => {
    await assert.rejects(readPolicyFile({ path: 'none', cwd: folder }), { code: 'ERR_LAPS_NO_SUCH_FILE' });
    await assert.rejects(readPolicyFile({ path: '.', cwd: folder }), { code: 'ERR_LAPS_FILE_UNREADABLE' });
    await assert.rejects(readPolicyFile({ path: 'a\0b', cwd: folder }), { code: 'ERR_LAPS_FILE_UNREADABLE' });
  });

  it('waits for no pipe that has a name, and reads one that has none', async () => {
    assert.equal(spawnSync('mkfifo', [join(folder, 'csp.json')]).status, 0);
    await assert.rejects(readPolicyFile({ path: 'csp.json', cwd: folder }), {
      code: 'ERR_LAPS_FILE_UNREADABLE',
      message: 'csp.json: this is not a plain file',
    });
    const reading = await createPolicyFolder({ folder, shownAs: 'p' }).read();
    assert.equal(reading.kind === 'unreadable' && reading.problem, 'this is not a plain file');
    const piped = spawnSync('sh', ['-c', 'printf "{}" | "$0" "$1" validate /dev/stdin', process.execPath, bundle]);
    assert.match(piped.stdout.toString(), /1 file/);
  });
});

describe('watching a folder', () => {
  let base: string;
  let folder: string;
  let stop: () => void;
  /** Resolves at the next change. */
  let changed: () => Promise<void>;

  const start = (quick: boolean, polls: { pollMs?: number; trustedPollMs?: number } = {}): void => {
    let wake: () => void = () => {};
    let pending = new Promise<void>((resolve) => {
      wake = resolve;
    });
    stop = watchFolder({
      folder,
      matters: (name) => rootOfEntry(name) !== undefined,
      onChange: () => wake(),
      settleMs: 5,
      pollMs: quick ? 3_600_000 : 10,
      quick,
      ...polls,
    });
    changed = async () => {
      // The watch never holds the process open by itself; something has to, while the test waits for it.
      const hold = setInterval(() => {}, 1000);
      await pending;
      clearInterval(hold);
      pending = new Promise((resolve) => {
        wake = resolve;
      });
    };
  };

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'laps-watch-'));
    folder = join(base, 'policies');
    await mkdir(folder);
  });
  afterEach(async () => {
    stop();
    await rm(base, { recursive: true, force: true });
  });

  for (const quick of [true, false])
    it(`tells of a file that appears, changes and goes (${quick ? 'watch' : 'poll'} alone)`, async () => {
      start(quick);
      await writeFile(join(folder, 'csp.json'), '{}');
      await changed();
      await writeFile(join(folder, 'csp.json'), '{ "BackupDirectory": 1 }');
      await changed();
      await rm(join(folder, 'csp.json'));
      await changed();
    });

  it('looks often where the watch sees nothing: a link that leads to another folder, and no folder at all', async () => {
    const elsewhere = join(base, 'elsewhere.json');
    await writeFile(elsewhere, '{}');
    await symlink(elsewhere, join(folder, 'csp.json'));
    start(true, { pollMs: 10, trustedPollMs: 3_600_000 });
    await writeFile(elsewhere, '{ "BackupDirectory": 1 }');
    await changed();
    await rm(folder, { recursive: true });
    await changed();
    await mkdir(folder);
    await writeFile(join(folder, 'csp.json'), '{}');
    await changed();
  });

  for (const quick of [true, false])
    it(`goes on when the folder is replaced, goes and comes back (${quick ? 'watch' : 'poll'} alone)`, async () => {
      await writeFile(join(folder, 'csp.json'), '{}');
      start(quick, quick ? { trustedPollMs: 3_600_000 } : {});
      const other = join(base, 'other');
      await mkdir(other);
      await writeFile(join(other, 'csp.json'), '{ "BackupDirectory": 1 }');
      await rename(folder, join(base, 'old'));
      await rename(other, folder);
      await changed();
      await writeFile(join(folder, 'gpo.json'), '{}');
      await changed();
      await rename(folder, other);
      await changed();
      await rename(other, folder);
      await changed();
    });

  it('goes on where the path leads in circles for a while, which nobody can look into', async () => {
    await writeFile(join(folder, 'csp.json'), '{}');
    start(true, { pollMs: 10 });
    await rm(folder, { recursive: true });
    await symlink('policies', folder);
    await changed();
    await rm(folder);
    await mkdir(folder);
    await writeFile(join(folder, 'csp.json'), '{}');
    await changed();
  });

  it('says nothing about files that do not count', async () => {
    start(true);
    let told = false;
    const wait = changed().then(() => {
      told = true;
    });
    await writeFile(join(folder, 'README.md'), 'x');
    await writeFile(join(folder, '.csp.json.swp'), 'x');
    assert.equal(told, false);
    await writeFile(join(folder, 'csp.json'), '{}');
    await wait;
  });
});
