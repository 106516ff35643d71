/**
 * An open rotation, and everything the world may do to it before the next cycle (rotation.md 7, "in each state").
 */
import assert from 'node:assert/strict';
import type { EventId } from '../../agent/core/events.ts';
import { msPerDay } from '../../agent/core/time.ts';
import type { AccountFault } from '../support/faultyAccounts.ts';
import { csp, openStates, openWorld, settledWorld, type World, watchWorlds } from '../support/world.ts';

interface Turn {
  readonly happens: (world: World) => void;
  /** Whether the open rotation survives it and is finished as it was drawn. */
  readonly finished: (state: (typeof openStates)[number]) => boolean;
  /** One of these is told at the latest by the second cycle. */
  readonly told?: readonly EventId[];
  /** States in which there is nothing to tell. */
  readonly untold?: (state: (typeof openStates)[number]) => boolean;
  /** What puts the world right afterwards, where it does not heal by itself. */
  readonly mended?: (world: World) => void;
}

const shift = (days: number) => (world: World) => {
  world.now += days * msPerDay;
};
const always = () => true;
const never = () => false;

const turns: Readonly<Record<string, Turn>> = {
  'nothing at all': { happens: () => undefined, finished: always },
  'the account is locked': {
    happens: (world) => world.machine.change(world.account().sid, { locked: true }),
    finished: always,
  },
  'the account is disabled': {
    happens: (world) => world.machine.change(world.account().sid, { enabled: false }),
    finished: always,
  },
  'the account is renamed': {
    happens: (world) => world.machine.change(world.account().sid, { name: 'renamed' }),
    finished: always,
    told: [10013],
    mended: (world) => world.setPolicy({ ...csp, AdministratorAccountName: 'renamed' }),
  },
  'the account is deleted': {
    happens: (world) => world.machine.remove(world.account().sid),
    finished: never,
    told: [50004],
    mended: (world) => void world.machine.create('lapsadmin'),
  },
  'the account is deleted and made again under its name': {
    happens: (world) => {
      world.machine.remove(world.account().sid);
      world.machine.create('lapsadmin');
    },
    finished: never,
    told: [50004],
  },
  'somebody else sets its password': {
    happens: (world) => world.changeByAnother(),
    finished: always,
    told: [50011],
  },
  'policy is switched off': {
    happens: (world) => world.setPolicy({ BackupDirectory: 0 }),
    finished: always,
    told: [10007],
    mended: (world) => world.setPolicy(csp),
  },
  'policy is deleted': {
    happens: (world) => world.setPolicy(undefined),
    finished: always,
    told: [10007],
    mended: (world) => world.setPolicy(csp),
  },
  'policy becomes unreadable': {
    happens: (world) => world.setPolicy('{'),
    finished: always,
    told: [50001],
    mended: (world) => world.setPolicy(csp),
  },
  'policy asks for another length': {
    happens: (world) => world.setPolicy({ ...csp, PasswordLength: 30, PasswordComplexity: 1, PasswordAgeDays: 90 }),
    finished: always,
  },
  'policy names another account': {
    happens: (world) => {
      world.machine.create('other');
      world.setPolicy({ ...csp, AdministratorAccountName: 'other' });
    },
    finished: always,
    told: [10015],
  },
  'policy names an account that is not there': {
    happens: (world) => world.setPolicy({ ...csp, AdministratorAccountName: 'nobody' }),
    finished: always,
    told: [10013],
    mended: (world) => world.setPolicy(csp),
  },
  'the device joins anew': { happens: (world) => world.rejoin(), finished: never, told: [50004] },
  'the device joins another tenant': {
    happens: (world) => world.rejoin('00000000-0000-4000-8000-0000000000ff'),
    finished: never,
    told: [50004],
  },
  'the sealing key is lost': {
    happens: (world) => world.keys.keys.clear(),
    // What was applied and is unchanged since was proven while the key was there.
    finished: (state) => state === 'applied',
    told: [50004],
    untold: (state) => state === 'applied',
  },
  'the journal is damaged': {
    happens: (world) => {
      world.journalFile.text = '{"version":1';
    },
    finished: never,
    told: [50009],
  },
  'the journal is deleted': {
    happens: (world) => {
      world.journalFile.text = undefined;
    },
    finished: never,
    told: [50009],
  },
  'the state is damaged': {
    happens: (world) => {
      world.stateFile.text = 'cut';
    },
    finished: always,
    told: [50010],
  },
  'the state is deleted': {
    happens: (world) => {
      world.stateFile.text = undefined;
    },
    finished: always,
  },
  'journal and state are both damaged': {
    happens: (world) => {
      world.stateFile.text = 'cut';
      world.journalFile.text = 'cut';
    },
    finished: never,
    told: [50009],
  },
  'the clock goes a year forward': { happens: shift(365), finished: always },
  'the clock goes ten years forward': { happens: shift(3650), finished: always },
  'the clock goes a year back': { happens: shift(-365), finished: always },
  'the clock begins at 1970': { happens: (world) => shift(-world.now / msPerDay)(world), finished: always },
};

