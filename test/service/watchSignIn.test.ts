/** From a sign-in to a new password and the end of its sessions, through every trouble on the way. */
import assert from 'node:assert/strict';
import { graceMs, maxRetries } from '../../agent/core/postAuth/memory.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';
import { lookEveryMs, mostQuietLooks } from '../../agent/service/watchSignIn.ts';
import { expectEvents } from '../support/expectEvents.ts';
import { type Watched, watchSignInsOf } from '../support/watchedWorld.ts';
import { csp, openStates, openWorld, settledWorld, type World, watchWorlds } from '../support/world.ts';

const policy = { ...csp, PostAuthenticationResetDelay: 8, PostAuthenticationActions: 11 };

async function watchedWorld(settings: object = policy): Promise<Watched> {
  const watched = watchSignInsOf(await settledWorld({ policy: settings }));
  await watched.look();
  watched.events();
  return watched;
}

/** A sign-in whose deadline has come. */
async function atDeadline(settings: object = policy): Promise<Watched> {
  const watched = await watchedWorld(settings);
  watched.signIn();
  await watched.look();
  assert.deepEqual(watched.events(), [10041]);
  watched.world.now += 8 * msPerHour;
  return watched;
}

/** How often the records were read. */
const readingsOf = ({ world }: Watched): number => world.faults.calls.filter((call) => call === 'records.read').length;
const passwordOf = (world: World) => world.account().password;

