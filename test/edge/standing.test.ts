import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { standingOf } from '../../agent/edge/standing.ts';

describe('how files stand', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-standing-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is the same until one is written, touched, replaced, added or removed, in the folder or alone', () => {
    const [alone, folder] = [join(root, 'alone'), join(root, 'folder')];
    const now = () => standingOf([alone], [folder]);
    let last = now();
    assert.notEqual(last, undefined, 'what is not there stands as that');
    for (const change of [
      () => mkdirSync(folder),
      () => writeFileSync(alone, '1'),
      () => utimesSync(alone, 1, 1),
      () => writeFileSync(join(folder, 'a'), '1'),
      () => appendFileSync(join(folder, 'a'), '2'),
      () => writeFileSync(join(folder, 'a.new'), '34'),
      () => renameSync(join(folder, 'a.new'), join(folder, 'a')),
      () => symlinkSync(alone, join(folder, 'link')),
      // What a link leads to is what would be read.
      () => appendFileSync(alone, '5'),
      () => rmSync(join(folder, 'a')),
      () => rmSync(folder, { recursive: true }),
    ]) {
      change();
      const next = now();
      assert.notEqual(next, last, String(change));
      assert.equal(now(), next);
      last = next;
    }
  });
});
