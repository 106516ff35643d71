/** A look at the service that works in a data folder: what it is started with, and whether it runs. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyHint, servedAt, serviceStopped } from '../../agent/composeServed.ts';
import { systemdUnit } from '../../agent/core/hosting/systemdUnit.ts';

describe('a look at the service of a data folder', () => {
  let etc: string;
  let unit: string;
  before(async () => {
    etc = await mkdtemp(join(tmpdir(), 'laps-served-'));
    unit = join(etc, 'laps-agent.service');
    const program = { node: '/usr/bin/node', script: '/opt/laps.js', data: '/srv/d' };
    const facts = { version: '1', systemdVersion: 252, shadowIsShut: false, givesTo: [], hasAdm: true };
    await writeFile(unit, systemdUnit({ ...program, ...facts }));
  });
  after(() => rm(etc, { recursive: true }));
  const served = async (environment: string, data = '/srv/d') => {
    await writeFile(join(etc, 'environment'), environment);
    return servedAt(data, { unit, etc });
  };

  it('sees the configuration in its file of variables, and only for the folder it works in', async () => {
    const found = await served('LAPS_TENANT=https://localhost:9443\nHTTPS_PROXY=http://a\n');
    assert.deepEqual(found?.members, { tenant: 'https://localhost:9443' });
    assert.equal(found?.trouble, undefined);
    assert.equal(await served('LAPS_TENANT=https://localhost:9443', '/srv/other'), undefined);
    await rm(join(etc, 'environment'));
    assert.deepEqual((await servedAt('/srv/d', { unit, etc }))?.members, {}, 'without one it has none');
  });

  it('tells a value with which it does not start', async () => {
    const found = await served('LAPS_ACCOUNTS=elsewhere\n');
    assert.equal(found?.trouble?.code, 'ERR_LAPS_CONFIGURATION');
    assert.match(found?.trouble?.message ?? '', /environment: .*LAPS_ACCOUNTS.*; the service does not start$/);
  });

  describe('under systemd', () => {
    const asked = (stdout: string) =>
      servedAt(
        '/srv/d',
        { unit, etc },
        {
          isSystemdHere: async () => true,
          systemctl: async (words) => {
            assert.deepEqual(words, [
              'show',
              'laps-agent.service',
              '--property=LoadState,Environment,EnvironmentFiles',
            ]);
            return { status: 0, stdout, stderr: '' };
          },
        },
      );

    it('sees what the unit and its drop-ins set, outranked by the files they name', async () => {
      await writeFile(join(etc, 'environment'), 'LAPS_ACCOUNTS=linux\n');
      await writeFile(join(etc, 'other'), 'LAPS_GROUP=adm\n');
      const found = await asked(
        `LoadState=loaded\nEnvironment=LAPS_TENANT=https://localhost:9443 "LAPS_POLICIES=/a \\"b\\" c" LAPS_GROUP=users\nEnvironmentFiles=${etc}/environment (ignore_errors=yes)\nEnvironmentFiles=${etc}/other (ignore_errors=no)\n`,
      );
      assert.deepEqual(found?.members, {
        tenant: 'https://localhost:9443',
        policies: '/a "b" c',
        accounts: 'linux',
        group: 'adm',
      });
      assert.equal(found?.sourceOf('LAPS_GROUP').place, join(etc, 'other'));
      assert.match(found?.sourceOf('LAPS_TENANT').place ?? '', /Environment= of laps-agent\.service/);
      assert.match(found?.sourceOf('LAPS_TENANT').remedy ?? '', /systemctl edit/);
    });

    it('tells a value there with which it does not start', async () => {
      const found = await asked('LoadState=loaded\nEnvironment=LAPS_ACCOUNTS=elsewhere\n');
      assert.match(found?.trouble?.message ?? '', /^Environment= of .*LAPS_ACCOUNTS.*; the service does not start$/);
    });

    it('reads the file that an installation names where it was not told of the unit yet', async () => {
      await writeFile(join(etc, 'environment'), 'LAPS_ACCOUNTS=linux\n');
      assert.deepEqual((await asked('LoadState=not-found\nEnvironment=\n'))?.members, { accounts: 'linux' });
      assert.deepEqual((await asked('LoadState=loaded\nEnvironment=\n'))?.members, {}, 'one that was taken out');
    });
  });

  it('says how a command gets past it when it is at work', async () => {
    assert.match((await busyHint('/srv/d', { unit })) ?? '', /sudo systemctl stop laps-agent, .* sudo systemctl start/);
    assert.equal(await busyHint('/srv/other', { unit }), undefined);
  });

  it('asks systemd whether it runs, where there is one', async () => {
    const stopped = async (here: boolean) =>
      serviceStopped(undefined, {
        isSystemdHere: async () => here,
        systemctl: async () => ({ status: 0, stdout: 'ActiveState=inactive\nUnitFileState=enabled\n', stderr: '' }),
      });
    assert.match((await stopped(true)) ?? '', /does not run/);
    assert.equal(await stopped(false), undefined);
  });
});
