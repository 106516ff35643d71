/**
 * The rotation as an administrator sees it: first enablement, quiet hours, resets, edits of policy, and the events that
 * tell of each (spec 4.3, 4.5, contract 3).
 */
import assert from 'node:assert/strict';
import type { EventId } from '../../agent/core/events.ts';
import { msPerDay } from '../../agent/core/time.ts';
import { expectEvents, lastFields } from '../support/expectEvents.ts';
import { createWorld, csp, joinedAs, settledWorld, type World, watchWorlds } from '../support/world.ts';

const backedUp: readonly EventId[] = [10030, 10029, 10020, 10004];

describe('a rotation', () => {
  watchWorlds();

  it('comes with the first enablement, for all three reasons (mask 0x13)', async () => {
    const world = createWorld();
    const result = await world.cycle('hourly');
    // Discovery, once a process, and the backup each name their URL.
    expectEvents(result.events, [10003, 10022, 10010, 10052, 10015, 10030, ...backedUp]);
    assert.equal(result.outcome, 'rotated');
    assert.equal(lastFields(world, 10015)['Mask'], 0x13);
    assert.equal(result.passwordExpiry, world.state().AzurePasswordExpiryTime);
    await world.expectRest();
  });

  it('keeps its events joined: each of the cycle carries its id, each of the rotation the id the tenant saw', async () => {
    const world = createWorld();
    const result = await world.cycle('start');
    assert.equal(new Set(world.log.events.map((event) => event.cycleId)).size, 1);
    const ofRotation = world.log.events.filter((event) => event.id === 10029 || event.id === 10020);
    assert.deepEqual(
      ofRotation.map((event) => event.rotationId),
      [result.rotationId, result.rotationId],
    );
    assert.equal(world.tenant.posts[0]?.rotationId, result.rotationId);
  });

  it('is left alone in a quiet hour (10016)', async () => {
    const world = await settledWorld();
    const result = await world.cycle('hourly');
    expectEvents(result.events, [10003, 10022, 10010, 10052, 10016, 10004]);
    assert.equal(result.outcome, 'unchanged');
    assert.equal(result.passwordExpiry, world.state().AzurePasswordExpiryTime);
    assert.equal(world.tenant.posts.length, 1);
  });

  it('names what started it where Windows has no number for that (50000)', async () => {
    const world = await settledWorld();
    for (const trigger of ['start', 'late wake-up', 'policy change', 'process command'] as const) {
      expectEvents((await world.cycle(trigger)).events, [10003, 10022, 10010, 50000, 10016, 10004]);
      assert.equal(lastFields(world, 50000)['Trigger'], trigger);
    }
  });

  it('comes when an administrator asks (10014), whatever the expiry', async () => {
    const world = await settledWorld();
    const before = world.account().password;
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 10022, 10010, 10014, 10030, 10029, 10020, 10004]);
    assert.equal(result.outcome, 'rotated');
    assert.notEqual(world.account().password, before);
    await world.expectRest();
  });

  it('comes when the password expires, and the age then begins anew', async () => {
    const world = await settledWorld();
    const expiry = world.state().AzurePasswordExpiryTime;
    world.now = expiry - 1;
    assert.equal((await world.cycle()).outcome, 'unchanged');
    world.now = expiry;
    const result = await world.cycle();
    assert.equal(lastFields(world, 10015)['Mask'], 0x01);
    assert.equal(result.passwordExpiry, expiry + 30 * msPerDay);
    await world.expectRest();
  });

  it('restarts the age when it was forced', async () => {
    const world = await settledWorld();
    world.now += 10 * msPerDay;
    const at = world.now;
    assert.equal((await world.cycle('administrator')).passwordExpiry, at + 30 * msPerDay);
  });

  it('comes when another root speaks (0x02)', async () => {
    const world = await settledWorld();
    world.setPolicy(undefined, 'CSP');
    world.setPolicy(csp, 'GPO');
    const result = await world.cycle();
    assert.equal(result.outcome, 'rotated');
    assert.equal(lastFields(world, 10015)['Mask'], 0x02);
    await world.expectRest();
  });

  it('takes the built-in Administrator, whatever it is called, when no name is given', async () => {
    const world = createWorld({ policy: { BackupDirectory: 1 } });
    world.machine.change(world.account('Administrator').sid, { name: 'Chief' });
    const result = await world.cycle();
    assert.equal(result.accountName, 'Chief');
    assert.equal(lastFields(world, 10020)['Rid'], 500);
    assert.equal(world.credentials()[0]?.name, 'Chief');
  });

  it('does not come with an edit of length, complexity or age; the next one uses them', async () => {
    const world = await settledWorld();
    const expiry = world.state().AzurePasswordExpiryTime;
    world.setPolicy({ ...csp, PasswordLength: 20, PasswordComplexity: 3, PasswordAgeDays: 9 });
    assert.equal((await world.cycle('policy change')).outcome, 'unchanged');
    assert.equal(world.state().AzurePasswordExpiryTime, expiry);
    const result = await world.cycle('administrator');
    assert.equal(world.account().password?.length, 20);
    assert.equal(result.passwordExpiry, world.state().LastPasswordUpdateTime + 9 * msPerDay);
    await world.expectRest();
  });

  it('sets a passphrase where policy asks for one', async () => {
    const world = createWorld({ policy: { ...csp, PasswordComplexity: 7, PassphraseLength: 4 } });
    assert.equal((await world.cycle()).outcome, 'rotated');
    assert.equal(world.account().password?.match(/[A-Z]/g)?.length, 4);
    await world.expectRest();
  });

  it('raises an age below what Entra ID allows, and says so (10058)', async () => {
    const world = createWorld({ policy: { ...csp, PasswordAgeDays: 3 } });
    const result = await world.cycle();
    expectEvents(result.events, [10003, 10022, 10058, 10010, 10052, 10015, 10030, ...backedUp]);
    assert.deepEqual(lastFields(world, 10058), { ConfiguredDays: 3, UsedDays: 7 });
    assert.equal(world.credentials()[0]?.ageDays, 7);
  });

  it('leaves a locked account locked, and a disabled one disabled', async () => {
    const world = createWorld();
    world.machine.change(world.account().sid, { locked: true, enabled: false });
    assert.equal((await world.cycle()).outcome, 'rotated');
    assert.equal(world.account().locked, true);
    assert.equal(world.account().enabled, false);
    await world.expectRest();
  });

  it('follows a rename: the tenant shows the name the account has', async () => {
    const world = await settledWorld();
    world.machine.change(world.account().sid, { name: 'newname' });
    world.setPolicy({ ...csp, AdministratorAccountName: 'newname' });
    const result = await world.cycle();
    assert.equal(result.outcome, 'rotated');
    assert.equal(lastFields(world, 10015)['Mask'], 0x10);
    assert.equal(world.credentials()[0]?.name, 'newname');
    await world.expectRest();
  });
});

