/** Real accounts stay real: whatever happens to the configuration or the service, no command goes on with simulated ones unasked. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';
import { startTestTenant } from '../support/tenantWorld.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

describeInSandbox('a data folder that manages a real account', { tools: ['chpasswd', 'unix_chkpwd'] }, (sandbox) => {
  before(function () {
    this.test?.parent?.timeout(120_000);
  });
  let world: ProcessWorld;
  const within = () => ({ within: sandbox().enter });
  const run = (...words: string[]) => world.run(words, within());
  const field = () => sandbox().lineOf('shadow', 'lapsadmin')?.[1] ?? '';
  /** What PAM's checker says of the newest password that the tenant has. */
  async function opensWithNewest(): Promise<boolean> {
    const { value } = await world.json(['status'], within());
    const { device } = value as { readonly device: { readonly deviceId: string } };
    const found = await world.json(['recover', device.deviceId, '--as-plain-text'], within());
    const [newest] = found.value as Array<{ readonly Password: string }>;
    assert.ok(newest !== undefined);
    return (await sandbox().run(['unix_chkpwd', 'lapsadmin', 'nonull'], `${newest.Password}\0`)).status === 0;
  }
  /** As an installation leaves it, on a machine whose systemd is away. */
  function installed(configuration: Readonly<Record<string, string>>): void {
    const etc = join(sandbox().etc, 'laps-agent');
    mkdirSync(etc, { recursive: true, mode: 0o700 });
    const made = [{ path: '/etc/laps-agent', kind: 'folder', digest: '' }];
    writeFileSync(join(etc, 'installed.json'), JSON.stringify({ version: 1, data: world.data, made, configuration }), {
      mode: 0o600,
    });
  }

  before(async () => {
    await sandbox().addUser('lapsadmin');
    await sandbox().must(['touch', '/var/log/auth.log']);
  });
  beforeEach(async () => {
    world = await createProcessWorld();
  });
  afterEach(async () => {
    await run('leave', '--yes');
    await world.close();
  });

  it('goes on with it after its service was uninstalled, after its kind was unset, and refuses another kind unasked', async () => {
    assert.equal((await run('run', '--accounts', 'linux', '--once')).status, 0);
    installed({ accounts: 'linux' });
    const end = await run('service', 'uninstall', '--data', world.data);
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stdout, /kept +accounts = linux/);
    assert.match(end.stdout, /kept +\/etc\/laps-agent: it says which data folder manages/);

    for (const lose of [[], ['config', 'unset', 'accounts']]) {
      if (lose.length > 0) assert.match((await run(...lose)).stdout, /no longer set: linux/);
      const before = field();
      const reset = await run('reset');
      assert.equal(reset.status, 0, reset.stderr);
      assert.notEqual(field(), before);
      assert.equal(await opensWithNewest(), true);
      assert.match((await run('status')).stdout, /all is well/);
    }

    const before = field();
    const other = { ...within(), env: { LAPS_ACCOUNTS: 'simulated' } };
    for (const words of [['reset'], ['process'], ['repair'], ['run', '--once'], ['leave', '--yes']]) {
      const refused = await world.run(words, other);
      assert.equal(refused.status, 3, words.join(' '));
      assert.match(refused.stderr, /LAPS_ACCOUNTS in the environment says simulated accounts.*ERR_LAPS_CONFIGURATION/);
    }
    assert.match(
      (await world.run(['status'], other)).stdout.replace(/\s+/g, ' '),
      /! LAPS_ACCOUNTS in the environment/,
    );
    assert.equal(field(), before);
    assert.equal(await opensWithNewest(), true);
  });

  it('stays real where its records of that are gone or empty: neither a variable nor an edited file makes it simulated', async () => {
    const configuration = join(world.data, 'state', 'configuration.json');
    const refused = async (env: Readonly<Record<string, string>>): Promise<void> => {
      const before = field();
      const reset = await world.run(['reset'], { ...within(), env });
      assert.equal(reset.status, 3, reset.stdout);
      assert.match(reset.stderr, /says simulated accounts, and this data folder manages a real one.*CONFIGURATION/);
      const status = await world.run(['status', '--check'], { ...within(), env });
      assert.equal(status.status, 1, status.stdout);
      assert.match(status.stdout, /! .+ says\s+simulated\s+accounts/);
      assert.match((await world.run(['doctor'], { ...within(), env })).stdout, /found: .+says simulated accounts/);
      assert.equal(field(), before);
    };
    const lose: ReadonlyArray<() => void> = [
      () => {
        for (const name of ['kind', 'linux.json']) truncateSync(join(world.data, 'accounts', name));
      },
      () => rmSync(join(world.data, 'accounts'), { recursive: true }),
    ];
    for (const each of lose) {
      assert.equal((await run('run', '--accounts', 'linux', '--once')).status, 0);
      each();
      await refused({ LAPS_ACCOUNTS: 'simulated' });
      rmSync(configuration);
      await refused({ LAPS_ACCOUNTS: 'simulated' });
      writeFileSync(configuration, JSON.stringify({ accounts: 'simulated' }), { mode: 0o600 });
      await refused({});
      // The note beside the accounts is then the last that tells.
      rmSync(join(world.data, 'state'), { recursive: true });
      await refused({ LAPS_ACCOUNTS: 'simulated' });
      assert.equal((await run('repair')).status, 0);
      assert.equal(await opensWithNewest(), true);
      await run('leave', '--yes');
      rmSync(world.data, { recursive: true });
    }
  });

  it('never follows the samples of the package: without the policy that named its account nobody has a new password', async () => {
    await sandbox().addUser('ann');
    const policy = join(world.policies, 'csp.json');
    writeFileSync(policy, '{ "BackupDirectory": 1, "AdministratorAccountName": "ann" }');
    assert.equal((await run('run', '--accounts', 'linux', '--once')).status, 0);
    // A clone has the policies that its owner writes; an installed package has samples, and those name lapsadmin.
    const installedPackage = join(world.root, 'package');
    mkdirSync(installedPackage);
    for (const name of ['dist', 'package.json', 'policies', 'fixtures/tenants', 'agent/edge/words'])
      cpSync(join(project, name), join(installedPackage, name), { recursive: true });
    symlinkSync(join(project, 'node_modules'), join(installedPackage, 'node_modules'));
    const unnamed = { ...within(), env: { LAPS_POLICIES: '' }, bundle: join(installedPackage, 'dist/laps.js') };
    const fields = () => ['lapsadmin', 'ann'].map((name) => sandbox().lineOf('shadow', name)?.[1]);
    const claims = () => readdirSync(join(sandbox().etc, 'laps-agent/accounts'));
    const before = [fields(), claims()];
    for (const words of [['reset'], ['process'], ['run', '--once'], ['run', '--accounts', 'linux', '--once']]) {
      const end = await world.run(words, unnamed);
      assert.notEqual(end.status, 0, words.join(' '));
      assert.match(
        end.stderr,
        /the policy folder does not exist, as where the service was uninstalled[\s\S]+hint: .*laps init/,
      );
    }
    assert.equal((await world.run(['status', '--check'], unnamed)).status, 1);
    assert.deepEqual([fields(), claims()], before);
    // Back with its policy it goes on with the account it had.
    assert.equal((await run('reset')).status, 0);
    assert.deepEqual([fields()[0], fields()[1] === before[0]?.[1], claims()], [before[0]?.[0], false, before[1]]);
  });

  it('is missed where it was moved or its disk is not there: nothing begins in its place, and it goes on where it is put', async () => {
    assert.equal((await run('run', '--accounts', 'linux', '--once')).status, 0);
    installed({ accounts: 'linux' });
    const [moved, before] = [`${world.data}-moved`, field()];
    const refused = async (pattern: RegExp): Promise<void> => {
      const env = { LAPS_POLICIES: world.policies };
      for (const words of [['run', '--once'], ['reset'], ['status'], ['doctor'], ['join', '--tenant', 'embedded']]) {
        const end = await world.run(words, { ...within(), env });
        assert.equal(end.status, 3, `${words.join(' ')}: ${end.stdout}`);
        assert.match(end.stderr, pattern, words.join(' '));
      }
    };
    renameSync(world.data, moved);
    await refused(/the service was installed with its data in.+there is nothing in it.+ERR_LAPS_DATA_MISSING/);
    // As systemd makes the folder of a service before it starts.
    mkdirSync(world.data, { mode: 0o700 });
    await refused(/the service was installed with its data in/);
    assert.match(
      (await run('run', '--accounts', 'simulated', '--once')).stderr,
      /installed with its data in[\s\S]+sudo laps service install/,
    );
    assert.equal((await run('service', 'uninstall')).status, 0);
    await refused(/a real account of this machine \(uid \d+\) was managed from/);
    assert.deepEqual([field(), readdirSync(world.data)], [before, []]);

    const elsewhere = { ...within(), env: { LAPS_DATA: moved } };
    const reset = await world.run(['reset'], elsewhere);
    assert.equal(reset.status, 0, reset.stderr);
    assert.match((await world.run(['status'], elsewhere)).stdout, /all is well/);
    assert.notEqual(field(), before);
    assert.equal((await world.run(['leave', '--yes'], elsewhere)).status, 0);
    rmSync(moved, { recursive: true });
  });

  it('is begun anew in its old place by who says with which accounts', async () => {
    assert.equal((await run('run', '--accounts', 'linux', '--once')).status, 0);
    rmSync(world.data, { recursive: true });
    const before = field();
    assert.equal((await run('run', '--once')).status, 3);
    const simulated = await run('run', '--accounts', 'simulated', '--once');
    assert.equal(simulated.status, 0, simulated.stderr);
    assert.equal(field(), before);
    assert.equal(
      (await sandbox().run(['ls', '/etc/laps-agent/accounts'])).stdout,
      '',
      'the account is others’ to take',
    );
  });

  it('waits for a join after it left its tenant: no start puts its password into another one', async () => {
    const tenant = await startTestTenant();
    try {
      const { url } = tenant.tenant;
      const caFile = join(world.root, 'ca.pem');
      writeFileSync(caFile, tenant.ca);
      assert.equal((await run('config', 'set', 'accounts', 'linux')).status, 0);
      assert.equal((await run('config', 'set', 'caFile', caFile)).status, 0);
      const stdin = `${tenant.passwordOf('alice@contoso.test')}\n`;
      const words = ['join', '--tenant', url, '--user', 'alice@contoso.test'];
      const joined = await world.run(words, { ...within(), stdin });
      assert.equal(joined.status, 0, joined.stderr);
      assert.equal((await run('run', '--once')).status, 0);
      const before = field();
      for (const how of [[], ['--local']]) {
        const left = await run('leave', '--yes', ...how);
        assert.match(left.stdout, /^next: .+ stays configured, and nothing joins it by itself: laps join --tenant/m);
        for (const start of [['run', '--once'], ['run']]) {
          const end = await world.run(start, within());
          assert.equal(end.status, 3, end.stdout);
          assert.match(end.stderr, /ERR_LAPS_NOT_JOINED[\s\S]+hint: run: laps join --tenant https/);
        }
        assert.deepEqual([field(), readdirSync(join(world.data, 'tenant'))], [before, []]);
        assert.equal((await world.run(words, { ...within(), stdin })).status, 0);
      }
      // The embedded one is joined by a plain word, and stays the one that is meant.
      await run('leave', '--yes');
      assert.equal((await run('run', '--tenant', 'embedded', '--once')).status, 0);
      assert.equal((await run('run', '--once')).status, 0);
      assert.equal(await opensWithNewest(), true);
    } finally {
      await tenant.close();
    }
  });

  it('lets it go by a plain word, and says what becomes of its password', async () => {
    assert.equal((await run('run', '--accounts', 'linux', '--once')).status, 0);
    const before = field();
    const switched = await run('run', '--accounts', 'simulated', '--once');
    assert.equal(switched.status, 0, switched.stderr);
    assert.match(switched.stderr, /the real account is managed from here no longer and keeps the password it has/);
    assert.match(switched.stdout, /^50038/m);
    assert.equal((await run('reset')).status, 0);
    assert.equal(field(), before);
  });
});
