/**
 * Installing, in folders of our own and with a systemctl that writes down what it is told. With a systemd that really runs:
 * npm run service.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { serviceText } from '../../agent/cli/service.ts';
import { openPlace } from '../../agent/compose.ts';
import { nextWords, startWords } from '../../agent/composeJoin.ts';
import type { ServiceHost } from '../../agent/composeServiceHost.ts';
import { serviceStatus } from '../../agent/composeServiceStatus.ts';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { noteBytes } from '../../agent/edge/accounts/accountNote.ts';
import { filesBelow } from '../support/processWorld.ts';
import { serviceMachine } from '../support/serviceMachine.ts';
import { stubCertificates } from '../support/stubCertificates.ts';

describe('a service', () => {
  const { ran, told, host, real, install, uninstall, at, unit, policy, configuration, everything, joinTo } =
    serviceMachine();
  const configurationFile = 'var/lib/laps-agent/state/configuration.json';

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
    const active = async () => ({ status: 0, stdout: 'active\n', stderr: '' });
    assert.match((await why({ systemctl: active })) ?? '', /\(active\); sudo systemctl restart laps-agent; journalctl/);
  });

  it('is started again where the daemon that runs is of another program, though its unit is as it was', async () => {
    await install();
    ran.length = 0;
    await install();
    assert.equal(ran.at(-1), 'start laps-agent.service');
    await install({}, {}, host({ isStale: async () => true }));
    assert.equal(ran.at(-1), 'restart laps-agent.service');
  });

  it('has a device that is joined already trust the authority that --ca-file names', async () => {
    const { foreignCaPem } = await stubCertificates();
    await install({ tenant: 'https://localhost:1' });
    await joinTo('https://localhost:1');
    writeFileSync(at('new-ca.pem'), foreignCaPem);
    await install({ tenant: 'https://localhost:1', caFile: 'new-ca.pem' });
    const identity = JSON.parse(readFileSync(at('var/lib/laps-agent/identity/identity.json'), 'utf8'));
    const plain = (text: string): string => text.replaceAll(/\s/g, '');
    assert.equal(plain(identity.caPem), plain(foreignCaPem));
    assert.ok(told.some(({ what }) => /new-ca\.pem holds is trusted from now on$/.test(what)));
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

  const otherPolicies = (name: string): string => {
    const folder = at(name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'csp.json'), '{"BackupDirectory": 1, "AdministratorAccountName": "ann"}');
    return folder;
  };
  const configure = (members: object): void => writeFileSync(at(configurationFile), JSON.stringify(members));

  it('keeps the policies that its owner configured and names them: only --policies changes whose password is replaced', async () => {
    await install({ accounts: 'linux' }, { account: 'lapsadmin' }, real());
    const policies = otherPolicies('pol2');
    configure({ accounts: 'linux', policies });
    const asked: (string | undefined)[] = [];
    const machine = host({
      examine: async (place, name) => {
        asked.push(name);
        return real().examine(place, name);
      },
    });
    told.length = 0;
    await install({}, {}, machine);
    assert.deepEqual([configuration(), asked], [{ accounts: 'linux', policies }, ['ann']]);
    assert.match(
      told.map(({ did, what }) => `${did} ${what}`).join('\n'),
      /^kept policies = .+pol2, in .+; --policies names others$/m,
    );
    await install({}, { policies: at('etc/laps-agent/policies') }, machine);
    assert.deepEqual(configuration(), { accounts: 'linux', policies: at('etc/laps-agent/policies') });
    assert.equal(asked.at(-1), 'lapsadmin');
  });

  it('is not installed again over policies that are gone or that a service could not see; another folder is named for them', async () => {
    await install();
    configure({ policies: at('gone') });
    const before = filesBelow(at(''));
    ran.length = 0;
    await assert.rejects(install(), {
      code: 'ERR_LAPS_POLICIES_MISSING',
      message: /policies of this installation are in .+gone, and there is no policy; nothing was touched/,
      hint: /laps init .+gone\/csp\.json .+--policies .+etc\/laps-agent\/policies$/,
    });
    const hides = host({
      refusal: async ({ policies }) => (policies === at('gone') ? { message: 'unseen', hint: 'elsewhere' } : undefined),
    });
    await assert.rejects(install({}, {}, hides), { code: 'ERR_LAPS_SERVICE', message: 'unseen' });
    assert.deepEqual([filesBelow(at('')), ran], [before, []]);
    rmSync(at(policy));
    await install({}, { policies: at('etc/laps-agent/policies') });
    assert.equal(existsSync(at(policy)), true, 'the folder of the service is one in which a policy is made');
  });

  it('begins anew in an emptied data folder with the policies it was installed for, or with those named now', async () => {
    const [first, second] = [otherPolicies('pol1'), otherPolicies('pol2')];
    await install({}, { policies: first });
    for (const [wish, expected] of [
      [{}, first],
      [{ policies: second }, second],
    ] as const) {
      rmSync(at('var/lib/laps-agent'), { recursive: true });
      await install({}, wish);
      assert.deepEqual(configuration(), { policies: expected });
    }
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

  it('does not begin with simulated accounts, unless told to, while another data folder manages a real one', async () => {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root has ever managed a real account');
      return;
    }
    const { accounts } = servicePaths(at(''));
    mkdirSync(at('srv'));
    mkdirSync(accounts, { recursive: true, mode: 0o700 });
    chmodSync(at('etc/laps-agent'), 0o700);
    writeFileSync(join(accounts, '1001.json'), noteBytes(at('srv')), { mode: 0o600 });
    const before = everything();
    await assert.rejects(install({}, { account: 'lapsadmin' }), {
      code: 'ERR_LAPS_DATA_MISSING',
      message: /is managed from .+srv; nothing was touched$/,
    });
    assert.deepEqual([everything(), ran, told], [before, [], []]);
    await install({ accounts: 'simulated' }, { account: 'lapsadmin' });
    assert.ok(existsSync(at(configurationFile)));
  });

  it('takes a unit that is just as it makes it for its own, also where the record was lost', async () => {
    await install();
    rmSync(at('etc/laps-agent/installed.json'));
    await install();
    await uninstall(true);
    assert.equal(existsSync(at(unit)), false);
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
