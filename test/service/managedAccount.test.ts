/** What a cycle makes of an account that is out of the ordinary, somebody else's, or not to be touched. */
import assert from 'node:assert/strict';
import type { EventId } from '../../agent/core/events.ts';
import type { AccountRemark } from '../../agent/core/ports.ts';
import { msPerDay } from '../../agent/core/time.ts';
import { settledWorld, type World, watchWorlds } from '../support/world.ts';

const ours = (ids: readonly EventId[]): EventId[] =>
  ids.filter((id) => (id >= 50_011 && id < 50_040) || [50_060, 50_081, 50_084, 50_088, 50_089, 50_093].includes(id));
const openedBy = (world: World): boolean => world.credentials()[0]?.password === world.account().password;

describe('the managed account', () => {
  watchWorlds();

  it('is rotated all the same when it is locked, expired, without a shell or renamed, and each is told', async () => {
    const remarks: ReadonlyArray<readonly [AccountRemark, EventId]> = [
      [{ kind: 'locked' }, 50034],
      [{ kind: 'expired' }, 50035],
      [{ kind: 'noShell' }, 50036],
      [{ kind: 'agedOut' }, 50088],
      [{ kind: 'shellMissing' }, 50089],
      [{ kind: 'mustChange' }, 50093],
      [{ kind: 'failLocked' }, 50093],
      [{ kind: 'firstEight' }, 50093],
      [{ kind: 'renamed', from: 'before' }, 50032],
    ];
    for (const [remark, id] of remarks) {
      const world = await settledWorld();
      world.machine.remarks = [remark];
      const result = await world.cycle('administrator');
      assert.deepEqual([result.outcome, ours(result.events)], ['rotated', [id]]);
      world.checkRest();
    }
  });

  it('that is gone is not mistaken for the one that has its number now', async () => {
    const world = await settledWorld();
    const { sid, ...account } = world.account();
    world.machine.remove(sid);
    const other = world.machine.create('another', account.rid);
    world.machine.remarks = [{ kind: 'idReused', from: 'lapsadmin', account: other }];
    world.voidClaims();
    const result = await world.cycle();
    assert.deepEqual([result.error?.code, ours(result.events)], ['ERR_LAPS_ACCOUNT_MISSING', [50033]]);
    assert.ok(result.events.includes(10013));
    assert.equal(world.machine.bySid(other.sid)?.password, null);
  });

  it('that must not be touched is not, and the trouble is told by event, answer and status', async () => {
    for (const [code, id] of [
      ['ERR_LAPS_ACCOUNT_PROTECTED', 50030],
      ['ERR_LAPS_ACCOUNT_NOT_LOCAL', 50031],
    ] as const) {
      const world = await settledWorld();
      const posts = world.tenant.posts.length;
      const { password } = world.account();
      world.machine.bar = { code, problem: 'it is root', hint: 'name another' };
      const result = await world.cycle('administrator');
      assert.deepEqual(
        [result.outcome, result.error?.code, result.error?.hint, ours(result.events)],
        ['blocked', code, 'name another', [id]],
      );
      assert.deepEqual([world.tenant.posts.length, world.account().password], [posts, password]);
      const { healthy, lastFailure } = await world.status();
      assert.deepEqual([healthy, lastFailure?.code], [false, code]);
      world.machine.bar = undefined;
      assert.equal((await world.cycle()).outcome, 'unchanged');
      assert.equal((await world.status()).healthy, true);
    }
  });

  it('that a policy does not name has a name in what is told of it all the same', async () => {
    const world = await settledWorld();
    world.setPolicy({ BackupDirectory: 1 });
    world.machine.bar = { code: 'ERR_LAPS_ACCOUNT_PROTECTED', problem: 'nobody is named', hint: 'name one' };
    await world.cycle();
    const told = world.log.events.filter(({ id }) => id === 50030);
    assert.deepEqual(
      told.map(({ fields }) => fields['AccountName']),
      ['the built-in Administrator'],
    );
  });

  it('is left alone while another laps-agent has it, also in the middle of a rotation', async () => {
    const world = await settledWorld();
    const { sid } = world.account();
    world.machine.claimed.set(sid, 'another laps-agent (process 7) manages it');
    const posts = world.tenant.posts.length;
    const busy = await world.cycle('administrator');
    assert.deepEqual([busy.error?.code, ours(busy.events)], ['ERR_LAPS_ACCOUNT_BUSY', [50037]]);
    assert.equal(world.tenant.posts.length, posts);
    world.machine.claimed.clear();
    world.failAccount({ kind: 'refuses', hresult: 1 });
    await world.cycle('administrator');
    assert.equal(world.record().state, 'escrowed');
    world.machine.claimed.set(sid, 'another laps-agent (process 7) manages it');
    assert.equal((await world.cycle()).error?.code, 'ERR_LAPS_ACCOUNT_BUSY');
    assert.equal(world.record().state, 'escrowed');
    world.machine.claimed.clear();
    await world.expectRest();
  });

  it('is left to the data folder that manages it, and that is remembered, until a person takes it over', async () => {
    const world = await settledWorld();
    const { sid } = world.account();
    world.machine.keptFor.set(sid, '/var/lib/elsewhere');
    const posts = world.tenant.posts.length;
    world.now += 40 * msPerDay;
    assert.match((await world.status()).troubles.join(), /^the account lapsadmin is left alone: .*--take-over$/);
    const kept = await world.cycle('administrator');
    assert.deepEqual([kept.error?.code, ours(kept.events)], ['ERR_LAPS_ACCOUNT_BUSY', [50037]]);
    assert.match(kept.error?.message ?? '', /\/var\/lib\/elsewhere/);
    assert.match(kept.error?.hint ?? '', /--take-over/);
    assert.equal(world.tenant.posts.length, posts);
    assert.equal((await world.status()).lastFailure?.code, 'ERR_LAPS_ACCOUNT_BUSY');
    assert.match((await world.status()).troubles.join('; and '), /^(?!.*; and )the account lapsadmin is left alone: /);
    const taken = await world.cycle('administrator', { takeOver: true });
    assert.deepEqual([taken.outcome, ours(taken.events)], ['rotated', [50060]]);
    assert.equal((await world.cycle()).outcome, 'unchanged');
  });

  it('is not touched by what was open when another data folder took it over', async () => {
    for (const takeOver of [false, true]) {
      const world = await settledWorld();
      const { sid } = world.account();
      world.failAccount({ kind: 'refuses', hresult: 1 });
      await world.cycle('administrator');
      assert.equal(world.record().state, 'escrowed');
      world.machine.keptFor.set(sid, '/var/lib/elsewhere');
      const before = world.account();
      const posts = world.tenant.posts.length;
      const [first = '', second = ''] = (await world.status()).troubles;
      assert.match(first, /^a rotation is open, .*\/var\/lib\/elsewhere: the next cycle gives it up$/);
      assert.match(second, /^the account lapsadmin is left alone: .*--take-over$/);
      if (takeOver) {
        // A person gives it back: then what is open is finished.
        const taken = await world.cycle('administrator', { takeOver });
        assert.deepEqual([taken.outcome, ours(taken.events)], ['rotated', [50060]]);
        await world.expectRest();
        continue;
      }
      const kept = await world.cycle();
      assert.deepEqual([kept.error?.code, ours(kept.events)], ['ERR_LAPS_ACCOUNT_BUSY', [50037]]);
      assert.ok(kept.events.includes(50004), 'it is told that what was open is given up');
      assert.match(kept.error?.message ?? '', /\/var\/lib\/elsewhere/);
      assert.deepEqual([world.account(), world.tenant.posts.length], [before, posts]);
      assert.equal(world.record().state, 'idle');
      const { troubles } = await world.status();
      assert.match(troubles.join('\n'), /managed from the data folder \/var\/lib\/elsewhere/);
      world.machine.keptFor.clear();
      assert.equal((await world.cycle()).outcome, 'rotated');
      await world.expectRest();
    }
  });

  it('is told of where others could write who manages it, whoever that is', async () => {
    const world = await settledWorld();
    const { sid } = world.account();
    for (const [keptFor, expected] of [
      [undefined, [50081]],
      ['/var/lib/elsewhere', [50081, 50037]],
    ] as const) {
      if (keptFor !== undefined) world.machine.keptFor.set(sid, keptFor);
      world.machine.openNotes = ['/etc/laps-agent', '/etc/laps-agent/accounts'];
      assert.deepEqual(ours((await world.cycle()).events), expected);
    }
    const told = world.log.events.filter(({ id }) => id === 50081);
    assert.equal(told[0]?.fields['Paths'], '/etc/laps-agent, /etc/laps-agent/accounts');
  });

  it('is told of a note of who manages it that was not believed, once', async () => {
    const world = await settledWorld();
    world.machine.damagedNote = 'it belongs to another user (uid 1000)';
    assert.deepEqual(ours((await world.cycle()).events), [50084]);
    const { AccountName, Rid, Path, Problem } = world.log.events.find(({ id }) => id === 50084)?.fields ?? {};
    assert.deepEqual([AccountName, Rid], ['lapsadmin', world.account().rid]);
    assert.deepEqual([Path, Problem], ['/etc/laps-agent/accounts/1001.json', 'it belongs to another user (uid 1000)']);
    assert.deepEqual(ours((await world.cycle()).events), []);
  });

  it('is left alone where somebody else could say who manages it, and that is remembered', async () => {
    const world = await settledWorld();
    world.machine.unsafeNotes = '/etc/laps-agent belongs to another user (uid 1000)';
    const refused = await world.cycle('administrator');
    assert.deepEqual([refused.error?.code, ours(refused.events)], ['ERR_LAPS_DATA_UNSAFE', [50037]]);
    assert.equal(refused.error?.hint, 'give it back to root');
    const { healthy, lastFailure } = await world.status();
    assert.deepEqual([healthy, lastFailure?.code], [false, 'ERR_LAPS_DATA_UNSAFE']);
    world.machine.unsafeNotes = undefined;
    assert.equal((await world.cycle('administrator')).outcome, 'rotated');
  });

  it('is given the password that is open also where the notes of who manages it cannot be believed', async () => {
    const world = await settledWorld();
    world.failAccount({ kind: 'refuses', hresult: 1 });
    await world.cycle('administrator');
    assert.equal(world.record().state, 'escrowed');
    world.machine.unsafeNotes = '/etc/laps-agent belongs to another user (uid 1000)';
    const result = await world.cycle();
    assert.equal(world.record().state, 'idle');
    assert.equal(openedBy(world), true);
    assert.equal(result.error?.code, 'ERR_LAPS_DATA_UNSAFE', 'and nothing further is begun');
  });

  it('that was locked is locked again by the cycle after one that died with the lock taken away', async () => {
    for (const how of ['dieAfter', 'dieBefore'] as const) {
      const world = await settledWorld();
      world.machine.unlocksInSet = true;
      world.machine.change(world.account().sid, { locked: true });
      world.faults.arm({ on: 'accounts.set', nth: 1, how });
      assert.equal(await world.cycleOrDeath('administrator'), undefined);
      assert.equal(world.account().locked, how === 'dieBefore');
      await world.expectRest();
      assert.equal(world.account().locked, true);
      assert.equal(openedBy(world), true);
    }
  });

  it('that was unlocked by people while its rotation waited stays unlocked', async () => {
    const world = await settledWorld();
    world.machine.change(world.account().sid, { locked: true });
    world.failAccount({ kind: 'refuses', hresult: 1 });
    await world.cycle('administrator');
    world.machine.change(world.account().sid, { locked: false });
    await world.expectRest();
    assert.equal(world.account().locked, false);
  });
});