describe('a device with nothing to do', () => {
  watchWorlds();

  for (const [name, policy] of Object.entries({ 'no policy': undefined, 'BackupDirectory 0': { BackupDirectory: 0 } }))
    it(`says with ${name} that it manages nothing (10007)`, async () => {
      const world = createWorld({ policy });
      const result = await world.cycle();
      expectEvents(result.events, [10003, 10007, 10004]);
      assert.equal(result.outcome, 'unchanged');
      assert.equal(result.error, null);
      assert.equal(world.tenant.posts.length, 0);
    });

  it('does not let somebody believe in a reset that was none', async () => {
    const world = createWorld({ policy: undefined });
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 10007, 10005]);
    assert.equal(result.outcome, 'blocked');
    assert.equal(result.error?.code, 'ERR_LAPS_NOT_MANAGED');
  });

  it('lets the account go when the policy goes, and rotates when it comes back', async () => {
    const world = await settledWorld();
    const { password } = world.account();
    world.setPolicy({ BackupDirectory: 0 });
    expectEvents((await world.cycle()).events, [10003, 10007, 50017, 10004]);
    expectEvents((await world.cycle()).events, [10003, 10007, 10004]);
    assert.equal(world.account().password, password);
    assert.equal(world.machine.guarded, null);
    world.setPolicy(csp);
    assert.equal((await world.cycle()).outcome, 'rotated');
    await world.expectRest();
  });

  it('says that it is not joined (50002)', async () => {
    const world = createWorld();
    world.identity = { kind: 'none' };
    const result = await world.cycle();
    expectEvents(result.events, [10003, 50002, 10005]);
    assert.equal(result.error?.code, 'ERR_LAPS_NOT_JOINED');
    assert.match(result.error?.hint ?? '', /--tenant URL .* or laps run/);
    world.identity = joinedAs('entra');
    await world.expectRest();
  });

  it('says how to join the tenant that is configured, in a cycle and in its report', async () => {
    const world = createWorld();
    world.identity = { kind: 'none' };
    world.configuredTenant = 'https://laps.example:8443';
    world.restart();
    const how = 'run: laps join --tenant https://laps.example:8443 --user UPN';
    assert.equal((await world.cycle()).error?.hint, how);
    assert.deepEqual((await world.status()).troubles, [`the device is not joined to a tenant; ${how}`]);
  });

  it('refuses an identity copied from another machine (50013)', async () => {
    const world = await settledWorld();
    const { password } = world.account();
    world.identity = { kind: 'refused', problem: 'it was made on another machine', hint: 'join this one' };
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 50013, 10005]);
    assert.equal(result.error?.code, 'ERR_LAPS_IDENTITY_COPIED');
    assert.equal(world.account().password, password);
  });

  for (const [name, change] of Object.entries({
    'a registered device': (world: World) => {
      world.identity = joinedAs('registered');
    },
    'backup to Active Directory': (world: World) => world.setPolicy({ ...csp, BackupDirectory: 2 }),
  }))
    it(`does not manage ${name} (50002)`, async () => {
      const world = createWorld();
      change(world);
      const result = await world.cycle();
      expectEvents(result.events, [10003, 50002, 10005]);
      assert.equal(result.error?.code, 'ERR_LAPS_NOT_MANAGED');
      assert.equal((await world.status()).healthy, false);
    });
});

