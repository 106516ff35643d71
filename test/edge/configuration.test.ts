import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConfiguration } from '../../agent/edge/configuration.ts';

describe('the configuration', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-configuration-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const configuration = () => createConfiguration({ folder });

  it('is empty at first, remembers what is set, and forgets what is set to null', async () => {
    assert.deepEqual(await configuration().read(), {});
    await configuration().change({ tenant: 'embedded', tenantPort: 8443, policies: '/etc/laps' });
    await configuration().change({ tenantPort: null, accounts: 'simulated' });
    assert.deepEqual(await configuration().read(), {
      tenant: 'embedded',
      policies: '/etc/laps',
      accounts: 'simulated',
    });
    assert.equal((await stat(join(folder, 'configuration.json'))).mode & 0o777, 0o600);
  });

  it('refuses a value of the wrong form and keeps what it had', async () => {
    await configuration().change({ tenant: 'usgov' });
    for (const wrong of [
      { tenantPort: 0 },
      { tenantPort: 70_000 },
      { tenantPort: 1.5 },
      { tenant: 'http://insecure.example' },
      { tenant: 'https://x y' },
      { group: '$(id)' },
      { policies: '' },
      { os: 'eleven' },
    ]) {
      await assert.rejects(configuration().change(wrong), { code: 'ERR_LAPS_USAGE' }, JSON.stringify(wrong));
    }
    assert.deepEqual(await configuration().read(), { tenant: 'usgov' });
  });

  it('damaged is told once, put aside, and then empty', async () => {
    await writeFile(join(folder, 'configuration.json'), '{"tenant":');
    await assert.rejects(configuration().read(), { code: 'ERR_LAPS_DATA_DAMAGED' });
    assert.deepEqual(await configuration().read(), {});
    assert.deepEqual(await readdir(folder), ['configuration.json.damaged-1']);
  });
});
