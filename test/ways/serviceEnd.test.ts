/**
 * Taking an installation back, in folders of our own and with a systemctl that writes down what it is told. With a systemd
 * that really runs: npm run service.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { uninstallService } from '../../agent/composeServiceEnd.ts';
import { serviceStatus } from '../../agent/composeServiceStatus.ts';
import { createFileLock } from '../../agent/edge/instanceLock.ts';
import { serviceMachine } from '../support/serviceMachine.ts';
import { stubCertificates } from '../support/stubCertificates.ts';

describe('a service that is taken back', () => {
  const { ran, told, host, real, tell, install, uninstall, at, unit, policy, everything, configuration } =
    serviceMachine();

  it('is taken back to the last file, also after a second installation', async () => {
    await install({ group: 'adm' });
    await install();
    assert.equal((await uninstall(true)).wasInstalled, true);
    assert.deepEqual(everything(), []);
    assert.deepEqual(existsSync(at('etc/laps-agent')), false);
    assert.ok(ran.includes('disable --now laps-agent.service'));
    told.length = 0;
    assert.deepEqual(await uninstall(true), { wasInstalled: false, kept: [] });
  });

  it('keeps identity, journal and what its owner configured when it is only taken back', async () => {
    await install({ group: 'adm', os: '10.0.22631' });
    const file = at('var/lib/laps-agent/state/configuration.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), os: '10.0.26100' }));
    await uninstall();
    assert.deepEqual(configuration(), { os: '10.0.26100' });
    assert.ok(everything().every((path) => path.startsWith('var/lib/laps-agent/')));
  });

  it('keeps whose accounts and whose device the data is about when it is only taken back, says so, and goes on with it', async () => {
    writeFileSync(at('ca.pem'), (await stubCertificates()).caPem);
    const own = { tenant: 'https://tenant.test', accounts: 'linux', caFile: at('ca.pem'), os: '10.0.22631' } as const;
    await install({ ...own, group: 'adm', schedule: '*/10 * * * *' }, { account: 'lapsadmin' }, real());
    await uninstall();
    // No other folder says from now on whose password is replaced, least of all one of samples.
    assert.deepEqual(configuration(), { ...own, policies: at('etc/laps-agent/policies') });
    assert.match(
      told.map(({ did, what }) => `${did} ${what}`).join('\n'),
      /^kept accounts = linux, tenant = https:\/\/tenant\.test, caFile = .+, policies = .+: the data that is kept needs it$/m,
    );
    await install({}, { account: 'lapsadmin' }, real());
    assert.equal(existsSync(at(policy)), true);
    await uninstall();
    rmSync(at('var/lib/laps-agent/state/configuration.json'));
    await assert.rejects(install(), {
      code: 'ERR_LAPS_USAGE',
      message: /which account of this machine is to be managed/,
    });
  });

  it('keeps and names what was changed since, or was there before', async () => {
    mkdirSync(at('etc/laps-agent/policies'), { recursive: true });
    writeFileSync(at('etc/laps-agent/policies/gpo.json'), '{"BackupDirectory": 0}');
    await install();
    assert.equal(existsSync(at(policy)), false, 'there is a policy: none is made beside it');
    appendFileSync(at(unit), '# mine\n');
    await install();
    assert.match(readFileSync(at(unit), 'utf8'), /# mine/);
    assert.deepEqual((await uninstall(true)).kept, [at(unit), at('etc/laps-agent/policies/gpo.json')]);
    assert.deepEqual(everything(), ['etc/laps-agent/policies/gpo.json', unit]);
    assert.ok(
      told.some(({ did, what }) => did === 'kept' && /changed since.+stopped and disabled.+sudo rm/.test(what)),
    );
    assert.ok(ran.includes('disable --now laps-agent.service'));
  });

  it('says of a unit that was kept that it is there, however often it is asked', async () => {
    await install();
    appendFileSync(at(unit), '# mine\n');
    await uninstall(true);
    for (let time = 0; time < 2; time += 1) {
      told.length = 0;
      assert.deepEqual(await uninstall(true), { wasInstalled: false, kept: [at(unit)] });
      assert.match(
        told.map(({ what }) => what).join('\n'),
        /made it and has no record.+yours to remove: sudo systemctl disable --now laps-agent/,
      );
      assert.doesNotMatch(told.map(({ what }) => what).join('\n'), /no service is installed/);
    }
    await assert.rejects(install(), {
      message: /no record says whose change that is, so it is neither replaced nor started; nothing was touched/,
      hint: /sudo mv .+systemctl edit/,
    });
    rmSync(at(unit));
    await uninstall(true);
    assert.match(told.at(-1)?.what ?? '', /no service is installed/);
  });

  const foreignUnits = [
    () => writeFileSync(at(unit), '[Service]\n'),
    () => mkdirSync(at(unit)),
    () => symlinkSync('/dev/null', at(unit)),
  ];

  it('leaves alone what somebody put in the place of its unit, whatever the record says', async () => {
    for (const put of foreignUnits) {
      await install();
      rmSync(at(unit));
      put();
      ran.length = 0;
      told.length = 0;
      await assert.rejects(install(), { code: 'ERR_LAPS_SERVICE', message: /not made by laps-agent/ });
      assert.deepEqual((await uninstall(true)).kept, [at(unit)]);
      assert.deepEqual(ran, ['daemon-reload']);
      assert.ok(
        told.some(({ did, what }) => did === 'kept' && /neither stopped nor disabled/.test(what)),
        JSON.stringify(told),
      );
      rmSync(at(unit), { recursive: true });
      assert.deepEqual(everything(), []);
    }
  });

  it('neither starts nor ends a unit that it did not make, whatever stands there', async () => {
    for (const put of foreignUnits) {
      rmSync(at(unit), { recursive: true, force: true });
      put();
      const before = everything();
      await assert.rejects(install(), {
        code: 'ERR_LAPS_SERVICE',
        message: /not made by laps-agent.*nothing was touched/,
      });
      assert.deepEqual(everything(), before);
      const { unitState, installed } = await serviceStatus(host());
      assert.deepEqual([unitState, installed], ['foreign', false]);
      assert.deepEqual((await uninstall()).kept, [at(unit)]);
      assert.match(told.at(-1)?.what ?? '', /did not make it, so it is neither stopped nor disabled/);
      assert.ok(
        ran.every((words) => words.startsWith('show ')),
        ran.join('; '),
      );
    }
  });

  it('lets the accounts go that its data folder has, and leaves those of another and their locks', async () => {
    await install();
    const claims = at('etc/laps-agent/accounts');
    const locks = at('run/laps-agent/accounts');
    for (const each of [claims, locks]) mkdirSync(each, { recursive: true, mode: 0o700 });
    writeFileSync(join(claims, '1001.json'), JSON.stringify({ version: 1, data: at('var/lib/laps-agent') }));
    writeFileSync(at('run/laps-agent/laps.sock'), '');
    writeFileSync(join(locks, '1001.lock'), '');
    await uninstall();
    assert.deepEqual(
      everything().filter((path) => !path.startsWith('var/')),
      ['etc/laps-agent/accounts/1001.json'],
    );
    assert.match(
      told.map(({ what }) => what).join('\n'),
      /laps-agent: it says which data folder manages an account.+; sudo laps service uninstall --purge lets it go/,
    );
    writeFileSync(join(claims, '1002.json'), JSON.stringify({ version: 1, data: '/var/lib/elsewhere' }));
    mkdirSync(locks, { recursive: true, mode: 0o700 });
    const held = await createFileLock({ path: join(locks, '1002.lock'), busy: () => assert.fail() }).acquire({
      waitMs: 0,
    });
    await uninstall(true);
    assert.deepEqual(everything(), ['etc/laps-agent/accounts/1002.json', 'run/laps-agent/accounts/1002.lock']);
    held.release();
    rmSync(claims, { recursive: true });
    await uninstall(true);
    assert.deepEqual(everything(), []);
    assert.equal(existsSync(at('run/laps-agent')), false);
  });

  it('says so too where the folder around them was there before', async () => {
    mkdirSync(at('etc/laps-agent/accounts'), { recursive: true, mode: 0o700 });
    await install();
    writeFileSync(at('etc/laps-agent/accounts/1002.json'), JSON.stringify({ version: 1, data: '/var/lib/elsewhere' }));
    assert.deepEqual((await uninstall(true)).kept, [at('etc/laps-agent/accounts')]);
    assert.match(told.map(({ what }) => what).join('\n'), /accounts: it says which other data folder manages/);
  });

  it('is taken back also when its configuration is wrong', async () => {
    await install({ group: 'adm' });
    writeFileSync(at('var/lib/laps-agent/state/configuration.json'), '{"schedule":"* * * * * *"}');
    await uninstall();
    assert.deepEqual(
      everything().filter((path) => !path.startsWith('var/')),
      [],
    );
    await uninstall(true);
    assert.deepEqual(everything(), []);
  });

  it('goes on being taken back where that was cut short', async () => {
    await install();
    const lock = await createFileLock({
      path: at('var/lib/laps-agent/lock'),
      busy: () => assert.fail(),
    }).acquire({ waitMs: 0 });
    try {
      await assert.rejects(uninstall(true), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
    } finally {
      lock.release();
    }
    assert.equal(existsSync(at('etc/laps-agent/installed.json')), true);
    assert.equal((await uninstall(true)).wasInstalled, true);
    assert.deepEqual(everything(), []);
    assert.equal(existsSync(at('etc/laps-agent')), false);
  });

  it('names its own data folder in what is to be typed next, and removes it also after the rest is gone', async () => {
    const data = at('srv');
    assert.equal((await install({ tenant: 'https://tenant.test' }, { data })).isStandard, false);
    assert.ok(told.at(-1)?.what.includes(`sudo laps join --data ${data} --tenant https://tenant.test`));
    const end = (purge: boolean, from: string) =>
      uninstallService(host(), { purge, data: from, env: {}, cwd: at('') }, tell);
    await assert.rejects(end(true, at('elsewhere')), { code: 'ERR_LAPS_SERVICE' });
    await end(false, data);
    assert.ok(
      told.some(({ did, what }) => did === 'kept' && what.includes(`uninstall --purge --data ${data} removes`)),
    );
    assert.equal(existsSync(data), true);
    assert.equal((await end(true, data)).wasInstalled, false);
    assert.equal(existsSync(data), false);
  });

  it('keeps a policy that its owner has edited', async () => {
    await install();
    writeFileSync(at(policy), '{"BackupDirectory": 1}');
    await uninstall(true);
    assert.deepEqual(everything(), [policy]);
  });

  it('leaves nothing with its data, or names it: an installation in between is no reason to forget what the first one left', async () => {
    const claimed = async (): Promise<void> => {
      await install({ accounts: 'linux' }, { account: 'lapsadmin' }, real());
      mkdirSync(at('etc/laps-agent/accounts'), { recursive: true, mode: 0o700 });
      const note = { data: at('var/lib/laps-agent'), uid: 2001 };
      writeFileSync(at('etc/laps-agent/accounts/2001'), JSON.stringify(note), { mode: 0o600 });
    };
    await claimed();
    await uninstall();
    await claimed();
    rmSync(at('etc/laps-agent/accounts'), { recursive: true });
    assert.deepEqual((await uninstall(true)).kept, []);
    assert.equal(existsSync(at('etc/laps-agent')), false);

    await install();
    writeFileSync(at(policy), '{"BackupDirectory": 1}');
    writeFileSync(at('etc/laps-agent/environment'), '');
    await uninstall();
    await install();
    told.length = 0;
    const { kept } = await uninstall(true);
    assert.deepEqual(kept, [at('etc/laps-agent/environment'), at(policy)]);
    assert.equal(told.filter(({ did, what }) => did === 'kept' && /did not make it.+yours/.test(what)).length, 2);
    assert.deepEqual(everything(), ['etc/laps-agent/environment', policy]);
  });

  it('is taken back also where its data cannot be looked into: that stays, and why is told', async () => {
    for (const [spoil, why] of [
      [() => writeFileSync(at('var/lib/laps-agent/version'), '99\n'), /of version 99/],
      [() => rmSync(at('var/lib/laps-agent/version')), undefined],
    ] as const) {
      await install();
      spoil();
      if (why === undefined) {
        rmSync(at('var/lib/laps-agent'), { recursive: true });
        mkdirSync(at('var/lib/laps-agent'));
        writeFileSync(at('var/lib/laps-agent/mine'), '');
      }
      told.length = 0;
      const before = readdirSync(at('var/lib/laps-agent'));
      assert.deepEqual((await uninstall(true)).kept, [at('var/lib/laps-agent')]);
      assert.match(
        told.map(({ did, what }) => `${did} ${what}`).join('\n'),
        why ?? /^kept .+holds something, but no laps-agent data/m,
      );
      assert.deepEqual(readdirSync(at('var/lib/laps-agent')), before);
      assert.equal(existsSync(at('etc/laps-agent')), false);
      // With nothing installed there is nothing to go on with.
      await assert.rejects(uninstall(true), {
        code: why === undefined ? 'ERR_LAPS_DATA_UNSAFE' : 'ERR_LAPS_DATA_NEWER',
      });
      rmSync(at('var/lib/laps-agent'), { recursive: true });
    }
  });

  it('removes the empty folder that systemd makes for it', async () => {
    await install();
    rmSync(at('var/lib/laps-agent'), { recursive: true });
    mkdirSync(at('var/lib/laps-agent'));
    await uninstall(true);
    assert.equal(existsSync(at('var/lib/laps-agent')), false);
  });

  it('can be taken back when its installation was cut short', async () => {
    const broken = host({
      systemctl: async (words) => ({
        status: words[0] === 'enable' ? 1 : 0,
        stdout: '',
        stderr: 'Failed to enable unit',
      }),
    });
    await assert.rejects(install({}, {}, broken), { code: 'ERR_LAPS_SERVICE' });
    await uninstall(true);
    assert.deepEqual(everything(), []);
  });
});