describe('the watch over sign-ins', () => {
  watchWorlds();

  it('tells a story: sign-in, deadline, rotation, warning, two minutes, sessions, processes', async () => {
    const watched = await watchedWorld();
    const { world, people } = watched;
    const before = passwordOf(world);
    people.processes.set(world.account().sid, 3);
    watched.signIn();
    assert.equal(await watched.look(), lookEveryMs);
    assert.deepEqual(watched.events(), [10041]);
    world.now += 8 * msPerHour - 30_000;
    assert.equal(await watched.look(), 30_000, 'wakes at the deadline itself');
    assert.equal(passwordOf(world), before);
    world.now += 30_000;
    await watched.look();
    expectEvents(watched.events(), [10042, 10003, 10022, 10010, 50000, 10030, 10029, 10020, 10004, 50041]);
    assert.notEqual(passwordOf(world), before);
    world.checkRest();
    assert.deepEqual(people.deeds, ['warn']);
    assert.equal(watched.memory().acting?.stage, 'grace');
    world.now += graceMs;
    await watched.look();
    assert.deepEqual(watched.events(), [50042, 50043, 10044]);
    assert.deepEqual(people.deeds, ['warn', 'endSessions', 'endProcesses']);
    assert.deepEqual([watched.memory().armed, watched.memory().acting], [null, null]);
    await watched.look();
    assert.deepEqual(watched.events(), []);
  });

  it('is moved to nothing but a new password by a record that any user can write (50070)', async () => {
    const watched = await watchedWorld();
    const { world, people } = watched;
    const before = passwordOf(world);
    const { sid } = world.account();
    people.processes.set(sid, 3);
    people.forge(sid, world.now);
    await watched.look();
    assert.deepEqual(watched.events(), [10041]);
    world.now += 8 * msPerHour;
    await watched.look();
    expectEvents(watched.events(), [10042, 10003, 10022, 10010, 50000, 10030, 10029, 10020, 10004, 50070, 10044]);
    assert.notEqual(passwordOf(world), before);
    assert.deepEqual(people.deeds, []);
    assert.equal(people.processes.get(sid), 3);
  });

  it('reads nothing while nothing has changed, every tenth time all the same, and at once when something has', async () => {
    const watched = await watchedWorld();
    const { world, people } = watched;
    const readings = () => readingsOf(watched);
    people.standing = 'as it was';
    await watched.look();
    const before = readings();
    for (let look = 0; look < mostQuietLooks; look += 1) {
      world.now += lookEveryMs;
      assert.equal(await watched.look(), lookEveryMs);
    }
    assert.equal(readings(), before);
    await watched.look();
    assert.equal(readings(), before + 1, 'the tenth');
    await watched.look();
    assert.equal(readings(), before + 1);
    people.standing = 'something was written';
    watched.signIn();
    await watched.look();
    assert.deepEqual(watched.events(), [10041]);
  });

  it('always looks while a deadline stands, or something is being done', async () => {
    const watched = await watchedWorld();
    const { world, people } = watched;
    people.standing = 'as it was';
    watched.signIn();
    await watched.look();
    for (const forwardMs of [8 * msPerHour, graceMs]) {
      world.now += forwardMs;
      await watched.look();
    }
    assert.deepEqual(people.deeds, ['warn', 'endSessions', 'endProcesses']);
  });

  it('looks again when what was read could not be told to stand still', async () => {
    const watched = await watchedWorld();
    await watched.look();
    const before = readingsOf(watched);
    await watched.look();
    assert.equal(readingsOf(watched), before + 1);
  });

  it('never hears another account', async () => {
    const watched = await watchedWorld();
    watched.signIn('Administrator');
    await watched.look();
    watched.world.now += 30 * msPerDay;
    await watched.look();
    assert.deepEqual(watched.events(), []);
  });

  it('counts what was signed in while no daemon ran', async () => {
    const watched = await watchedWorld();
    watched.signIn();
    watched.world.now += 5 * msPerHour;
    watched.world.restart();
    await watched.look();
    assert.equal(watched.memory().armed?.deadlineAt, watched.world.now + 3 * msPerHour);
  });

  it('reads again from the password in force on when its memory is damaged (50047), and loses no sign-in', async () => {
    const watched = await watchedWorld();
    watched.signIn();
    watched.world.now += 60_000;
    await watched.look();
    watched.events();
    watched.world.memoryFile.text = 'cut';
    await watched.look();
    assert.deepEqual(watched.events(), [50047, 10041]);
  });

  it('tells records that cannot be read once (50045), and goes on after the same place when they can', async () => {
    const watched = await watchedWorld();
    watched.people.unreadable = 'no journal and no log file';
    watched.signIn();
    await watched.look();
    await watched.look();
    assert.deepEqual(watched.events(), [50045]);
    watched.people.unreadable = undefined;
    await watched.look();
    assert.deepEqual(watched.events(), [10041]);
  });

  it('tells once what is missed beside what can be read, and counts the rest', async () => {
    const watched = await watchedWorld();
    watched.people.missed = 'wtmp alone does not know su';
    watched.signIn();
    await watched.look();
    await watched.look();
    assert.deepEqual(watched.events(), [50045, 10041]);
  });

  for (const [title, settings] of [
    ['PostAuthenticationResetDelay 0', { ...policy, PostAuthenticationResetDelay: 0 }],
    ['BackupDirectory 0', { ...policy, BackupDirectory: 0 }],
  ] as const)
    it(`does nothing under ${title}`, async () => {
      const watched = await watchedWorld();
      watched.world.setPolicy(settings);
      await watched.look();
      watched.signIn();
      watched.world.now += 2 * msPerDay;
      await watched.look();
      assert.deepEqual(watched.events(), []);
      assert.deepEqual(watched.memory().watch, { kind: 'off' });
    });

  it('takes a deadline back when the policy is switched off (50040), and keeps it while it cannot be read', async () => {
    const watched = await atDeadline();
    watched.world.now -= msPerHour;
    watched.world.setPolicy('{');
    await watched.look();
    assert.deepEqual(watched.events(), []);
    watched.world.setPolicy({ ...policy, PostAuthenticationResetDelay: 0 });
    await watched.look();
    assert.deepEqual(watched.events(), [50040]);
    assert.equal(watched.memory().armed, null);
  });

  it('rotates what is still managed when the policy names another account at the deadline, and lets the old one be', async () => {
    const watched = await atDeadline();
    const { sid } = watched.world.account();
    watched.world.setPolicy({ ...policy, AdministratorAccountName: 'Administrator' });
    await watched.look();
    assert.deepEqual(watched.people.deeds, []);
    assert.equal(watched.memory().armed, null);
    assert.ok(watched.events().includes(50040));
    assert.notEqual(watched.world.state().accountSid, sid);
  });

  it('is not armed by LAPS itself: rotations and their verification leave no sign-in', async () => {
    const watched = await watchedWorld();
    for (let day = 0; day < 3; day += 1) {
      await watched.world.cycle('administrator');
      await watched.look();
    }
    assert.ok(!watched.events().includes(10041));
  });

  it('lets a deadline of action 1 fall away with a manual reset, and counts the next sign-in anew', async () => {
    const watched = await watchedWorld({ ...policy, PostAuthenticationActions: 1 });
    watched.signIn();
    await watched.look();
    await watched.world.cycle('administrator');
    await watched.look();
    assert.equal(watched.events().filter((id) => id === 50040).length, 1);
    watched.signIn();
    await watched.look();
    assert.ok(watched.events().includes(10041));
  });
});

