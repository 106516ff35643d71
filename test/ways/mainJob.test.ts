/** The main job with real processes: policy in, password rotated, backed up, recovered, used; and the same after a restart. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { localDoor } from '../../agent/composeDoor.ts';
import { dataLayout } from '../../agent/edge/dataFolder.ts';
import { assertForm, at } from '../support/contractForms.ts';
import { isAlive, type RunningLaps } from '../support/lapsProcess.ts';
import { createProcessWorld, fingerprint, isFree, type ProcessWorld } from '../support/processWorld.ts';

describe('the main job', () => {
  let world: ProcessWorld;
  let daemon: RunningLaps;
  let device: string;
  const passwords: string[] = [];

  async function recovered(): Promise<string> {
    const { status, value } = await world.json(['recover', device, '--as-plain-text']);
    assert.equal(status, 0);
    assertForm('recovered', value);
    return String(at(value, 0, 'Password'));
  }
  const signIn = (password: string) => world.run(['signin'], { stdin: `${password}\n` });
  const ready = /Ctrl-C ends it/;

  before(async () => {
    world = await createProcessWorld();
    daemon = world.start(['run']);
    await daemon.says(ready);
  });
  after(() => world.close());

  it('comes up by itself: tenant, join, policy, backup, account, and says what to type next', () => {
    const ids = [...daemon.stdout().matchAll(/^(\d{5}) {2}/gm)].map((match) => Number(match[1]));
    assert.deepEqual(ids, [10000, 10003, 10022, 10015, 10029, 10020, 10004]);
    for (const next of ['laps reset', 'laps status', 'laps recover', 'laps signin', 'laps validate'])
      assert.match(daemon.stdout(), new RegExp(`npx ${next}`));
    assert.equal(daemon.stderr(), '');
  });

  it('reports its device, policy, account and expiry in the form scripts rely on', async () => {
    const { status, value } = await world.json(['status', '--check']);
    assert.equal(status, 0);
    assertForm('status', value);
    assert.equal(at(value, 'daemon', 'running'), true);
    assert.equal(at(value, 'healthy'), true);
    assert.equal(at(value, 'device', 'joinType'), 'entra');
    assert.equal(at(value, 'device', 'endpoint'), `https://localhost:${world.tenantPort}`);
    assert.equal(at(value, 'policy', 'source'), 'CSP');
    assert.equal(at(value, 'managedAccount', 'name'), 'lapsadmin');
    assert.equal(typeof at(value, 'nextCycle'), 'string');
    device = String(at(value, 'device', 'displayName'));
    const days = Date.parse(String(at(value, 'passwordExpiry'))) - Date.parse(String(at(value, 'lastPasswordUpdate')));
    assert.equal(days, 30 * 86_400_000);
    const { stdout } = await world.run(['status']);
    assert.match(stdout, /all is well\n$/);
  });

  it('rotates when asked, by way of the daemon, and the answer names the events in order', async () => {
    passwords.push(await recovered());
    const { status, value } = await world.json(['reset']);
    assert.equal(status, 0);
    assertForm('answer', value);
    assert.equal(at(value, 'outcome'), 'rotated');
    assert.deepEqual(at(value, 'events'), [10003, 10022, 10010, 10014, 10030, 10029, 10020, 10004]);
    // The daemon did it: it tells of the same cycle.
    assert.match(daemon.stdout(), /10029.*\n10020.*\n10004.*\n(?:.*\n)*10029.*\n10020.*\n10004/);
  });

  it('lets in the recovered password, and not the one before', async () => {
    passwords.push(await recovered());
    const [previous = '', present = ''] = passwords;
    assert.notEqual(previous, present);
    const good = await signIn(present);
    assert.deepEqual([good.status, good.stderr], [0, '']);
    assert.match(good.stdout, /^signed in as lapsadmin\nits password is replaced .*\n$/);
    // The daemon was told of it, and the deadline of the post-authentication actions stands.
    assert.match(daemon.stdout(), /\n10041 {2}/);
    const { value: report } = await world.json(['status']);
    assertForm('status', report);
    assert.equal(at(report, 'postAuthentication', 'stage'), 'waiting');
    assert.equal(at(report, 'healthy'), true);
    const bad = await signIn(previous);
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /^laps: error: .* \[ERR_LAPS_SIGN_IN_FAILED\]\nlaps: hint: .*\n$/);
  });

  it('finds nothing to do when only looking', async () => {
    const { status, value } = await world.json(['process']);
    assert.equal(status, 0);
    assertForm('answer', value);
    assert.equal(at(value, 'outcome'), 'unchanged');
    assert.ok(Array.isArray(at(value, 'events')));
    assert.match(JSON.stringify(at(value, 'events')), /10016,10004\]$/);
  });

  it("is in the tenant's list, without its password", async () => {
    const { value } = await world.json(['devices']);
    assertForm('devices', value);
    assert.equal(at(value, 0, 'DeviceName'), device);
    const { value: metadata } = await world.json(['recover', device]);
    assertForm('recovered', metadata);
    assert.deepEqual(
      [at(metadata, 0, 'Password'), at(metadata, 0, 'Account'), at(metadata, 0, 'PasswordUpdateTime')],
      [null, null, null],
    );
  });

  it('keeps the earlier passwords with the present one', async () => {
    const { value } = await world.json(['recover', device, '--as-plain-text', '--include-history']);
    assertForm('recovered', value);
    assert.deepEqual([at(value, 0, 'Password'), at(value, 1, 'Password')], [...passwords].reverse());
  });

  it('logs every event in the form of contract 3, each cycle under one id', async () => {
    const { stdout, stderr, status } = await world.run(['events', '--json']);
    assert.deepEqual([status, stderr], [0, '']);
    const events: unknown[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const event of events) assertForm('event', event);
    const only = await world.run(['events', '--id', '10014', '--json']);
    assert.equal(only.stdout.trimEnd().split('\n').length, 1);
    // And to those who may use its door only, what they ask for.
    const { askDaemon } = await localDoor({ folder: dataLayout(world.data) });
    const told = await askDaemon({ method: 'GET', path: '/events?id=10014&since=0', timeoutMs: 5_000 });
    assert.deepEqual(at(told, 'body', 'events'), [JSON.parse(only.stdout)]);
  });

  it('stands alone: a second daemon is refused and changes nothing', async () => {
    const before = fingerprint(world.data);
    const second = await world.run(['run']);
    assert.equal(second.status, 3);
    assert.match(
      second.stderr,
      new RegExp(`^laps: error: .*process ${daemon.pid}.*\\[ERR_LAPS_INSTANCE_RUNNING\\]\nlaps: hint: .*\n$`),
    );
    assert.equal(fingerprint(world.data), before);
  });

  it('ends within three seconds of Ctrl-C, and takes its tenant with it', async () => {
    const asked = performance.now();
    const { status, stdout, stderr } = await daemon.stop('SIGINT');
    assert.ok(performance.now() - asked < 3000);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /\n10002 {2}.*\n$/);
    assert.equal(existsSync(join(world.data, 'tenant', 'running.json')), false);
    assert.equal(isAlive(daemon.pid), false);
    assert.equal(await isFree(world.tenantPort), true);
  });

  it('does the work itself when no daemon runs, and leaves no tenant behind', async () => {
    // Its tenant is where the device joined it, whatever port is configured meanwhile.
    const { status, value } = await world.json(['reset'], { env: { LAPS_TENANT_PORT: '20' } });
    assert.equal(status, 0);
    assert.equal(at(value, 'outcome'), 'rotated');
    assert.equal(existsSync(join(world.data, 'tenant', 'running.json')), false);
    const { value: report } = await world.json(['status']);
    assertForm('status', report);
    assert.deepEqual(
      [at(report, 'daemon', 'running'), at(report, 'nextCycle'), at(report, 'healthy')],
      [false, null, true],
    );
    const password = await recovered();
    assert.equal((await signIn(password)).status, 0);
    passwords.push(password);
  });

  it('goes on after a restart with the same device and password, and rotates nothing', async () => {
    const before = fingerprint(world.data);
    daemon = world.start(['run']);
    await daemon.says(ready);
    const ids = [...daemon.stdout().matchAll(/^(\d{5}) {2}/gm)].map((match) => Number(match[1]));
    assert.deepEqual(ids, [10000, 10003, 10022, 10016, 10004]);
    assert.equal(fingerprint(world.data), before);
    assert.equal(await recovered(), passwords.at(-1));
    // A shell's `kill`, and a system going down, say it differently.
    assert.equal((await daemon.stop('SIGTERM')).status, 0);
  });

  it("does one cycle and ends, for a scheduler of one's own", async () => {
    const { status, value } = await world.json(['run', '--once']);
    assert.equal(status, 0);
    assertForm('answer', value);
    assert.equal(at(value, 'outcome'), 'unchanged');
  });
});
