/** Whose the place is where a tenant of its own is to be kept. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { besideDataFile, checkTenantDataFile } from '../../agent/edge/tenantDataFile.ts';

describe('the data file of a tenant of its own', () => {
  let folder: string;
  let file: string;
  const self = process.getuid?.() ?? 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-data-file-'));
    file = join(folder, 'x.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is good in a folder of whoever asks, new or there already', async () => {
    assert.equal(await checkTenantDataFile(file, self), undefined);
    writeFileSync(file, '');
    mkdirSync(besideDataFile(file));
    assert.equal(await checkTenantDataFile(file, self), undefined);
  });

  it('is refused where somebody else has made it, or the folder beside it, before', async () => {
    for (const make of [() => writeFileSync(file, ''), () => mkdirSync(besideDataFile(file))]) {
      make();
      await assert.rejects(checkTenantDataFile(file, self + 1), {
        code: 'ERR_LAPS_DATA_UNSAFE',
        message: /belongs to another user/,
      });
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    }
    symlinkSync(tmpdir(), besideDataFile(file));
    await assert.rejects(checkTenantDataFile(file, self), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });

  it('comes with a word where others can change the folder it lies in', async () => {
    chmodSync(folder, 0o777);
    assert.match((await checkTenantDataFile(file, self)) ?? '', /can be changed by every user/);
    // One's own names are one's own there.
    chmodSync(folder, 0o1777);
    assert.equal(await checkTenantDataFile(file, self), undefined);
    chmodSync(folder, 0o755);
    if (self !== 0) assert.match((await checkTenantDataFile(file, self + 1)) ?? '', /another user/);
  });
});
