/** Where root's commands look for the data when an installed service has it in a place of its own. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { openDataFolder } from '../../agent/edge/dataFolder.ts';
import { installedData } from '../../agent/edge/installedData.ts';

describe('the data folder of the installed service', () => {
  let root = '';
  let paths = servicePaths();
  const install = (data: string): void => {
    mkdirSync(dirname(paths.manifest), { recursive: true });
    const record = { version: 1, data, made: [], configuration: {} };
    writeFileSync(paths.manifest, JSON.stringify(record), { mode: 0o600 });
  };

  before(function () {
    if (process.getuid?.() === 0) return;
    console.log('      skipped: only root’s record is followed');
    this.skip();
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-installed-'));
    paths = servicePaths(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is nothing to speak of without a service, or with one in the usual place', async () => {
    assert.equal(await installedData(paths), undefined);
    install(paths.data);
    assert.equal(await installedData(paths), undefined);
  });

  it('is found by the record, and it is told whether the usual place is in use', async () => {
    install('/srv/x');
    assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: false });
    mkdirSync(paths.data, { recursive: true });
    assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: false }, 'empty');
    await openDataFolder({ path: paths.data, create: true });
    assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: true });
  });

  it('is not taken from a record that says nothing, or that another user could have written', async () => {
    install('/srv/x');
    for (const [spoil, mend] of [
      [() => chownSync(paths.manifest, 65_534, 65_534), () => chownSync(paths.manifest, 0, 0)],
      [() => chmodSync(paths.etc, 0o777), () => chmodSync(paths.etc, 0o700)],
      [() => chownSync(paths.etc, 65_534, 65_534), () => chownSync(paths.etc, 0, 0)],
      [() => writeFileSync(paths.manifest, '{'), () => install('/srv/x')],
    ] as const) {
      spoil();
      assert.equal(await installedData(paths), undefined);
      mend();
      assert.deepEqual(await installedData(paths), { data: '/srv/x', isUsualInUse: false });
    }
  });
});