describe('a password that something else set', () => {
  watchWorlds();

  it('is replaced at once, and told once however long that takes', async () => {
    const world = await settledWorld();
    world.changeByAnother();
    const away = { code: 'ERR_LAPS_NO_TENANT', message: 'it is away', hresult: 1, phase: 'discovery' } as const;
    world.tenant.connectFails(away, away, away);
    const results = [await world.cycle(), await world.cycle(), await world.cycle(), await world.cycle()];
    assert.deepEqual(
      results.map(({ outcome, events }) => [outcome, ours(events)]),
      [
        ['failed', [50011]],
        ['failed', []],
        ['failed', []],
        ['rotated', []],
      ],
    );
    await world.expectRest();
  });

  it('is by configuration only told, once each, shown in status, and replaced when it is due', async () => {
    const world = await settledWorld();
    world.onForeignChange = 'report';
    world.restart();
    for (let change = 0; change < 2; change += 1) {
      world.changeByAnother();
      const told = await world.cycle();
      assert.deepEqual([told.outcome, ours(told.events)], ['unchanged', [50011]]);
      assert.deepEqual(ours((await world.cycle()).events), []);
      assert.equal((await world.status()).healthy, false);
    }
    world.now += 31 * msPerDay;
    assert.equal((await world.cycle()).outcome, 'rotated');
    assert.equal(openedBy(world), true);
    await world.expectRest();
    assert.equal((await world.status()).healthy, true);
  });
});
