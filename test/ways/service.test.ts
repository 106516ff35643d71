/**
 * Installing and taking back, in folders of our own and with a systemctl that writes down what it is told. With a systemd
 * that really runs: npm run service.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { serviceText } from '../../agent/cli/service.ts';
import { openPlace } from '../../agent/compose.ts';
import { nextWords, startWords } from '../../agent/composeJoin.ts';
import { uninstallService } from '../../agent/composeServiceEnd.ts';
import type { ServiceHost } from '../../agent/composeServiceHost.ts';
import { serviceStatus } from '../../agent/composeServiceStatus.ts';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { createFileLock } from '../../agent/edge/instanceLock.ts';
import { filesBelow } from '../support/processWorld.ts';
import { serviceMachine } from '../support/serviceMachine.ts';
import { stubCertificates } from '../support/stubCertificates.ts';

describe('a service', () => {
  const { ran, told, host, tell, install, uninstall, at, unit, policy, everything, configuration, joinTo } =
    serviceMachine();

  /** A machine that has the account. */
  const real = () =>
    host({
      examine: async () => ({
        account: { sid: 'S-1-5-21-1-2-3-2001', name: 'lapsadmin', rid: 2001, enabled: true, locked: false },
        bar: undefined,
        remarks: [],
      }),
    });

  it('is installed, told line by line, closed to others, and started', async () => {
    assert.deepEqual(await install({ group: 'adm' }), {
      unit: at(unit),
      data: at('var/lib/laps-agent'),
      isStandard: true,
      started: true,
      waitsFor: null,
    });
    for (const [path, mode] of [
      ['etc/laps-agent', 0o700],
      ['etc/laps-agent/policies', 0o700],
      [policy, 0o600],
      ['etc/laps-agent/installed.json', 0o600],
      [unit, 0o644],
      ['var/lib/laps-agent', 0o700],
    ] as const)
      assert.equal(statSync(at(path)).mode & 0o777, mode, path);
    assert.deepEqual(configuration(), { group: 'adm', policies: at('etc/laps-agent/policies') });
    assert.match(readFileSync(at(policy), 'utf8'), /"AdministratorAccountName": "lapsadmin"/);
    assert.deepEqual(ran, ['daemon-reload', 'enable laps-agent.service', 'restart laps-agent.service']);
    for (const path of [unit, policy, 'etc/laps-agent'])
      assert.ok(
        told.some(({ did, what }) => did === 'made' && what.startsWith(at(path))),
        path,
      );
  });
  it('is told to wait, and for what, where it cannot work yet', async () => {
    const waits = {
      sinceAt: 0,
      nextTryAt: 0,
      code: 'ERR_LAPS_DISK',
      message: 'the disk is full',
      hint: 'free some',
    } as const;
    const silent = { answers: async () => false };
    const why = async (changes: Partial<ServiceHost>) =>
      (await install({}, {}, host({ ...silent, ...changes }))).waitsFor;
    assert.equal(await why({ waits: async () => waits }), 'the disk is full [ERR_LAPS_DISK]; free some');
    assert.match((await why({ waits: async () => 'unexplained' })) ?? '', /could not write down for what/);
    const failed = async () => ({ status: 0, stdout: 'failed\n', stderr: '' });
    assert.match((await why({ systemctl: failed })) ?? '', /does not answer \(failed\); journalctl/);
  });
  it('is started again where the daemon that runs is of another program, though its unit is as it was', async () => {
    await install();
    ran.length = 0;
    await install();
    assert.equal(ran.at(-1), 'start laps-agent.service');
    await install({}, {}, host({ isStale: async () => true }));
    assert.equal(ran.at(-1), 'restart laps-agent.service');
  });
  it('is waited for until it answers', async () => {
    let asked = 0;
    const answers = async (): Promise<boolean> => {
      asked += 1;
      return asked > 2;
    };
    assert.equal((await install({}, {}, host({ answers, readyMs: 60_000 }))).waitsFor, null);
    assert.equal(asked, 3);
  });
  it('is installed again without a change to anything', async () => {
    await install();
    const before = filesBelow(at(''));
    ran.length = 0;
    await install();
    assert.deepEqual(filesBelow(at('')), before);
    assert.deepEqual(ran, ['daemon-reload', 'enable laps-agent.service', 'start laps-agent.service']);
  });
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
    assert.deepEqual(configuration(), own);
    assert.match(
      told.map(({ did, what }) => `${did} ${what}`).join('\n'),
      /^kept accounts = linux, tenant = https:\/\/tenant\.test, caFile = .+: the data that is kept needs it$/m,
    );
    rmSync(at('var/lib/laps-agent/state/configuration.json'));
    await assert.rejects(install(), {
      code: 'ERR_LAPS_USAGE',
      message: /which account of this machine is to be managed/,
    });
  });
  it('begins anew in an emptied data folder with what was said when it was installed, and says that it does', async () => {
    const own = { tenant: 'https://tenant.test', accounts: 'linux', os: '10.0.22631' } as const;
    await install(own, { account: 'lapsadmin' }, real());
    rmSync(at('var/lib/laps-agent'), { recursive: true });
    told.length = 0;
    await install({ os: '10.0.26100' }, {}, real());
    assert.deepEqual(configuration(), { ...own, os: '10.0.26100', policies: at('etc/laps-agent/policies') });
    assert.ok(told.some(({ what }) => /there was nothing in .+laps-agent: a new device begins there/.test(what)));
  });
  it('keeps and names what was changed since, or was there before', async () => {
    mkdirSync(at('etc/laps-agent/policies'), { recursive: true });
    writeFileSync(at('etc/laps-agent/policies/gpo.json'), '{"BackupDirectory": 0}');
    await install();
    assert.equal(existsSync(at(policy)), false, 'there is a policy: none is made beside it');
    appendFileSync(at(unit), '# mine\n');
    await install();
    assert.match(readFileSync(at(unit), 'utf8'), /# mine/);
    assert.deepEqual((await uninstall(true)).kept, [at(unit)]);
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
  it('takes a unit that is just as it makes it for its own, also where the record was lost', async () => {
    await install();
    rmSync(at('etc/laps-agent/installed.json'));
    await install();
    await uninstall(true);
    assert.equal(existsSync(at(unit)), false);
  });
  it('keeps a policy that its owner has edited', async () => {
    await install();
    writeFileSync(at(policy), '{"BackupDirectory": 1}');
    await uninstall(true);
    assert.deepEqual(everything(), [policy]);
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
  it('waits for a join before it is started with a tenant that needs one', async () => {
    const { started } = await install({ tenant: 'https://tenant.test' });
    assert.equal(started, false);
    assert.ok(ran.every((words) => !/start/.test(words)));
    const said = () => told.at(-1)?.what ?? '';
    assert.match(said(), /laps join --tenant https:\/\/tenant\.test --user NAME --ca-file CA\.pem/);
    writeFileSync(at('ca.pem'), (await stubCertificates()).caPem);
    await install({ tenant: 'https://tenant.test', caFile: 'ca.pem' });
    assert.doesNotMatch(said(), /--ca-file/, 'it is remembered');
  });
  it('is what a join in its data folder says to start', async () => {
    await install();
    const words = async (data: string) => {
      const place = await openPlace({ data: at(data), policies: undefined, env: {}, cwd: at(''), create: true });
      return place === undefined ? 'nothing' : startWords(place, servicePaths(at('')));
    };
    assert.equal(await words('var/lib/laps-agent'), 'sudo systemctl start laps-agent');
    assert.equal(await words('mine'), 'laps run');
  });
  it('is what a device that left is told of: it waits for a join to the tenant it was installed for', async () => {
    await install({ tenant: 'https://tenant.test' });
    const words = async (data: string, tenant: string) => {
      const place = await openPlace({ data: at(data), policies: undefined, env: {}, cwd: at(''), create: true });
      return place === undefined ? 'nothing' : nextWords(place, tenant, ' --ca-file CA.pem', servicePaths(at('')));
    };
    assert.match(
      await words('var/lib/laps-agent', 'https://tenant.test'),
      /^https:\/\/tenant\.test stays configured.+: sudo laps join --tenant https:\/\/tenant\.test --user UPN --ca-file CA\.pem, then: sudo systemctl start laps-agent; .+config set tenant embedded$/,
    );
    assert.match(
      await words('var/lib/laps-agent', 'embedded'),
      /^the service joins the embedded tenant at its next start, as a new device; sudo systemctl disable/,
    );
    assert.match(await words('mine', 'https://tenant.test'), /: laps join .+, then: laps run; .+--tenant embedded$/);
    assert.equal(await words('mine', 'embedded'), 'laps run joins the embedded tenant, as a new device');
  });
  it('keeps the authority’s path whole, whatever folder it was typed in', async () => {
    writeFileSync(at('ca.pem'), (await stubCertificates()).caPem);
    await install({ caFile: 'ca.pem' });
    assert.deepEqual(configuration(), { caFile: at('ca.pem'), policies: at('etc/laps-agent/policies') });
  });
  it('says whether what it keeps was its own once', async () => {
    await install();
    appendFileSync(at(unit), '# mine\n');
    told.length = 0;
    await install();
    assert.match(told.find(({ did }) => did === 'kept')?.what ?? '', /changed since laps-agent made it/);
    await uninstall(true);
    // What was its own is forgotten with the record: the unit that is left is its owner's.
    await assert.rejects(install(), { code: 'ERR_LAPS_SERVICE', message: /no record says whose change that is/ });
  });
  it('does not move its data by being installed again', async () => {
    await install();
    await assert.rejects(install({}, { data: at('elsewhere') }), { code: 'ERR_LAPS_SERVICE' });
  });
  it('says that it waits for a join, not that it has only to be started, where a start comes to nothing', async () => {
    const stopped = host({
      systemctl: async () => ({ status: 0, stdout: 'ActiveState=inactive\nUnitFileState=enabled\n', stderr: '' }),
    });
    const tenant = 'https://login.example';
    await install({ tenant }, {}, stopped);
    const left = await serviceStatus(stopped);
    assert.equal(left.unjoined, tenant);
    const told = serviceText(left, 400);
    assert.match(told, /^state +inactive$/m);
    assert.match(
      told,
      /^waits for +a join.*: sudo laps join --tenant https:\/\/login\.example --user UPN; then: sudo systemctl start laps-agent$/m,
    );
    await joinTo(tenant);
    const joined = await serviceStatus(stopped);
    assert.equal(joined.unjoined, null);
    assert.match(serviceText(joined, 400), /^state +inactive: sudo systemctl start laps-agent$/m);
  });
  it('tells anybody how it stands, and whether its unit is this version’s', async () => {
    const machine = host({
      systemctl: async () => ({
        status: 0,
        stdout:
          'ActiveState=active\nUnitFileState=enabled\nMainPID=42\nStatusText=rotated; next look at 2026\nResult=success\n',
        stderr: '',
      }),
    });
    assert.equal((await serviceStatus(machine)).unitState, 'absent');
    await install({}, {}, machine);
    const status = await serviceStatus(machine);
    assert.deepEqual(
      [status.installed, status.enabled, status.active, status.pid, status.unitState, status.data],
      [true, true, 'active', 42, 'current', at('var/lib/laps-agent')],
    );
    appendFileSync(at(unit), '# mine\n');
    assert.equal((await serviceStatus(machine)).unitState, 'other');
    await assert.rejects(serviceStatus(host({ isSystemdHere: async () => false })), (error) => {
      assert.ok(error instanceof Error && 'hint' in error);
      assert.doesNotMatch(error.message, /install|touched/);
      assert.match(String(error.hint), /laps status/);
      return true;
    });
  });
});
