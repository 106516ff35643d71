/** What `laps status` reports: well only when the newest password the tenant holds is the one that was set. */
import assert from 'node:assert/strict';
import { msPerDay } from '../../agent/core/time.ts';
import { createWorld, csp, openStates, openWorld, settledWorld, type World, watchWorlds } from '../support/world.ts';

/** Each a state of the world that a monitor should care about. */
const ills: Readonly<Record<string, (world: World) => unknown>> = {
  'is not joined': (world) => {
    world.identity = { kind: 'none' };
  },
  'has an identity copied from another machine': (world) => {
    world.identity = { kind: 'refused', problem: 'copied', hint: 'join' };
  },
  'has a damaged identity': (world) => {
    world.identity = { kind: 'damaged', problem: 'cut short', hint: 'join' };
  },
  'joined anew and has not rotated since': (world) => world.rejoin(),
  'cannot read its policy': (world) => world.setPolicy('{'),
  'has a policy it cannot act on': (world) => world.setPolicy({ ...csp, BackupDirectory: 2 }),
  'has a damaged journal': (world) => {
    world.journalFile.text = 'cut';
  },
  'has lost its journal': (world) => {
    world.journalFile.text = undefined;
  },
  'has a damaged state': (world) => {
    world.stateFile.text = 'cut';
  },
  'died after it found its journal damaged, with the state still there': async (world) => {
    world.journalFile.text = 'cut';
    world.faults.arm({ on: 'state.clear', nth: 1, how: 'dieBefore' });
    await world.cycleOrDeath();
    assert.equal(world.state().accountName, 'lapsadmin');
  },
  'has lost its state': (world) => {
    world.stateFile.text = undefined;
  },
  'has lost its account': (world) => world.machine.remove(world.account().sid),
  'is to manage another account': (world) => world.setPolicy({ ...csp, AdministratorAccountName: 'Administrator' }),
  'had its password changed by somebody else': (world) => world.changeByAnother(),
  'is past its expiry': (world) => {
    world.now += 31 * msPerDay;
  },
  'looks again long after its password has expired': (world) => {
    world.nextCycleAt = world.now + 400 * msPerDay;
  },
  'has a last update in the future': (world) => {
    world.now -= 400 * msPerDay;
  },
  'was refused the last time': async (world) => {
    world.tenant.next({ kind: 'refused', status: 403 });
    await world.cycle('administrator');
  },
  'could not write its account database the last time': async (world) => {
    world.machine.unwritable = 'another program keeps the account files locked';
    await world.cycle('administrator');
    world.machine.unwritable = undefined;
  },
  'was throttled': async (world) => {
    world.tenant.next({ kind: 'refused', status: 429, retryAt: world.now + msPerDay });
    await world.cycle('administrator');
  },
  'waits for a clear answer': async (world) => {
    world.tenant.next({ kind: 'unclear', stored: true });
    await world.cycle('administrator');
  },
  'has an account that refuses': async (world) => {
    world.failAccount({ kind: 'refuses', hresult: 1 });
    await world.cycle('administrator');
  },
  'was careful after a lost journal and then refused': async (world) => {
    world.journalFile.text = 'cut';
    world.tenant.next({ kind: 'refused', status: 403 });
    await world.cycle();
  },
};

