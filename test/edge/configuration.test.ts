import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLapsError } from '../../agent/core/errors.ts';
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
      { tenant: 'https://x.test/path' },
      { group: '$(id)' },
      { policies: '' },
      { os: 'eleven' },
      { schedule: '* * * * * *' },
      { schedule: '99 * * * *' },
    ]) {
      await assert.rejects(configuration().change(wrong), { code: 'ERR_LAPS_USAGE' }, JSON.stringify(wrong));
    }
    assert.deepEqual(await configuration().read(), { tenant: 'usgov' });
  });

  it('edited wrongly stays where it is and is told with what is allowed, at every look', async () => {
    const path = join(folder, 'configuration.json');
    for (const [text, message, hint] of [
      ['{"accounts":"windows"}', /accounts has a value that is not allowed/, /simulated or linux/],
      ['{"tenantPort":"8443"}', /tenantPort has a value/, /1 to 65535/],
      ['{"schedule":"99 * * * *"}', /schedule has a value that is not allowed/, /five words.*the minute/],
      ['{"acounts":"linux"}', /a member that is not known: acounts/, /did you mean accounts\?/],
      ['{"Schedule":"0 * * * *"}', /not known: Schedule/, /did you mean schedule\?/],
      ['{"group":"adm",\n"group":"daemon"}', /group stands there twice, again in line 2/, /keep the one/],
      ['{"os":"10.0.22631",}', /not JSON, line 1, column 19/, /laps repair/],
      ['{"tenant":', /it is not JSON/, /laps repair/],
      ['\uFEFF{"tenant":"usgov"}', /begins with a byte order mark \(BOM\)/, /UTF-8 without a BOM; .*laps repair/],
      ['[]', /no JSON object/, /one object/],
    ] as const) {
      await writeFile(path, text);
      for (const _ of [1, 2])
        await assert.rejects(configuration().read(), (error) => {
          assert.ok(isLapsError(error), text);
          assert.equal(error.code, 'ERR_LAPS_CONFIGURATION');
          assert.match(error.message, message);
          assert.match(error.hint ?? '', hint);
          return true;
        });
      await assert.rejects(configuration().change({ os: '10.0.26100' }), { code: 'ERR_LAPS_CONFIGURATION' });
      assert.equal(await readFile(path, 'utf8'), text);
    }
    assert.deepEqual(await readdir(folder), ['configuration.json']);
  });

  it('takes a member that was wrong, for that is how it is mended', async () => {
    const path = join(folder, 'configuration.json');
    for (const text of [
      '{"schedule":"99 * * * *","group":"adm"}',
      '{"schedule":"0 * * * *","group":"adm","schedule":7}',
    ]) {
      await writeFile(path, text);
      await assert.rejects(configuration().change({ os: '10.0.26100' }), { code: 'ERR_LAPS_CONFIGURATION' });
      assert.deepEqual(await configuration().read(['schedule']), { group: 'adm' });
      await configuration().change({ schedule: '*/10 * * * *' });
      assert.deepEqual(await configuration().read(), { schedule: '*/10 * * * *', group: 'adm' });
      await configuration().change({ schedule: null });
    }
    await writeFile(path, '{"schedule":"99 * * * *","group":7}');
    await assert.rejects(configuration().change({ schedule: null }), {
      code: 'ERR_LAPS_CONFIGURATION',
      message: /group/,
    });
  });

  it('is not waited for where a pipe stands in its place', async () => {
    const path = join(folder, 'configuration.json');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    await assert.rejects(configuration().read(), { code: 'ERR_LAPS_CONFIGURATION', message: /it is not a file/ });
    assert.equal(await configuration().putAside(), 'configuration.json.damaged-1');
    assert.deepEqual(await configuration().read(), {});
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    await assert.rejects(configuration().change({ os: '10.0.26100' }), { code: 'ERR_LAPS_CONFIGURATION' });
  });

  it('is put aside when somebody asks for that, and only when it is wrong', async () => {
    await configuration().change({ tenant: 'usgov' });
    assert.equal(await configuration().putAside(), undefined);
    await writeFile(join(folder, 'configuration.json'), '{"tenant":');
    assert.equal(await configuration().putAside(), 'configuration.json.damaged-1');
    assert.deepEqual(await configuration().read(), {});
    assert.deepEqual(await readdir(folder), ['configuration.json.damaged-1']);
    await writeFile(join(folder, 'configuration.json'), '{"schedule":"* * * * * *"}');
    assert.equal(await configuration().putAside(), 'configuration.json.damaged-2');
    await writeFile(join(folder, 'configuration.json'), '{"os":"10.0.22631","os":"10.0.26100"}');
    assert.equal(await configuration().putAside(), 'configuration.json.damaged-3');
  });
});
