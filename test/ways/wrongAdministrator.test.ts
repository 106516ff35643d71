/** Administrators who may not, devices that are not there: one clear error, no password shown, exit status as documented. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spoken } from '../../agent/cli/render/spoken.ts';
import { assertForm, at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';
import type { HereEnd } from '../support/lapsHere.ts';

describe('who recovers', () => {
  let world: JoinedWorld;
  let copy: JoinedCopy;
  let password: string;

  before(async () => {
    world = await createJoinedWorld();
    copy = world.copy();
    password = (await world.tenant.recover(world.deviceId))[0]?.password ?? '';
  });
  after(() => world.close());

  const as = (name: string, words: readonly string[], typed?: string): Promise<HereEnd> => {
    const user = `${name}@contoso.test`;
    return copy.run([...words, '--user', user], { stdin: `${typed ?? world.tenant.passwordOf(user)}\n` });
  };
  const recover = (...more: string[]): string[] => ['recover', world.deviceName, ...more];
  /** Also what was not asked for on stdout stays away. */
  function refused(end: HereEnd, code: Parameters<typeof expectError>[1], says?: RegExp): void {
    expectError(end, code, says);
    assert.equal(end.stdout, '');
    assert.ok(!end.stderr.includes(password));
  }

  it('gets the password with the role for it', async () => {
    for (const name of ['clouddevice', 'intune', 'globaladmin']) {
      const end = await as(name, recover('--as-plain-text'));
      assert.equal(end.status, 0, end.stderr);
      assert.ok(end.stdout.includes(password), name);
    }
  });

  it('with a wrong password, or a name nobody has, is told the same', async () => {
    const wrong = await as('clouddevice', recover('--as-plain-text'), 'wrong');
    refused(wrong, 'ERR_LAPS_ADMIN_SIGN_IN');
    const unknown = await as('nobody', recover('--as-plain-text'), 'wrong');
    refused(unknown, 'ERR_LAPS_ADMIN_SIGN_IN');
    assert.equal(wrong.stderr, unknown.stderr);
  });

  it('without any role gets neither password nor metadata', async () => {
    refused(await as('alice', recover('--as-plain-text')), 'ERR_LAPS_ACCESS_DENIED');
    refused(await as('alice', recover()), 'ERR_LAPS_ACCESS_DENIED');
    refused(await as('alice', ['devices']), 'ERR_LAPS_ACCESS_DENIED');
  });

  it('as Global Reader sees metadata, and no password', async () => {
    refused(await as('globalreader', recover('--as-plain-text')), 'ERR_LAPS_ACCESS_DENIED');
    const end = await as('globalreader', recover('--json'));
    assert.deepEqual([end.status, end.stderr], [0, '']);
    const value: unknown = JSON.parse(end.stdout);
    assertForm('recovered', value);
    assert.equal(at(value, 0, 'Password'), null);
    assert.ok(!end.stdout.includes(password));
  });

  it('gives no password at all', async () => {
    const end = await copy.run([...recover(), '--user', 'clouddevice@contoso.test']);
    refused(end, 'ERR_LAPS_ADMIN_SIGN_IN', /no password/);
  });

  it('is not named', async () => {
    const end = await copy.run(recover());
    assert.match(end.stderr, /--user UPN/);
    refused(end, 'ERR_LAPS_USAGE');
  });

  it('is an application: with its secret it reads, with a wrong or missing one it does not', async () => {
    const id = world.tenant.appId('LAPS recovery service');
    const ask = (secret?: string) =>
      copy.run(
        [...recover('--as-plain-text'), '--client-id', id],
        secret === undefined ? {} : { env: { LAPS_CLIENT_SECRET: secret } },
      );
    const good = await ask(world.tenant.appSecret('LAPS recovery service'));
    assert.equal(good.status, 0, good.stderr);
    assert.ok(good.stdout.includes(password));
    refused(await ask('wrong'), 'ERR_LAPS_ADMIN_SIGN_IN');
    refused(await ask(), 'ERR_LAPS_USAGE', /secret/);
  });

  it('asks for a device that is not there', async () => {
    refused(await as('clouddevice', ['recover', 'DESKTOP-NOWHERE']), 'ERR_LAPS_DEVICE_UNKNOWN', /DESKTOP-NOWHERE/);
    const id = '00000000-0000-4000-8000-000000000000';
    refused(await as('clouddevice', ['recover', id, '--as-plain-text']), 'ERR_LAPS_DEVICE_UNKNOWN');
  });

  it('asks for a name that two devices have: told so, with the way to say which', async () => {
    const twins = [await world.tenant.joinDevice({ name: 'TWIN' }), await world.tenant.joinDevice({ name: 'TWIN' })];
    for (const [index, twin] of twins.entries()) await world.tenant.backup(twin, { password: `of-twin-${index}` });
    const end = await as('clouddevice', ['recover', 'TWIN', '--as-plain-text']);
    refused(end, 'ERR_LAPS_DEVICE_UNKNOWN', /2 devices are named "TWIN"/);
    for (const twin of twins) assert.ok(end.stderr.includes(twin.deviceId));
    const second = await as('clouddevice', ['recover', twins[1]?.deviceId ?? '', '--as-plain-text']);
    assert.ok(second.stdout.includes('of-twin-1'));
  });

  it('wants history without the password', async () => {
    const end = await as('clouddevice', recover('--include-history'));
    refused(end, 'ERR_LAPS_USAGE', /--as-plain-text/);
  });

  it('has the password named character by character, only beside the password itself', async () => {
    refused(await as('clouddevice', recover('--speak')), 'ERR_LAPS_USAGE', /--speak .*--as-plain-text/);
    const told = await as('clouddevice', recover('--as-plain-text', '--speak'));
    assert.equal(told.status, 0);
    const names = spoken(password);
    assert.match(told.stdout, new RegExp(`^PasswordSpoken +1  . +${names[0]}$`, 'm'));
    assert.equal(
      told.stdout.split('\n').filter((line) => names.some((name) => line.endsWith(name))).length,
      names.length,
    );
    const value: unknown = JSON.parse(
      (await as('clouddevice', recover('--as-plain-text', '--speak', '--json'))).stdout,
    );
    assert.deepEqual(at(value, 0, 'PasswordSpoken'), names);
  });

  it('asks where there is no data: nothing is made there, and another tenant answers all the same', async () => {
    const nothing = world.nothing();
    refused(await nothing.run(['devices']), 'ERR_LAPS_NO_TENANT', /no tenant to ask yet/);
    refused(await nothing.run(recover('--tenant', 'embedded')), 'ERR_LAPS_NO_TENANT');
    const user = 'clouddevice@contoso.test';
    const tenant = ['--tenant', world.tenant.tenant.url, '--user', user];
    const wrongFile = join(world.root, 'README.md');
    writeFileSync(wrongFile, '# no certificate');
    const stdin = `${world.tenant.passwordOf(user)}\n`;
    const untrusting = await nothing.run(['devices', ...tenant, '--ca-file', wrongFile], { stdin });
    refused(untrusting, 'ERR_LAPS_FILE_UNREADABLE', /README\.md holds no certificate/);
    const end = await nothing.run(['devices', ...tenant, '--ca-file', world.caFile], { stdin });
    assert.equal(end.status, 0, end.stderr);
    assert.ok(end.stdout.includes(world.deviceName));
    const joining = ['join', '--tenant', world.tenant.tenant.url, '--user', user, '--ca-file', world.caFile];
    assert.equal((await nothing.run(joining, { stdin: 'wrong\n' })).status, 1);
    assert.equal(existsSync(nothing.data), false);
  });

  it('is answered in JSON when that was asked for, errors too', async () => {
    const end = await as('alice', recover('--as-plain-text', '--json'));
    assert.deepEqual([end.status, end.stderr], [1, '']);
    const value: unknown = JSON.parse(end.stdout);
    assertForm('error', value);
    assert.equal(at(value, 'error', 'code'), 'ERR_LAPS_ACCESS_DENIED');
  });

  it('leaves a record of every password shown, and of none refused', async () => {
    const audits = async (): Promise<number> => {
      const reply = await world.tenant.graph('/v1.0/auditLogs/directoryAudits', await world.tenant.adminToken());
      const all = reply.json['value'];
      return Array.isArray(all)
        ? JSON.stringify(all).split('Recover device local administrator password').length - 1
        : -1;
    };
    const before = await audits();
    await as('globalreader', recover('--as-plain-text'));
    await as('clouddevice', recover());
    assert.equal(await audits(), before);
    await as('clouddevice', recover('--as-plain-text'));
    assert.ok((await audits()) > before);
  });
});
