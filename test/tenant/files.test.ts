/** The few files that a tenant writes for others. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePrivateFile } from '../../agent/tenant/files.ts';

describe('a private file of the tenant', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-files-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('stands whole under its name, for its owner alone', () => {
    const path = join(root, 'token');
    for (const content of ['one', 'another']) {
      writePrivateFile(path, content);
      assert.equal(readFileSync(path, 'utf8'), content);
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(root), ['token']);
  });

  it('leaves nothing behind where the disk refuses: no half of it, and nothing open', function () {
    const open = '/proc/self/fd';
    if (process.platform !== 'linux') this.skip();
    const path = join(root, 'token');
    writePrivateFile(path, 'one');
    const before = readdirSync(open).length;
    const refusing = (): never => {
      throw Object.assign(new Error('as the test asked'), { code: 'ENOSPC' });
    };
    for (let turn = 0; turn < 20; turn += 1)
      assert.throws(() => writePrivateFile(path, 'another', refusing), { code: 'ENOSPC' });
    mkdirSync(join(root, 'folder'));
    for (let turn = 0; turn < 20; turn += 1)
      assert.throws(() => writePrivateFile(join(root, 'folder'), 'another'), { code: 'EISDIR' });
    assert.equal(readFileSync(path, 'utf8'), 'one');
    assert.deepEqual(readdirSync(root), ['folder', 'token']);
    // What else this process has opened meanwhile is a few, not one for each turn.
    assert.ok(readdirSync(open).length < before + 10);
  });
});