describe('a policy that cannot be read', () => {
  watchWorlds();

  it('changes nothing and is told with its place (50001)', async () => {
    const world = await settledWorld();
    world.setPolicy('{ "BackupDirectory": 1,\n  "PasswordLength": }');
    const result = await world.cycle();
    expectEvents(result.events, [10003, 50001, 10005]);
    assert.equal(result.outcome, 'failed');
    assert.equal(result.error?.code, 'ERR_LAPS_POLICY_UNREADABLE');
    assert.equal(lastFields(world, 50001)['Line'], 2);
    assert.equal(world.machine.guarded, world.account().sid);
    assert.equal((await world.status()).healthy, false);
    world.setPolicy(csp);
    await world.expectRest();
    assert.equal(world.tenant.posts.length, 1);
  });

  it('is the same for a folder', async () => {
    const world = await settledWorld();
    world.policies.unreadable = {
      kind: 'unreadable',
      path: 'policies',
      problem: 'permission denied',
      hint: 'mend it',
      code: 'ERR_LAPS_FILE_UNREADABLE',
    };
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 50023, 10005]);
    assert.equal(result.error?.code, 'ERR_LAPS_FILE_UNREADABLE');
    // No line of a folder can be wrong.
    assert.equal(result.error?.message, 'policies: permission denied; the device keeps what it had');
    world.policies.unreadable = undefined;
    await world.expectRest();
  });
});

describe('a rotation that this machine does not allow', () => {
  watchWorlds();

  it('finds no account of that name (10013), and does the work once there is one', async () => {
    const world = createWorld({ policy: { ...csp, AdministratorAccountName: 'nobody' } });
    const result = await world.cycle();
    expectEvents(result.events, [10003, 10022, 10010, 10052, 10013, 10005]);
    assert.equal(result.error?.code, 'ERR_LAPS_ACCOUNT_MISSING');
    assert.equal(world.record().lastFailure?.code, 'ERR_LAPS_ACCOUNT_MISSING');
    world.machine.create('nobody');
    await world.expectRest();
  });

  it('sends nothing when no password is acceptable (10027)', async () => {
    const world = await settledWorld();
    world.machine.accepts = (password) => password.length > 14;
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 10022, 10010, 10014, 10027, 10005]);
    assert.equal(result.error?.code, 'ERR_LAPS_NO_ACCEPTABLE_PASSWORD');
    assert.equal(world.tenant.posts.length, 1);
    world.setPolicy({ ...csp, PasswordLength: 15 });
    assert.equal((await world.cycle('administrator')).outcome, 'rotated');
    await world.expectRest();
  });

  it('touches nothing while the account database cannot be written (50019)', async () => {
    const world = await settledWorld();
    world.machine.unwritable = 'read-only file system';
    const result = await world.cycle('administrator');
    expectEvents(result.events, [10003, 10022, 10010, 10014, 50019, 10005]);
    assert.equal(result.error?.code, 'ERR_LAPS_DISK');
    assert.equal(world.tenant.posts.length, 1);
    world.machine.unwritable = undefined;
    const { troubles } = await world.status();
    assert.match(
      troubles.join(),
      /^the last attempt, at \S+, failed: the account database cannot be written: read-only/,
    );
    await world.expectRest();
  });
});