describe('a deadline that cannot be met', () => {
  watchWorlds();

  it('is told (10043), tried again and met when the tenant is back', async () => {
    const watched = await atDeadline();
    const { world } = watched;
    const before = passwordOf(world);
    world.tenant.always({ kind: 'notSent' });
    await watched.look();
    expectEvents(watched.events(), [10042, 10003, 10022, 10010, 50000, 10030, 10028, 10005, 10043]);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      world.now += msPerHour;
      await watched.look();
    }
    assert.equal(watched.events().filter((id) => id === 10043).length, 5);
    assert.equal(watched.memory().armed?.retryCount, 6);
    assert.equal(passwordOf(world), before, 'the password in use stands');
    const report = await world.status();
    assert.equal(report.postAuthentication?.stage, 'due');
    assert.equal(report.healthy, false);
    world.tenant.always('stored');
    world.now += msPerHour;
    await watched.look();
    expectEvents(watched.events(), [10003, 10022, 10010, 50000, 10030, 10029, 10020, 10004, 50041]);
    world.checkRest();
  });

  it('makes one rotation of attempts at the same secret: what was sent and not answered is settled, not drawn again', async () => {
    const watched = await atDeadline();
    const { world } = watched;
    const sent = world.tenant.posts.length;
    world.tenant.next({ kind: 'unclear', stored: true });
    await watched.look();
    assert.ok(watched.events().includes(10043));
    world.now += msPerHour;
    await watched.look();
    const ids = new Set(world.tenant.posts.slice(sent).map((post) => post.rotationId));
    assert.equal(ids.size, 1);
    assert.ok(watched.events().includes(50041));
    world.checkRest();
  });

  it('waits for the tenant when it asks for patience', async () => {
    const watched = await atDeadline();
    const { world } = watched;
    const retryAt = world.now + 10 * msPerHour;
    world.tenant.next({ kind: 'refused', status: 429, retryAt });
    await watched.look();
    assert.equal(watched.memory().armed?.retryAt, retryAt);
    const sent = world.tenant.posts.length;
    world.now += 5 * msPerHour;
    await watched.look();
    assert.equal(world.tenant.posts.length, sent);
    world.now = retryAt;
    await watched.look();
    world.checkRest();
  });

  it('is given up after a hundred retries of one boot (10048), and taken up by the next', async () => {
    const watched = await atDeadline();
    const { world, people } = watched;
    world.tenant.always({ kind: 'refused', status: 403 });
    for (let attempt = 0; attempt <= maxRetries; attempt += 1) {
      await watched.look();
      world.now += msPerHour;
    }
    const ids = watched.events();
    assert.equal(ids.filter((id) => id === 10043).length, maxRetries + 1);
    assert.equal(ids.filter((id) => id === 10048).length, 1);
    assert.equal((await world.status()).postAuthentication?.stage, 'givenUp');
    world.tenant.always('stored');
    world.now += msPerDay;
    await watched.look();
    assert.ok(!watched.events().includes(10029));
    people.bootId = 'boot-2';
    await watched.look();
    assert.ok(watched.events().includes(10029));
    world.checkRest();
  });

  for (const state of openStates)
    it(`comes upon a rotation that is open (${state}): it is settled, and another is made for the deadline`, async () => {
      const world = await openWorld(state, { policy });
      const watched = watchSignInsOf(world);
      const open = world.record().pending?.rotationId;
      watched.signIn();
      await watched.look();
      world.now += 8 * msPerHour;
      await watched.look();
      assert.notEqual(world.state().rotationId, open);
      assert.equal(watched.memory().acting?.stage, 'grace');
      world.checkRest();
    });

  it('is parked with the daemon, counts no failure, and goes on at the next start', async () => {
    const watched = await atDeadline();
    watched.parked = true;
    await watched.look();
    assert.equal(watched.memory().armed?.retryCount, 0);
    assert.deepEqual(watched.events(), [10042]);
    watched.parked = false;
    await watched.look();
    assert.ok(watched.events().includes(50041));
  });

  it('is met by a reset that waits for the same cycle: ten wishes are one rotation', async () => {
    const watched = await atDeadline();
    const { world } = watched;
    const sent = world.tenant.posts.length;
    const running = watched.queue.ask({ trigger: 'hourly', requestedAt: world.now, acceptRisk: false, redraw: false });
    const reset = watched.queue.ask({
      trigger: 'administrator',
      requestedAt: world.now,
      acceptRisk: false,
      redraw: false,
    });
    const looked = watched.look();
    await Promise.all([running, reset, looked]);
    assert.ok(world.tenant.posts.length - sent <= 2);
    world.checkRest();
  });
});

