/** A deadline after a sign-in that cannot be met at once, and a watch that dies or meets a full disk on the way. */
import assert from 'node:assert/strict';
import { graceMs, maxRetries } from '../../agent/core/postAuth/memory.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';
import { expectEvents } from '../support/expectEvents.ts';
import { atDeadline, deadlinePolicy, passwordOf, watchedWorld, watchSignInsOf } from '../support/watchedWorld.ts';
import { openStates, openWorld, watchWorlds } from '../support/world.ts';

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
      const world = await openWorld(state, { policy: deadlinePolicy });
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
