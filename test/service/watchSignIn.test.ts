/** From a sign-in to a new password and the end of its sessions. */
import assert from 'node:assert/strict';
import { graceMs } from '../../agent/core/postAuth/memory.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';
import { lookEveryMs, mostQuietLooks } from '../../agent/service/watchSignIn.ts';
import { expectEvents } from '../support/expectEvents.ts';
import { atDeadline, deadlinePolicy, passwordOf, type Watched, watchedWorld } from '../support/watchedWorld.ts';
import { watchWorlds } from '../support/world.ts';

/** How often the records were read. */
const readingsOf = ({ world }: Watched): number => world.faults.calls.filter((call) => call === 'records.read').length;

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

  it('counts a forged record from the last look at the earliest, one that found nothing to write down as well', async () => {
    const watched = await watchedWorld();
    const { world, people } = watched;
    const before = passwordOf(world);
    const writes = () => world.faults.calls.filter((call) => call === 'memory.write').length;
    const written = writes();
    world.now += 3 * msPerHour;
    await watched.look();
    people.standing = 'as it was';
    await watched.look();
    world.now += 3 * msPerHour;
    await watched.look();
    assert.equal(writes(), written, 'a quiet look writes nothing');
    const lookedAt = world.now;
    world.now += lookEveryMs;
    people.standing = 'something was written';
    people.forge(world.account().sid, world.now - 9 * msPerDay);
    await watched.look();
    assert.deepEqual(watched.events(), [10041]);
    assert.equal(watched.memory().armed?.deadlineAt, lookedAt + 8 * msPerHour);
    assert.equal(passwordOf(world), before);
  });

  it('counts a record from when it was found first, though that could not be written down then', async () => {
    const watched = await watchedWorld();
    const { world } = watched;
    const { now } = world;
    watched.signIn();
    for (let minutes = 1; minutes < 4; minutes += 1) {
      world.now += lookEveryMs;
      world.faults.arm({ on: 'memory.write', nth: 1, how: 'failBefore' });
      await watched.look();
    }
    world.faults.arm();
    await watched.look();
    assert.equal(watched.memory().armed?.deadlineAt, now + 8 * msPerHour);
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
    ['PostAuthenticationResetDelay 0', { ...deadlinePolicy, PostAuthenticationResetDelay: 0 }],
    ['BackupDirectory 0', { ...deadlinePolicy, BackupDirectory: 0 }],
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
    watched.world.setPolicy({ ...deadlinePolicy, PostAuthenticationResetDelay: 0 });
    await watched.look();
    assert.deepEqual(watched.events(), [50040]);
    assert.equal(watched.memory().armed, null);
  });

  it('rotates what is still managed when the policy names another account at the deadline, and lets the old one be', async () => {
    const watched = await atDeadline();
    const { sid } = watched.world.account();
    watched.world.setPolicy({ ...deadlinePolicy, AdministratorAccountName: 'Administrator' });
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
    const watched = await watchedWorld({ ...deadlinePolicy, PostAuthenticationActions: 1 });
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