describe('a death at any step', () => {
  watchWorlds();

  it('of a whole story loses no deadline, and ends with every action done', async () => {
    // How many calls a story makes without a death.
    const calls = await storyWith(undefined);
    assert.ok(calls > 60, `only ${calls} calls`);
    for (let nth = 1; nth <= calls; nth += 1)
      for (const how of ['dieBefore', 'dieAfter'] as const) await storyWith({ nth, how });
  }).timeout(60_000);

  /** One sign-in to its end; the fault is met somewhere on the way. */
  async function storyWith(fault: { nth: number; how: 'dieBefore' | 'dieAfter' } | undefined): Promise<number> {
    const watched = await watchedWorld();
    const { world, people } = watched;
    const { sid } = world.account();
    const before = passwordOf(world);
    people.processes.set(sid, 2);
    watched.signIn();
    world.faults.arm(...(fault === undefined ? [] : [fault]));
    await watched.look();
    await watched.look();
    const deadline = watched.memory().armed?.deadlineAt;
    assert.ok(deadline, 'armed');
    world.now = deadline;
    for (let look = 0; look < 4; look += 1) {
      await watched.look();
      world.now += graceMs;
    }
    const title = JSON.stringify(fault);
    assert.notEqual(passwordOf(world), before, title);
    assert.deepEqual([watched.memory().armed, watched.memory().acting], [null, null], title);
    assert.equal(people.sessions.get(sid), undefined, title);
    assert.equal(people.processes.get(sid), undefined, title);
    assert.ok(people.deeds.indexOf('warn') < people.deeds.indexOf('endSessions'), title);
    const done = watched.events().filter((id) => id === 10044).length;
    assert.ok(done <= 1, title);
    const { length } = world.faults.calls;
    world.faults.arm();
    await world.cycle();
    world.checkRest();
    return length;
  }

  it('and a disk that is full at every write: nothing is begun that is not written down', async () => {
    const watched = await watchedWorld();
    watched.signIn();
    watched.world.faults.arm({ on: 'memory.write', nth: 1, how: 'failBefore' });
    await watched.look();
    assert.deepEqual(watched.events(), [50019]);
    watched.world.faults.arm();
    await watched.look();
    assert.deepEqual(watched.events(), [10041]);
    watched.world.now += 8 * msPerHour;
    watched.world.faults.arm({ on: 'memory.write', nth: 1, how: 'failBefore' });
    await watched.look();
    assert.deepEqual(watched.events(), [50019], 'no rotation without its deadline on disk');
    watched.world.faults.arm();
    await watched.look();
    assert.ok(watched.events().includes(50041));
  });
});
