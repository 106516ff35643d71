/** What an installation of the service is refused for, before anything is touched. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPlace } from '../../agent/compose.ts';
import { LapsError } from '../../agent/core/errors.ts';
import { hiddenAuthority } from '../../agent/core/hosting/place.ts';
import { filesBelow } from '../support/processWorld.ts';
import { serviceMachine } from '../support/serviceMachine.ts';

describe('a service', () => {
  const { ran, told, host, install, uninstall, at, everything, joinTo } = serviceMachine();

  it('is refused before anything is touched for another tenant than the device is joined to', async () => {
    await install();
    await joinTo('embedded');
    const before = filesBelow(at(''));
    ran.length = 0;
    await assert.rejects(install({ tenant: 'https://tenant.test' }), (error) => {
      assert.ok(error instanceof LapsError);
      assert.equal(error.code, 'ERR_LAPS_ALREADY_JOINED');
      assert.match(error.message, /joined to the embedded tenant, not to https:\/\/tenant\.test; nothing was touched/);
      assert.match(error.hint ?? '', /leave --tenant out.*systemctl stop laps-agent.*laps leave/);
      return true;
    });
    assert.deepEqual([filesBelow(at('')), ran], [before, []]);
    await install({ tenant: 'embedded' });
    assert.equal(ran.at(-1), 'restart laps-agent.service');

    await joinTo('https://tenant.test');
    ran.length = 0;
    await assert.rejects(install(), (error) => {
      assert.ok(error instanceof LapsError);
      assert.match(error.hint ?? '', /laps config set tenant https:\/\/tenant\.test/);
      return true;
    });
    assert.deepEqual(ran, []);
    await install({ tenant: 'https://tenant.test/' });
    assert.equal(ran.at(-1), 'restart laps-agent.service');
  });
  it('is refused before anything is touched: without root, without systemd, in a wrong place, without an account', async () => {
    for (const [machine, wish, configured, code, hint] of [
      [host({ uid: 1000 }), {}, {}, 'ERR_LAPS_PERMISSION', /sudo/],
      [host({ isSystemdHere: async () => false }), {}, {}, 'ERR_LAPS_SERVICE', /--kind openrc/],
      [host({ refusal: async () => ({ message: 'no', hint: 'elsewhere' }) }), {}, {}, 'ERR_LAPS_SERVICE', /elsewhere/],
      [
        host({ refusal: async ({ caFile }) => (caFile === undefined ? undefined : hiddenAuthority(caFile)) }),
        {},
        { caFile: '/root/ca.pem' },
        'ERR_LAPS_SERVICE',
        /copy it below \/etc/,
      ],
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
  it('leaves nothing behind where it fails: neither a record by which the machine had a service, nor data, nor a folder', async () => {
    // Nobody can make a folder there, root neither; and no record can be written below a file.
    await assert.rejects(install({}, { data: '/proc/laps-agent' }), { code: 'ERR_LAPS_DISK' });
    assert.deepEqual([everything(), existsSync(at('etc/laps-agent')), ran], [[], false, []]);
    writeFileSync(at('etc/laps-agent'), 'a file of somebody else');
    await assert.rejects(install(), { code: 'ERR_LAPS_DISK' });
    assert.deepEqual([everything(), existsSync(at('var')), ran], [['etc/laps-agent'], false, []]);
    assert.doesNotMatch(JSON.stringify(told), /"set"/, 'what was not kept is not told as set');
    rmSync(at('etc/laps-agent'));
    // The unit is the last file of all: what was made before it goes again.
    rmSync(at('etc/systemd'), { recursive: true });
    writeFileSync(at('etc/systemd'), 'a file of somebody else');
    await assert.rejects(install(), { code: 'ERR_LAPS_DISK' });
    assert.deepEqual(
      [everything(), existsSync(at('etc/laps-agent')), existsSync(at('var'))],
      [['etc/systemd'], false, false],
    );
    rmSync(at('etc/systemd'));
    await install();
    assert.equal(ran.at(-1), 'restart laps-agent.service');
  });
  it('leaves the configuration of data that was there as it was where it fails', async () => {
    const data = at('var/lib/laps-agent');
    const open = () => openPlace({ data, policies: undefined, env: {}, cwd: at(''), create: true });
    await (await open())?.remember({ schedule: '5 * * * *' });
    rmSync(at('etc/systemd'), { recursive: true });
    writeFileSync(at('etc/systemd'), 'a file of somebody else');
    const account = { sid: 'S-1-5-21-1-2-3-2000', name: 'ann', rid: 2000, enabled: true, locked: false };
    const machine = host({
      examine: async () => ({ account, bar: undefined, remarks: [] }),
      obstacle: async () => undefined,
    });
    const wanted = { accounts: 'linux', schedule: '7 * * * *' } as const;
    await assert.rejects(install(wanted, { account: 'ann' }, machine), { code: 'ERR_LAPS_DISK' });
    const after = await open();
    assert.deepEqual(after?.configuration.file, { schedule: '5 * * * *' });
    assert.deepEqual(
      [after?.managed, after?.remembered.accounts],
      ['simulated', undefined],
      'no real account is managed',
    );
    assert.match(JSON.stringify(told), /as before/);
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
  it('is refused before anything is touched where somebody else may have said who manages the account', async () => {
    const account = { sid: 'S-1-5-21-1-2-3-2000', name: 'ann', rid: 2000, enabled: true, locked: false };
    const machine = host({
      examine: async () => ({ account, bar: undefined, remarks: [] }),
      obstacle: async () => ({ kind: 'unsafe', problem: 'others could write in it', hint: 'close it' }),
    });
    await assert.rejects(
      () => install({ accounts: 'linux' }, { account: 'ann' }, machine),
      (error: LapsError) =>
        error.code === 'ERR_LAPS_DATA_UNSAFE' &&
        /ann would not be managed: others could write in it; nothing was touched/.test(error.message) &&
        error.hint === 'close it; then install again',
    );
    assert.deepEqual([everything(), ran], [[], []]);
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
});
