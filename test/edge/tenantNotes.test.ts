import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivateLog } from '../../agent/edge/tenantNotes.ts';

describe('the log of a running tenant', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-log-'));
    path = join(folder, 'tenant.log');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is for its owner only', () => {
    createPrivateLog(path)('a line');
    assert.equal(readFileSync(path, 'utf8'), 'a line\n');
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('is begun anew where it is a pipe', () => {
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    createPrivateLog(path)('a line');
    assert.equal(readFileSync(path, 'utf8'), 'a line\n');
  });

  it('loses what it cannot write without a throw, and says how much as soon as it can', () => {
    const log = createPrivateLog(path);
    mkdirSync(path);
    log('first');
    log('second');
    rmdirSync(path);
    log('third');
    log('fourth');
    assert.equal(readFileSync(path, 'utf8'), '2 lines before this could not be written\nthird\nfourth\n');
  });
});
