/**
 * Installing and taking back, in folders of our own and with a systemctl that writes down what it is told. With a systemd
 * that really runs: npm run service.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlace } from '../../agent/compose.ts';
import { startWords } from '../../agent/composeJoin.ts';
import { installService } from '../../agent/composeService.ts';
import { uninstallService } from '../../agent/composeServiceEnd.ts';
import type { InstallWish, ServiceHost, Told } from '../../agent/composeServiceHost.ts';
import { serviceStatus } from '../../agent/composeServiceStatus.ts';
import type { Configuration } from '../../agent/core/configuration.ts';
import { LapsError } from '../../agent/core/errors.ts';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { createDeviceIdentity } from '../../agent/edge/deviceIdentity.ts';
import { createFileLock } from '../../agent/edge/instanceLock.ts';
import { readMachineId, systemMachine } from '../../agent/edge/machineId.ts';
import { filesBelow } from '../support/processWorld.ts';
import { stubCertificates } from '../support/stubCertificates.ts';
import { testDevice } from '../support/stubTenant.ts';

describe('a service', () => {
  let root = '';
  let ran: string[] = [];
  let told: Told[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-service-'));
    ran = [];
    told = [];
    mkdirSync(join(root, 'etc', 'systemd', 'system'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const host = (changes: Partial<ServiceHost> = {}): ServiceHost => ({
    paths: servicePaths(root),
    uid: 0,
    patienceMs: 100,
    readyMs: 100,
    answers: async () => true,
    waits: async () => undefined,
    program: async (data) => ({ node: '/usr/bin/node', script: '/usr/lib/node_modules/laps-agent/dist/laps.js', data }),
    refusal: async () => undefined,
    examine: async () => ({ account: undefined, bar: undefined, remarks: [] }),
    obstacle: async () => undefined,
    isSystemdHere: async () => true,
    systemctl: async (words) => {
      ran.push(words.join(' '));
      return { status: 0, stdout: '', stderr: '' };
    },
    ...changes,
  });
  const tell = (each: Told): void => void told.push(each);
  const install = (configuration: Configuration = {}, changes: Partial<InstallWish> = {}, machine = host()) =>
    installService(
      machine,
      { data: undefined, policies: undefined, account: undefined, configuration, env: {}, cwd: root, ...changes },
      tell,
    );
  const uninstall = (purge = false, machine = host()) => uninstallService(machine, { purge, env: {}, cwd: root }, tell);
  const at = (path: string): string => join(root, path);
  const unit = 'etc/systemd/system/laps-agent.service';
  const policy = 'etc/laps-agent/policies/csp.json';
  const everything = (): string[] => [...filesBelow(root).keys()];
  const configuration = (): unknown =>
    JSON.parse(readFileSync(at('var/lib/laps-agent/state/configuration.json'), 'utf8'));

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
    const before = filesBelow(root);
    ran = [];
    await install();
    assert.deepEqual(filesBelow(root), before);
    assert.deepEqual(ran, ['daemon-reload', 'enable laps-agent.service', 'start laps-agent.service']);
  });

  it('is taken back to the last file, also after a second installation', async () => {
    await install({ group: 'adm' });
    await install();
    assert.equal((await uninstall(true)).wasInstalled, true);
    assert.deepEqual(everything(), []);
    assert.deepEqual(existsSync(at('etc/laps-agent')), false);
    assert.ok(ran.includes('disable --now laps-agent.service'));
    told = [];
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
      told = [];
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
      ran = [];
      told = [];
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
      uninstallService(host(), { purge, data: from, env: {}, cwd: root }, tell);
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

  /** A device of the embedded tenant, or of another one. */
  const joinTo = async (tenant: 'embedded' | string): Promise<void> => {
    const { publicKey: _, ...device } = await testDevice();
    const { caPem: ca } = await stubCertificates();
    const origin = tenant === 'embedded' ? 'https://localhost:8443' : tenant;
    const data = at('var/lib/laps-agent');
    mkdirSync(join(data, 'tenant'), { recursive: true, mode: 0o700 });
    writeFileSync(join(data, 'tenant', 'ca.pem'), ca, { mode: 0o600 });
    const machineId = await readMachineId(systemMachine());
    await createDeviceIdentity({ folder: join(data, 'identity'), machineId }).write({
      ...device,
      version: 1,
      machineId,
      displayName: 'DESKTOP-SERVICE',
      joinType: 'entra',
      tenant: origin,
      pinnedOrigins: [origin],
      caPem: tenant === 'embedded' ? ca : null,
    });
  };

  it('is refused before anything is touched for another tenant than the device is joined to', async () => {
    await install();
    await joinTo('embedded');
    const before = filesBelow(root);
    ran = [];
    await assert.rejects(install({ tenant: 'https://tenant.test' }), (error) => {
      assert.ok(error instanceof LapsError);
      assert.equal(error.code, 'ERR_LAPS_ALREADY_JOINED');
      assert.match(error.message, /joined to the embedded tenant, not to https:\/\/tenant\.test; nothing was touched/);
      assert.match(error.hint ?? '', /leave --tenant out.*systemctl stop laps-agent.*laps leave/);
      return true;
    });
    assert.deepEqual([filesBelow(root), ran], [before, []]);
    await install({ tenant: 'embedded' });
    assert.equal(ran.at(-1), 'restart laps-agent.service');

    await joinTo('https://tenant.test');
    ran = [];
    await assert.rejects(install(), (error) => {
      assert.ok(error instanceof LapsError);
      assert.match(error.hint ?? '', /laps config set tenant https:\/\/tenant\.test/);
      return true;
    });
    assert.deepEqual(ran, []);
    await install({ tenant: 'https://tenant.test/' });
    assert.equal(ran.at(-1), 'restart laps-agent.service');
  });

  it('is what a join in its data folder says to start', async () => {
    await install();
    const words = async (data: string) => {
      const place = await openPlace({ data: at(data), policies: undefined, env: {}, cwd: root, create: true });
      return place === undefined ? 'nothing' : startWords(place, servicePaths(root));
    };
    assert.equal(await words('var/lib/laps-agent'), 'sudo systemctl start laps-agent');
    assert.equal(await words('mine'), 'laps run');
  });

  it('is refused before anything is touched: without root, without systemd, in a wrong place, without an account', async () => {
    for (const [machine, wish, configured, code, hint] of [
      [host({ uid: 1000 }), {}, {}, 'ERR_LAPS_PERMISSION', /sudo/],
      [host({ isSystemdHere: async () => false }), {}, {}, 'ERR_LAPS_SERVICE', /--kind openrc/],
      [host({ refusal: async () => ({ message: 'no', hint: 'elsewhere' }) }), {}, {}, 'ERR_LAPS_SERVICE', /elsewhere/],
      [host(), {}, { accounts: 'linux' }, 'ERR_LAPS_USAGE', /--account NAME/],
      [host(), { account: 'no-such-user' }, { accounts: 'linux' }, 'ERR_LAPS_ACCOUNT_MISSING', /useradd/],
      [host(), { policies: '/nowhere' }, {}, 'ERR_LAPS_POLICIES_MISSING', /laps init/],
    ] as const) {
      await assert.rejects(install(configured, wish, machine), (error) => {
        assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
        assert.equal(error.code, code);
        assert.match(String(error.hint), hint);
        return true;
      });
      assert.deepEqual(everything(), []);
      assert.deepEqual(ran, []);
    }
    await assert.rejects(uninstall(false, host({ uid: 1000 })), { code: 'ERR_LAPS_PERMISSION' });
  });

  it('is refused before anything is touched where the daemon would refuse: account, group, authority, tenant', async () => {
    const bar = {
      code: 'ERR_LAPS_ACCOUNT_PROTECTED',
      problem: 'it is root',
      hint: 'sudo laps config set allowRoot yes',
    } as const;
    const barred = host({ examine: async () => ({ account: undefined, bar, remarks: [] }) });
    const policies = at('mine');
    mkdirSync(policies);
    writeFileSync(join(policies, 'csp.json'), '{"BackupDirectory": 1, "AdministratorAccountName": "root"}');
    writeFileSync(at('no.pem'), 'no certificate');
    const before = everything();
    for (const [configured, wish, machine, code, hint] of [
      [{ accounts: 'linux' }, { account: 'root' }, barred, 'ERR_LAPS_ACCOUNT_PROTECTED', /allowRoot yes$/],
      [{ accounts: 'linux' }, { policies }, barred, 'ERR_LAPS_ACCOUNT_PROTECTED', /allowRoot yes$/],
      [
        { accounts: 'linux' },
        { account: 'root', data: at('srv') },
        barred,
        'ERR_LAPS_ACCOUNT_PROTECTED',
        /each with --data .*srv$/,
      ],
      [{ group: 'no-such-group' }, {}, host(), 'ERR_LAPS_CONFIGURATION', /groupadd --system no-such-group/],
      [{ group: 'adm' }, { data: at('srv') }, host(), 'ERR_LAPS_CONFIGURATION', /leave --data out/],
      [{ caFile: 'nowhere.pem' }, {}, host(), 'ERR_LAPS_NO_SUCH_FILE', /path/],
      [{ caFile: 'no.pem' }, {}, host(), 'ERR_LAPS_FILE_UNREADABLE', /BEGIN CERTIFICATE/],
      [{ tenant: 'https://tenant.test/path' }, {}, host(), 'ERR_LAPS_USAGE', /without a path/],
    ] as const) {
      await assert.rejects(install(configured, wish, machine), (error) => {
        assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
        assert.equal(error.code, code, error.message);
        assert.match(String(error.hint), hint);
        return true;
      });
      assert.deepEqual(everything(), before);
      assert.deepEqual(ran, []);
    }
  });

  it('is refused before anything is touched where another data folder manages the account', async () => {
    const account = { sid: 'S-1-5-21-1-2-3-2000', name: 'ann', rid: 2000, enabled: true, locked: false };
    const machine = host({
      examine: async () => ({ account, bar: undefined, remarks: [] }),
      obstacle: async (_place, sid) => (sid === account.sid ? { kind: 'kept', data: '/srv/other' } : undefined),
    });
    const before = everything();
    await assert.rejects(
      () => install({ accounts: 'linux' }, { account: 'ann' }, machine),
      (error: LapsError) =>
        error.code === 'ERR_LAPS_ACCOUNT_BUSY' &&
        /managed from the data folder \/srv\/other/.test(error.message) &&
        /laps leave --data \/srv\/other/.test(error.hint ?? ''),
    );
    assert.deepEqual(everything(), before);
    assert.deepEqual(ran, []);
  });

  it('asks about the very account that the policy in force names, and says what is out of the ordinary', async () => {
    const policies = at('mine');
    mkdirSync(policies);
    const asked: (string | undefined)[] = [];
    const machine = host({
      examine: async ({ root: data, remembered }, name) => {
        assert.deepEqual([data, remembered.accounts], [at('var/lib/laps-agent'), 'linux']);
        asked.push(name);
        return { account: undefined, bar: undefined, remarks: [{ kind: 'expired' }] };
      },
    });
    writeFileSync(join(policies, 'csp.json'), '{"BackupDirectory": 1, "AdministratorAccountName": "ann"}');
    await install({ accounts: 'linux' }, { policies }, machine);
    const notes = told.map(({ what }) => what).join('\n');
    assert.match(notes, /ann, which is no account of this machine: .*useradd/);
    assert.match(notes, /the account ann: it has expired/);
    writeFileSync(join(policies, 'csp.json'), '{"BackupDirectory": 1, "AdministratorAccountName": "ann bell"}');
    await install({ accounts: 'linux' }, { policies }, machine);
    const more = told.map(({ what }) => what).join('\n');
    assert.doesNotMatch(more, /useradd .* ann bell/, 'words that cannot be typed');
    assert.match(more, /useradd takes no such name/);
    // Nothing is managed: there is no account to ask about.
    for (const text of ['{"BackupDirectory": 0}', '{ broken']) {
      writeFileSync(join(policies, 'csp.json'), text);
      await install({ accounts: 'linux' }, { policies }, machine);
    }
    assert.match(told.map(({ what }) => what).join('\n'), /csp\.json:1:3: /);
    assert.deepEqual(asked, ['ann', 'ann bell']);
  });

  it('keeps the authority’s path whole, whatever folder it was typed in', async () => {
    writeFileSync(at('ca.pem'), (await stubCertificates()).caPem);
    await install({ caFile: 'ca.pem' });
    assert.deepEqual(configuration(), { caFile: at('ca.pem'), policies: at('etc/laps-agent/policies') });
  });

  it('says whether what it keeps was its own once', async () => {
    await install();
    appendFileSync(at(unit), '# mine\n');
    told = [];
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
