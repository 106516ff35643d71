/** `laps status` as people and monitors read it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nothingRemembered } from '../../agent/core/postAuth/memory.ts';
import { createPostAuthStore } from '../../agent/edge/postAuthStore.ts';
import { at } from '../support/contractForms.ts';
import { createJoinedWorld, type JoinedWorld } from '../support/joinedWorld.ts';
import { snapshotOf } from '../support/snapshot.ts';

describe('laps status', () => {
  let world: JoinedWorld;
  before(async () => {
    world = await createJoinedWorld();
  });
  after(() => world.close());

  it('fits its terminal and ends with the verdict', async () => {
    const { status, stdout, stderr } = await world.copy().run(['status']);
    assert.deepEqual([status, stderr], [0, '']);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80 || !line.includes(' '), line);
    for (const word of ['device', 'tenant', 'policy', 'account', 'expires', 'rotation', 'daemon', 'data', 'policies'])
      assert.match(stdout, new RegExp(`^${word} `, 'm'));
    assert.match(stdout, /\nall is well\n$/);
  });

  it('says that a password is overdue, and lets a monitor know', async () => {
    const copy = world.copy();
    const later = Date.now() + 40 * 86_400_000;
    const { stdout } = await copy.run(['status'], { now: () => later });
    assert.match(stdout, /expires .* \(\d+ d( \d+ h)? ago\)/);
    const wellNow = await copy.run(['status', '--check']);
    assert.equal(wellNow.status, 0);
  });

  it('says of what has just been that it was, not that it comes in no time', async () => {
    const copy = world.copy();
    const { value } = await copy.json(['status']);
    const at0 = Date.parse(String(at(value, 'lastPasswordUpdate')));
    const { stdout } = await copy.run(['status'], { now: () => at0 + 300 });
    assert.match(stdout, /^last update .* \(just now\)$/m);
  });

  it('tells of a restart that was ordered, not when it is found not to have come, and calls nothing well', async () => {
    const copy = world.copy();
    const store = createPostAuthStore({ folder: join(copy.data, 'state') });
    const whose = { sid: 'S-1-5-21-1-2-3-1000', name: 'lapsadmin', rid: 1000 };
    const until = Date.now() + 300_000;
    const acting = {
      ...whose,
      actions: 5,
      stage: 'restarting',
      until,
      bootId: 'b',
      retryCount: 0,
      retryAt: null,
    } as const;
    await store.write({ ...nothingRemembered, acting });
    const { stdout, status } = await copy.run(['status', '--check']);
    assert.equal(status, 1);
    assert.match(stdout, /^deadline +met; the machine restarts within a minute$/m);
    assert.match(stdout, /^! this machine restarts within a minute/m);
  });

  it('tells what is wrong in words, each on a line of its own', async () => {
    const copy = world.copy();
    copy.writePolicy('csp.json', '{"BackupDirectory": ');
    const { stdout, status } = await copy.run(['status', '--check']);
    assert.equal(status, 1);
    assert.match(stdout, /^! .*csp\.json:1:\d+: /m);
    assert.equal(stdout.match(/cut short/g)?.length, 1, 'and once');
    assert.match(stdout, /^policy +cannot be read$/m);
    assert.doesNotMatch(stdout, /all is well/);
  });

  for (const [policy, why] of [
    ['{}', 'no policy: no root sets anything'],
    ['{ "BackupDirectory": 0 }', 'BackupDirectory is 0: nothing is backed up or managed'],
  ] as const)
    it(`judges a device that is asked for nothing as doctor does, and says so: ${policy}`, async () => {
      const copy = world.copy();
      copy.writePolicy('csp.json', policy);
      const { stdout, status } = await copy.run(['status', '--check']);
      assert.equal(status, 0);
      assert.match(stdout, /\nnothing is wrong, and no password is managed \(laps explain says why\)\n$/);
      const doctor = await copy.run(['doctor']);
      assert.equal(doctor.status, 0, doctor.stdout);
      assert.ok(doctor.stdout.includes(`\nnothing is wrong, and no password is managed: ${why}\nhint: laps explain`));
    });

  it('tells a cause once, not again as the last failure', async () => {
    const copy = world.copy();
    copy.writePolicy('csp.json', '{ "BackupDirectory": 1, "AdministratorAccountName": "nobody-here" }');
    assert.equal((await copy.run(['process'])).status, 1);
    const { stdout } = await copy.run(['status']);
    assert.equal(stdout.match(/does not exist/g)?.length, 1, stdout);
    const { value } = await copy.json(['status']);
    assert.equal(at(value, 'lastFailure', 'code'), 'ERR_LAPS_ACCOUNT_MISSING');
  });

  it('changes nothing by looking', async () => {
    const copy = world.copy();
    const { value } = await copy.json(['status']);
    assert.equal(at(value, 'daemon', 'running'), false);
    assert.deepEqual(at((await copy.json(['status'])).value, 'rotation'), at(value, 'rotation'));
  });

  for (const [what, spoil, says] of [
    [
      'an empty configuration',
      (data: string) => write(data, 'state/configuration.json', ''),
      /configuration .* is wrong: .*laps repair/,
    ],
    [
      'a lost configuration',
      (data: string) => rmSync(join(data, 'state/configuration.json')),
      /configuration is missing/,
    ],
    [
      'a configuration without a member',
      (data: string) => write(data, 'state/configuration.json', '{}'),
      /configuration holds nothing; the next command writes it anew/,
    ],
    ['a data folder open to all', (data: string) => chmodSync(data, 0o777), /open to other users/],
    [
      'keys open to all',
      (data: string) => chmodSync(join(data, 'keys/journal-mac.key'), 0o644),
      /keys\/journal-mac\.key/,
    ],
    ['a lost key', (data: string) => rmSync(join(data, 'keys/account-mark.key')), /next cycle rotates/],
    ['a lost version', (data: string) => rmSync(join(data, 'version')), /version of the data is missing/],
    [
      'lost accounts',
      (data: string) => rmSync(join(data, 'accounts/accounts.json')),
      /accounts\.json are gone; .*laps repair/,
    ],
    ['damaged accounts', (data: string) => write(data, 'accounts/accounts.json', '{'), /accounts\.json cannot be read/],
    [
      'a log that leads elsewhere',
      (data: string) => linkLog(data),
      /logs\/events\.jsonl is a symbolic link.*laps repair/,
    ],
    ['a folder for a log', (data: string) => folderForLog(data), /logs\/events\.jsonl is not a file/],
    [
      'an identity open to all',
      (data: string) => chmodSync(join(data, 'identity/identity.json'), 0o644),
      /identity\/identity\.json/,
    ],
  ] as const)
    it(`shows ${what}, exits 0, and touches nothing at all`, async () => {
      const copy = world.copy();
      spoil(copy.data);
      const before = snapshotOf(copy.data);
      const { status, stdout, stderr } = await copy.run(['status']);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^! .*${says.source}`, 'm'));
      assert.equal((await copy.run(['status', '--check'])).status, 1);
      assert.deepEqual(snapshotOf(copy.data), before);
    });
});

function write(data: string, name: string, text: string): void {
  writeFileSync(join(data, name), text, { mode: 0o600 });
}

function linkLog(data: string): void {
  const log = join(data, 'logs', 'events.jsonl');
  renameSync(log, join(data, 'logs', 'victim'));
  symlinkSync('victim', log);
}

function folderForLog(data: string): void {
  const log = join(data, 'logs', 'events.jsonl');
  rmSync(log);
  mkdirSync(log, { mode: 0o700 });
}