describe('a report', () => {
  watchWorlds();

  it('tells of a device that is well what contract 3 asks for', async () => {
    const world = await settledWorld();
    const report = await world.status();
    assert.equal(report.healthy, true);
    assert.deepEqual(report.troubles, []);
    assert.deepEqual(report.daemon, {
      running: false,
      atWork: false,
      version: null,
      replaced: false,
      start: 'laps run',
      waiting: null,
    });
    assert.equal(report.device.joinType, 'entra');
    assert.equal(report.policy.source, 'CSP');
    assert.equal(report.policy.settings['PasswordLength'], 14);
    assert.deepEqual(report.managedAccount, { name: 'lapsadmin', sid: world.account().sid, remarks: [] });
    const { LastPasswordUpdateTime, AzurePasswordExpiryTime } = world.state();
    assert.equal(report.lastPasswordUpdate, new Date(LastPasswordUpdateTime).toISOString());
    assert.equal(report.passwordExpiry, new Date(AzurePasswordExpiryTime).toISOString());
    assert.equal(report.rotation.state, 'idle');
    assert.equal(report.rotation.hold, false);
    assert.equal(report.rotation.holdUntil, null);
    assert.equal(report.rotation.inDoubt, 0);
    assert.equal(report.lastFailure, null);
    assert.equal(report.nextCycle, null);
  });

  for (const [name, fall] of Object.entries(ills))
    it(`is not of a healthy device when it ${name}`, async () => {
      const world = await settledWorld();
      await fall(world);
      const report = await world.status();
      assert.equal(report.healthy, false);
      assert.notEqual(report.troubles.length, 0);
    });

  for (const [kind, says] of [
    ['locked', /lapsadmin is locked: nobody can sign in/],
    ['expired', /lapsadmin has expired: nobody can sign in/],
    ['agedOut', /password of lapsadmin has aged out: nobody can sign in/],
    ['mustChange', /asked for a new password at once/],
    ['failLocked', /lapsadmin is locked after too many wrong passwords/],
    ['firstEight', /only the first eight characters of the password of lapsadmin count/],
    ['noShell', /lapsadmin has no shell/],
    ['shellMissing', /shell of lapsadmin does not exist/],
  ] as const)
    it(`shows an account to which nobody can sign in as it is: ${kind}`, async () => {
      const world = await settledWorld();
      world.machine.remarks = [{ kind }];
      const report = await world.status();
      assert.deepEqual(report.managedAccount?.remarks, [kind]);
      assert.equal(report.healthy, false);
      assert.match(report.troubles.join('\n'), says);
    });

  it('dates a failure, which may be over, and foretells nothing of an account that another laps-agent has', async () => {
    const world = await settledWorld();
    const { sid } = world.account();
    world.machine.claimed.set(sid, 'it is managed from the data folder /srv/b');
    await world.cycle('administrator');
    world.changeByAnother();
    world.now += 31 * msPerDay;
    const { troubles, lastFailure } = await world.status();
    assert.equal(troubles.length, 1, troubles.join('; '));
    assert.match(troubles[0] ?? '', /^the last attempt, at 2.+Z, failed: .+left alone: it is managed from/);
    assert.ok(troubles[0]?.includes(lastFailure?.at ?? 'no moment'));
  });

  it('says where no sign-in can be noticed, and only while something is to follow one', async () => {
    const world = await settledWorld();
    world.signInProblem = 'there is no journal';
    const { troubles, healthy } = await world.status();
    assert.deepEqual([troubles.length, healthy], [1, false]);
    assert.match(troubles[0] ?? '', /^sign-ins are missed.+there is no journal/);
    world.setPolicy({ BackupDirectory: 1, AdministratorAccountName: 'lapsadmin', PostAuthenticationResetDelay: 0 });
    assert.deepEqual((await world.status()).troubles, []);
  });

  it('is not of a healthy device whose daemon answers nobody, and starts no second one', async () => {
    const world = await settledWorld();
    world.silent = { message: 'the daemon answers nobody', hint: 'start it again' };
    const report = await world.status();
    assert.equal(report.healthy, false);
    assert.deepEqual(report.troubles, ['the daemon answers nobody; start it again']);
    assert.equal(report.daemon.start, null);
  });

  it('shows a rename that is followed as a remark, and is well', async () => {
    const world = await settledWorld();
    world.machine.remarks = [{ kind: 'renamed', from: 'admin1' }];
    const report = await world.status();
    assert.deepEqual([report.managedAccount?.remarks, report.healthy], [['renamed'], true]);
  });

  for (const state of openStates)
    it(`tells that a rotation is open (${state})`, async () => {
      const report = await (await openWorld(state)).status();
      assert.equal(report.rotation.state, state);
      assert.equal(report.healthy, false);
    });

  it('does not alarm about what the daemon is doing at this very moment', async () => {
    for (const world of [createWorld(), ...(await Promise.all(openStates.map((state) => openWorld(state))))]) {
      assert.equal((await world.status()).healthy, false);
      const report = await world.status(true);
      assert.deepEqual(report.troubles, []);
      assert.equal(report.daemon.atWork, true);
    }
  });

  it('tells of a failure also while it is tried again', async () => {
    const world = await settledWorld();
    world.tenant.next({ kind: 'refused', status: 403 });
    await world.cycle('administrator');
    assert.match((await world.status(true)).troubles.join(), /last attempt.*failed/);
  });

  it('is not of a healthy device before the first rotation', async () => {
    assert.equal((await createWorld().status()).healthy, false);
  });

  it('is of a healthy device when nothing is to be managed, also after it once was', async () => {
    for (const world of [createWorld(), await settledWorld()]) {
      world.setPolicy({ BackupDirectory: 0 });
      await world.cycle();
      const report = await world.status();
      assert.deepEqual(report.troubles, []);
      assert.equal(report.policy.manages, false);
      assert.equal(report.managedAccount, null);
    }
  });

  it('keeps the last failure in sight but is well again once a cycle went well', async () => {
    const world = await settledWorld();
    world.tenant.next({ kind: 'refused', status: 403 });
    await world.cycle('administrator');
    assert.equal((await world.status()).rotation.attempts, 1);
    assert.equal((await world.cycle()).outcome, 'unchanged');
    const report = await world.status();
    assert.equal(report.healthy, true);
    assert.equal(report.lastFailure?.code, 'ERR_LAPS_TENANT_REFUSED');
    assert.equal(report.rotation.attempts, 0);
    await world.cycle('administrator');
    assert.equal((await world.status()).lastFailure, null);
  });

  it('changes nothing by being made', async () => {
    const world = await settledWorld();
    world.journalFile.text = 'cut';
    world.stateFile.text = 'cut';
    await world.status();
    assert.equal(world.journalFile.text, 'cut');
    assert.equal(world.stateFile.text, 'cut');
    assert.equal(world.tenant.posts.length, 1);
  });
});