for (const recogniseRepeats of [false, true])
  describe(`an open rotation, with a tenant that ${recogniseRepeats ? 'recognises' : 'does not recognise'} repeats`, () => {
    watchWorlds();

    for (const [name, turn] of Object.entries(turns))
      for (const state of openStates)
        it(`comes to rest from ${state} when ${name}`, async () => {
          const world = await openWorld(state, { recogniseRepeats });
          const open = world.record().pending?.rotationId;
          turn.happens(world);
          const from = world.log.events.length;
          await world.cycle('start');
          await world.cycle();
          const events = world.log.events.slice(from);
          const told = turn.told === undefined || events.some((event) => turn.told?.includes(event.id));
          assert.equal(told, turn.untold?.(state) !== true, `told of ${turn.told}: ${told}`);
          turn.mended?.(world);
          await world.expectRest();
          const wasFinished = world.stateFile.everWritten.some((text) => text.includes(open ?? 'none'));
          assert.equal(wasFinished, turn.finished(state), `finished: ${wasFinished}`);
        });
  });

/** A set or a proof that goes wrong while a rotation is under way. */
const sets: Readonly<Record<string, { readonly fault: AccountFault; readonly told: EventId }>> = {
  'does nothing': { fault: { kind: 'doesNothing' }, told: 50012 },
  'cuts the password short': { fault: { kind: 'truncates', to: 8 }, told: 50012 },
  'stores something else': { fault: { kind: 'hashesOtherwise' }, told: 50012 },
  'is refused': { fault: { kind: 'refuses', hresult: 0x8007052d }, told: 10019 },
};

