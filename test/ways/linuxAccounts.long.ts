/** The main job with a real account of a Linux machine, in a sandbox: from `laps run` to a login through PAM. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';
import { suLogin, suTools } from '../support/suLogin.ts';

const first = 'Chosen-By-A-Person-1';
const tools = ['chpasswd', 'usermod', 'unix_chkpwd', 'perl', ...suTools];

interface Status {
  readonly device: { readonly deviceId: string };
  readonly managedAccount: {
    readonly name: string;
    readonly sid: string;
    readonly remarks: readonly string[];
  } | null;
  readonly healthy: boolean;
  readonly troubles: readonly string[];
}

describeInSandbox('a real Linux account', { tools }, (sandbox) => {
  // Whole programs, a fail delay of PAM's own, and a tenant for each.
  before(function () {
    this.test?.parent?.timeout(120_000);
  });
  let world: ProcessWorld;
  let visitor = 0;
  const within = () => ({ within: sandbox().enter });
  const shadow = () => readFileSync(join(sandbox().etc, 'shadow'), 'latin1').split('\n');
  const json = async <T>(...words: string[]): Promise<T> => (await world.json(words, within())).value as T;
  async function recovered(): Promise<string> {
    const { device } = await json<Status>('status');
    const [found] = await json<Array<{ Account: string; Password: string }>>(
      'recover',
      device.deviceId,
      '--as-plain-text',
    );
    assert.equal(found?.Account, 'lapsadmin');
    return found?.Password ?? '';
  }
  const opens = async (password: string): Promise<boolean> => {
    const { status, screen } = await suLogin(sandbox(), { account: 'lapsadmin', password, from: 'visitor' });
    assert.equal(status === 0, /^lapsadmin\s*$/m.test(screen), screen);
    return status === 0;
  };

  before(async () => {
    await sandbox().addUser('lapsadmin');
    visitor = await sandbox().addUser('visitor');
    await sandbox().must(['touch', '/var/log/auth.log']);
  });
  beforeEach(async () => {
    await sandbox().must(['chpasswd'], `lapsadmin:${first}\nvisitor:${first}\n`);
    world = await createProcessWorld();
  });
  afterEach(() => world.close());

  it('is rotated, backed up, recovered by an administrator and logged in to; the old password is of no use', async () => {
    const before = shadow();
    const daemon = world.start(['run', '--accounts', 'linux'], within());
    await daemon.says(/^10004/m);
    const changed = shadow().filter((line, index) => line !== before[index]);
    assert.deepEqual(
      changed.map((line) => line.split(':')[0]),
      ['lapsadmin'],
    );
    const password = await recovered();
    assert.deepEqual(await Promise.all([opens(password), opens(first)]), [true, false]);

    const status = await json<Status>('status');
    assert.deepEqual([status.healthy, status.managedAccount?.name], [true, 'lapsadmin']);
    const uid = Number(sandbox().lineOf('passwd', 'lapsadmin')?.[2]);
    assert.match(status.managedAccount?.sid ?? '', new RegExp(`^S-1-5-21-\\d+-\\d+-\\d+-${1000 + uid}$`));

    // Somebody sets another one: noticed by the daemon, which rotates without being asked.
    await sandbox().must(['chpasswd'], 'lapsadmin:Somebody-Elses-1\n');
    await daemon.says(/^50011[\s\S]*^10020[\s\S]*^10004/m);
    const [now] = await Promise.all([recovered(), sandbox().run(['true'])]);
    assert.notEqual(now, password);
    assert.equal(await opens(now), true);
    assert.equal((await daemon.stop()).status, 0);

    // What was chosen once is remembered: later commands work on the same account, and say whom they are not for.
    assert.equal((await world.run(['reset'], within())).status, 0);
    assert.equal((await json<Status>('status')).healthy, true);
    for (const verb of ['signin', 'passwd']) {
      const end = await world.run([verb], { ...within(), stdin: 'whatever\n' });
      assert.deepEqual([end.status, /ERR_LAPS_USAGE/.test(end.stderr)], [2, true]);
    }
  });

  it('is refused to anybody but root, and nothing is made', async () => {
    const data = join(world.root, 'not-there');
    const end = await world.run(['run', '--accounts', 'linux', '--once', '--data', data], {
      within: [...sandbox().enter, 'setpriv', `--reuid=${visitor}`, `--regid=${visitor}`, '--clear-groups'],
      cwd: '/',
    });
    assert.deepEqual([end.status, /ERR_LAPS_PERMISSION/.test(end.stderr)], [3, true]);
    assert.ok(!existsSync(data));
  });

  it('is not touched without a name, as root, as the system’s, as one’s own, or when it is not there', async () => {
    const cases: ReadonlyArray<readonly [string | undefined, string]> = [
      [undefined, 'ERR_LAPS_ACCOUNT_PROTECTED'],
      ['root', 'ERR_LAPS_ACCOUNT_PROTECTED'],
      ['daemon', 'ERR_LAPS_ACCOUNT_PROTECTED'],
      ['visitor', 'ERR_LAPS_ACCOUNT_PROTECTED'],
      ['nobody-at-all', 'ERR_LAPS_ACCOUNT_MISSING'],
    ];
    assert.equal((await world.run(['run', '--accounts', 'linux', '--once'], within())).status, 0);
    const before = shadow();
    for (const [AdministratorAccountName, code] of cases) {
      const named = AdministratorAccountName === undefined ? {} : { AdministratorAccountName };
      writeFileSync(join(world.policies, 'csp.json'), JSON.stringify({ BackupDirectory: 1, ...named }));
      const wish = { ...within(), env: { SUDO_UID: String(visitor) } };
      const { status, value } = await world.json(['process'], wish);
      assert.deepEqual([status, (value as { error: { code: string } }).error.code], [1, code]);
      const { healthy, troubles } = (await world.json(['status'], wish)).value as Status;
      assert.deepEqual([healthy, troubles.length > 0], [false, true], AdministratorAccountName);
    }
    assert.deepEqual(shadow(), before);
    // Plainly allowed, and remembered.
    const policy = { BackupDirectory: 1, AdministratorAccountName: 'visitor' };
    writeFileSync(join(world.policies, 'csp.json'), JSON.stringify(policy));
    const wish = { ...within(), env: { SUDO_UID: String(visitor) } };
    assert.equal((await world.run(['run', '--once', '--allow-own'], wish)).status, 0);
    assert.equal((await world.run(['reset'], wish)).status, 0);
  });

  it('is shown by status and doctor when nobody can sign in to it: locked, expired, without a shell', async () => {
    assert.equal((await world.run(['run', '--accounts', 'linux', '--once'], within())).status, 0);
    const [, , , , , , shell = '/bin/sh'] = sandbox().lineOf('passwd', 'lapsadmin') ?? [];
    const spoil = ['--lock', '--expiredate', '1', '--shell', '/usr/sbin/nologin'];
    await sandbox().must(['usermod', ...spoil, 'lapsadmin']);
    try {
      const status = await json<Status>('status');
      assert.deepEqual(
        [status.managedAccount?.remarks, status.healthy],
        [['locked', 'expired', 'noShell'], false],
        JSON.stringify(status),
      );
      const shown = await world.run(['status'], within());
      assert.match(shown.stdout, /account .*lapsadmin, S-1-5-21-.*,\s+locked,\s+expired,\s+no\s+shell/);
      for (const says of [/usermod --unlock lapsadmin/, /chage --expiredate -1 lapsadmin/, /usermod --shell/])
        assert.match(shown.stdout, says);
      const process = await world.run(['process'], within());
      assert.equal(process.status, 0);
      assert.match(process.stderr, /^laps: note: lapsadmin has expired: nobody can sign in/m);
      const told = await world.json(['doctor'], within());
      assert.equal(told.status, 0, 'none of it keeps a backup from being made');
      assert.match(JSON.stringify(told.value), /lapsadmin is locked.+lapsadmin has expired.+lapsadmin has no shell/);
    } finally {
      // What status and doctor say leads back.
      await sandbox().must(['usermod', '--unlock', 'lapsadmin']);
      await sandbox().must(['chage', '--expiredate', '-1', 'lapsadmin']);
      await sandbox().must(['usermod', '--shell', shell, 'lapsadmin']);
    }
    assert.equal((await json<Status>('status')).healthy, true);
    await sandbox().must(['rm', '/var/log/auth.log']);
    assert.match((await world.run(['status'], within())).stdout, /^! sign-ins are missed, .+wtmp/m);
    await sandbox().must(['touch', '/var/log/auth.log']);
  });

  it('takes the place of a simulated one, and gives it back, without either being mistaken for the other', async () => {
    const kinds = ['simulated', 'linux', 'simulated'];
    const sids: string[] = [];
    for (const kind of kinds) {
      const { status, value } = await world.json(['run', '--accounts', kind, '--once'], within());
      assert.deepEqual([status, (value as { outcome: string }).outcome], [0, 'rotated'], kind);
      sids.push((await json<Status>('status')).managedAccount?.sid ?? '');
    }
    assert.equal(sids[0], sids[2]);
    assert.notEqual(sids[0], sids[1]);
    const log = readFileSync(join(world.data, 'logs', 'events.jsonl'), 'utf8');
    assert.equal(log.match(/"id":50038/g)?.length, 2);
  });
});
