/** The list of a data folder's files that support gets. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../agent/edge/dataFolder.ts';
import { listDataFolder } from '../../agent/edge/dataFolderList.ts';

describe('the list of a data folder', () => {
  let root: string;
  const paths = async (): Promise<string[]> => (await listDataFolder(root)).files.map(({ path }) => path);

  beforeEach(async () => {
    root = join(mkdtempSync(join(tmpdir(), 'laps-list-')), 'data');
    await openDataFolder({ path: root, create: true });
  });
  afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }));

  it('names everything that a data folder is made with, and what an upgrade keeps', async () => {
    for (const name of ['before-version-2', 'before-version-3.partial']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'lock'), '');
    assert.deepEqual(await listDataFolder(root).then(({ others, isCut }) => ({ others, isCut })), {
      others: 0,
      isCut: false,
    });
    const listed = await paths();
    for (const name of ['version', 'lock', 'keys', 'run', 'before-version-2', 'before-version-3.partial'])
      assert.ok(listed.includes(name), name);
  });

  it('counts what is none of ours, and follows no link', async () => {
    writeFileSync(join(root, 'diary.txt'), 'x');
    symlinkSync('/', join(root, 'logs', 'away'));
    const { files, others } = await listDataFolder(root);
    assert.equal(others, 1);
    assert.equal(files.find(({ path }) => path === 'logs/away')?.kind, 'link');
    assert.doesNotMatch(JSON.stringify(files), /diary|away\//);
  });

  it('says that there may be more where a folder lies too deep to be looked into', async () => {
    mkdirSync(join(root, 'tenant', 'a', 'b'), { recursive: true });
    assert.equal((await listDataFolder(root)).isCut, false);
    mkdirSync(join(root, 'tenant', 'a', 'b', 'c'));
    writeFileSync(join(root, 'tenant', 'a', 'b', 'c', 'd'), '');
    const { files, isCut } = await listDataFolder(root);
    assert.equal(isCut, true);
    assert.ok(files.some(({ path }) => path === 'tenant/a/b/c'));
    assert.ok(!files.some(({ path }) => path === 'tenant/a/b/c/d'));
  });
});
