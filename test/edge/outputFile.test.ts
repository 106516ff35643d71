/** A file that a person asked for by name, and what stands there already. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFreeName, writeOutputFile } from '../../agent/edge/outputFile.ts';

describe('an output file', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-output-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, replace: boolean) =>
    writeOutputFile({ path, cwd: root, bytes: Buffer.from(`${replace}`), replace });

  it('is written whole, and replaced only when that was asked for', async () => {
    await write('out', false);
    await assert.rejects(write('out', false), { code: 'ERR_LAPS_FILE_EXISTS' });
    await write('out', true);
    assert.equal(readFileSync(join(root, 'out'), 'utf8'), 'true');
    assert.deepEqual(readdirSync(root), ['out']);
  });

  it('is on the disk under its name, for its folder is synced last', async () => {
    const seen: string[][] = [];
    const synced = async (folder: string): Promise<void> => {
      assert.equal(folder, root);
      seen.push(readdirSync(root).toSorted());
    };
    const bytes = Buffer.from('x');
    await writeOutputFile({ path: 'one', cwd: root, bytes, replace: false }, synced);
    await writeOutputFile({ path: 'two', cwd: root, bytes, replace: true }, synced);
    assert.deepEqual(seen, [['one'], ['one', 'two']]);
    const failing = () => Promise.reject(Object.assign(new Error('as the test asked'), { code: 'EIO' }));
    await assert.rejects(writeOutputFile({ path: 'three', cwd: root, bytes, replace: false }, failing), {
      code: 'ERR_LAPS_DISK',
    });
  });

  it('is written also in a folder that may be written to and not read, and by way of a link to one', async () => {
    mkdirSync(join(root, 'folder'), { mode: 0o300 });
    symlinkSync('folder', join(root, 'way'));
    await write('way/out', false);
    assert.equal(readFileSync(join(root, 'folder', 'out'), 'utf8'), 'false');
    // For an ordinary user, who could not clear it away otherwise.
    chmodSync(join(root, 'folder'), 0o700);
  });

  it('is not made where a link stands, which is not followed to say so', async () => {
    // As the system answers for another user's link in a folder for everybody: following it fails.
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('nowhere', join(root, 'dangling'));
    for (const name of ['loop', 'dangling'])
      await assert.rejects(checkFreeName(join(root, name)), { code: 'ERR_LAPS_FILE_EXISTS' });
    await checkFreeName(join(root, 'free'));
  });

  it('never takes the place of a pipe or a device, by whichever way it is named', async function () {
    if (spawnSync('mkfifo', [join(root, 'pipe')]).status !== 0) {
      console.log('      skipped: no pipe can be made here');
      this.skip();
    }
    symlinkSync('pipe', join(root, 'link'));
    for (const name of ['pipe', 'link'])
      for (const replace of [true, false])
        await assert.rejects(write(name, replace), {
          code: 'ERR_LAPS_FILE_UNREADABLE',
          message: `${name} is not a plain file`,
        });
    assert.ok(statSync(join(root, 'pipe')).isFIFO());
    assert.deepEqual(readdirSync(root).toSorted(), ['link', 'pipe']);
  });
});