describe('a set that', () => {
  watchWorlds();

  for (const [name, { fault, told }] of Object.entries(sets))
    it(`${name} leaves the previous password in place, and is tried again with the same secret`, async () => {
      const world = await settledWorld();
      const { password } = world.account();
      world.failAccount(fault);
      // Between such a set and its proof nothing that the tenant holds opens the account; the old field is then put back.
      world.voidClaims();
      const result = await world.cycle('administrator');
      assert.equal(result.outcome, 'failed');
      assert.ok(result.events.includes(told));
      assert.ok(result.events.includes(10019));
      assert.ok(world.account().password === password, 'put back');
      if (told === 50012)
        assert.match(
          result.error?.message ?? '',
          fault.kind === 'doesNothing' ? /said that it took .+ nothing of it was changed/ : /previous one was put back/,
        );
      assert.equal((await world.status()).healthy, false);
      const next = await world.cycle();
      assert.equal(next.rotationId, result.rotationId);
      assert.equal(world.tenant.posts.length, 2);
      await world.expectRest();
    });

  it('is proven by a lie finds the truth at the next cycle', async () => {
    for (const state of openStates) {
      const world = await openWorld(state);
      world.failAccount({ kind: 'lies' });
      await world.cycle();
      await world.expectRest();
    }
  });

  it('is found done after a death is made durable before it is believed', async () => {
    for (const state of ['escrowed', 'applied'] as const) {
      const world = await openWorld(state);
      world.faults.arm();
      await world.cycle('start');
      const { calls } = world.faults;
      assert.ok(calls.indexOf('accounts.sync') >= 0);
      assert.ok(calls.indexOf('accounts.sync') < calls.indexOf('accounts.opens'));
    }
  });

  it('was left behind by a rotation given up is made durable before another password is drawn', async () => {
    const world = await openWorld('escrowed');
    const { sid } = world.account();
    world.machine.keptFor.set(sid, '/srv/other');
    await world.cycle('start');
    world.machine.keptFor.delete(sid);
    world.faults.arm();
    assert.equal((await world.cycle()).outcome, 'rotated');
    const { calls } = world.faults;
    assert.ok(calls.indexOf('accounts.sync') >= 0);
    assert.ok(calls.indexOf('accounts.sync') < calls.indexOf('client.backUp'));
    assert.ok(calls.indexOf('accounts.sync') < calls.lastIndexOf('accounts.mark', calls.indexOf('client.backUp')));
  });

  it('was undone after it was recorded as done is made again', async () => {
    const world = await openWorld('applied');
    const before = world.tenant.credentials(world.record().pending?.identity.deviceId ?? '')[1]?.password ?? null;
    const pending = world.record().pending;
    // A power cut took the unsynced write back: mark and password are those of before.
    world.machine.change(world.account().sid, { password: before, salt: world.account().salt - 1 });
    await world.cycle('start');
    assert.equal(world.state().rotationId, pending?.rotationId);
    await world.expectRest();
  });

  it('finds its account gone between two steps says so (10013) and gives up by name', async () => {
    const world = await openWorld('prepared');
    const { sid } = world.account();
    const { take } = world.tenant;
    world.tenant.take = (post) => {
      world.machine.remove(sid);
      world.voidClaims();
      return take(post);
    };
    const result = await world.cycle();
    assert.equal(result.error?.code, 'ERR_LAPS_ACCOUNT_MISSING');
    assert.ok(result.events.includes(10013));
    world.tenant.take = take;
    assert.ok((await world.cycle()).events.includes(50004));
    world.machine.create('lapsadmin');
    await world.expectRest();
  });
});

describe('what a backup brings back', () => {
  watchWorlds();

  /** Three rotations with copies of the files after each. */
  async function lived() {
    const world = await settledWorld();
    const copies = [];
    for (let rotation = 0; rotation < 2; rotation++) {
      copies.push({ journal: world.journalFile.text, state: world.stateFile.text });
      await world.cycle('administrator');
    }
    return { world, old: copies[0] ?? assert.fail() };
  }

  it('is an old state: the account does not have the password it tells of, so the device rotates', async () => {
    const { world, old } = await lived();
    world.stateFile.text = old.state;
    const result = await world.cycle('start');
    assert.ok(result.events.includes(50011));
    await world.expectRest();
  });

  it('is an old journal at rest: nothing is believed that is not so', async () => {
    const { world, old } = await lived();
    world.journalFile.text = old.journal;
    await world.cycle('start');
    await world.expectRest();
  });

  for (const state of openStates)
    it(`is an old journal that was ${state}: its key is gone, so another rotation follows`, async () => {
      const world = await openWorld(state);
      const text = world.journalFile.text;
      await world.expectRest();
      await world.cycle('administrator');
      world.journalFile.text = text;
      // What stands above the working password is no longer what the journal says (rotation.md 4).
      world.voidClaims();
      await world.cycle('start');
      await world.expectRest();
    });

  it('is the whole folder', async () => {
    const { world, old } = await lived();
    world.stateFile.text = old.state;
    world.journalFile.text = old.journal;
    await world.cycle('start');
    await world.expectRest();
  });
});
