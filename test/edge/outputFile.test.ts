/** A file that a person asked for by name, and what stands there already. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOutputFile } from '../../agent/edge/outputFile.ts';

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
