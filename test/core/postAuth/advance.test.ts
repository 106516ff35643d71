/** When a sign-in leads to a new password and what else, rule by rule. */
import assert from 'node:assert/strict';
import { advance, whereToRead } from '../../../agent/core/postAuth/advance.ts';
import { backOffMs } from '../../../agent/core/postAuth/draft.ts';
import {
  graceMs,
  maxRetries,
  nothingRemembered,
  type PostAuthMemory,
  restartPatienceMs,
} from '../../../agent/core/postAuth/memory.ts';
import type {
  ManagedFact,
  PostAuthEffect,
  PostAuthFacts,
  PostAuthInput,
  PostAuthPolicy,
} from '../../../agent/core/postAuth/step.ts';
import { msPerDay, msPerHour } from '../../../agent/core/time.ts';

const begin = Date.UTC(2026, 10, 23, 8);
const minute = 60_000;
const on = (actions: number, delayHours = 8): PostAuthPolicy => ({ kind: 'on', delayHours, actions });
const managed: ManagedFact & { kind: 'managed' } = {
  kind: 'managed',
  sid: 'S-1-5-21-1-2-3-1001',
  name: 'lapsadmin',
  rid: 1001,
  rotationId: 'first',
  setAt: begin - msPerDay,
};
const nothingNew: PostAuthInput = { kind: 'looked', signIns: [], cursor: null };

/** A device's watch, told step by step; each `tell` is one look or one outcome at the present time. */
function watch(actions = 3, delayHours = 8) {
  let memory: PostAuthMemory = nothingRemembered;
  const ids: number[] = [];
  const notes: unknown[] = [];
  const it = {
    now: begin,
    bootId: 'boot-1',
    policy: on(actions, delayHours) as PostAuthPolicy,
    account: managed as ManagedFact,
    get memory() {
      return memory;
    },
    set memory(next) {
      memory = next;
    },
    facts: (): PostAuthFacts => ({ now: it.now, bootId: it.bootId, policy: it.policy, account: it.account }),
    tell(input: PostAuthInput): PostAuthEffect {
      const step = advance(memory, input, it.facts());
      memory = step.memory;
      for (const note of step.notes) {
        ids.push(note.id);
        notes.push(note);
      }
      return step.effect;
    },
    look: (...at: number[]) => it.hear(true, ...at),
    /** `vouched`: only root can have written it. */
    hear: (vouched: boolean, ...at: number[]) =>
      it.tell({
        kind: 'looked',
        signIns: at.map((each) => ({ at: each, vouched })),
        cursor: at.length > 0 ? 'c' : null,
      }),
    met: () => it.tell({ kind: 'rotated', requestedAt: it.now }),
    fail: (retryAt: number | null = null) => it.tell({ kind: 'notRotated', hresult: 0x80072ee7, retryAt }),
    /** The events since the last call. */
    events: () => ids.splice(0),
    notes: () => notes.splice(0),
  };
  return it;
}

/** A watch whose deadline has come and whose rotation is asked for. */
function due(actions = 3) {
  const it = watch(actions);
  it.look(begin);
  it.now = begin + 8 * msPerHour;
  assert.equal(it.look().kind, 'rotate');
  it.events();
  it.notes();
  return it;
}

describe('a sign-in', () => {
  it('sets the deadline by the hours of the policy (10041)', () => {
    const it = watch(11, 24);
    const effect = it.look(begin - minute);
    assert.deepEqual(effect, { kind: 'wait', until: begin - minute + 24 * msPerHour });
    assert.deepEqual(it.notes(), [
      { id: 10041, fields: { AccountName: 'lapsadmin', Rid: 1001, Deadline: begin - minute + 24 * msPerHour } },
    ]);
    assert.equal(it.memory.armed?.actions, 11);
    assert.deepEqual(it.memory.watch, { kind: 'on', sid: managed.sid, cursor: 'c' });
  });

  it('of several new ones counts by the first', () => {
    const it = watch();
    it.look(begin - minute, begin - 5 * minute, begin - 2 * minute);
    assert.equal(it.memory.armed?.authenticatedAt, begin - 5 * minute);
    assert.deepEqual(it.events(), [10041]);
  });

  it('that comes while a deadline stands changes nothing of it', () => {
    const it = watch();
    it.look(begin);
    it.events();
    it.now += 3 * msPerHour;
    assert.deepEqual(it.look(it.now), { kind: 'wait', until: begin + 8 * msPerHour });
    assert.deepEqual(it.events(), []);
  });

  it('dated in the future counts as now', () => {
    const it = watch();
    it.look(begin + msPerDay);
    assert.equal(it.memory.armed?.authenticatedAt, begin);
  });

  it('noticed after its deadline is acted on at once', () => {
    const it = watch();
    assert.deepEqual(it.look(begin - 2 * msPerDay), { kind: 'rotate', requestedAt: begin });
    assert.deepEqual(it.events(), [10041, 10042]);
  });

  it('under a policy with delay or actions off sets none, and is not counted once they are on', () => {
    const it = watch();
    it.policy = { kind: 'off', why: 'PostAuthenticationResetDelay is 0' };
    assert.deepEqual(it.look(begin), { kind: 'wait', until: null });
    assert.deepEqual(it.memory, { ...nothingRemembered, watch: { kind: 'off' } });
    it.policy = on(3);
    it.now += msPerHour;
    const from = whereToRead(it.memory, it.facts());
    assert.equal(from.kind === 'from' ? from.since : from.kind, it.now);
    assert.equal(from.kind === 'from' ? from.cursor : from.kind, null);
  });

  it('is not looked for while no account is managed, or nobody can say which', () => {
    const it = watch();
    it.account = { kind: 'none' };
    assert.equal(whereToRead(it.memory, it.facts()).kind, 'off');
    it.account = { kind: 'unknown' };
    assert.equal(whereToRead(it.memory, it.facts()).kind, 'later');
    assert.deepEqual(it.look(begin), { kind: 'wait', until: null });
    assert.deepEqual(it.memory, nothingRemembered);
  });
});

describe('the records', () => {
  it('are read from the password in force on when there is no place to go on from', () => {
    const it = watch();
    const whose = { sid: managed.sid, name: 'lapsadmin', rid: 1001 };
    assert.deepEqual(whereToRead(it.memory, it.facts()), { kind: 'from', whose, cursor: null, since: managed.setAt });
    it.look(begin);
    assert.deepEqual(whereToRead(it.memory, it.facts()), { kind: 'from', whose, cursor: 'c', since: managed.setAt });
    it.account = { ...managed, sid: 'S-1-5-21-1-2-3-1002', rid: 1002, setAt: begin };
    const other = whereToRead(it.memory, it.facts());
    assert.equal(other.kind === 'from' ? other.cursor : other.kind, null, 'a place belongs to its account');
  });

  it('keep their place when they, or the policy, cannot be read', () => {
    const it = watch();
    it.look(begin);
    it.tell({ kind: 'looked', signIns: [], cursor: null });
    it.policy = { kind: 'unknown' };
    assert.equal(whereToRead(it.memory, it.facts()).kind, 'later');
    it.tell(nothingNew);
    assert.deepEqual(it.memory.watch, { kind: 'on', sid: managed.sid, cursor: 'c' });
  });
});

describe('a deadline', () => {
  it('is told once when it is over (10042), and the request keeps its name through retries', () => {
    const it = watch();
    it.look(begin);
    it.events();
    it.now = begin + 8 * msPerHour - 1;
    assert.equal(it.look().kind, 'wait');
    it.now += 1;
    const requestedAt = it.now;
    assert.deepEqual(it.look(), { kind: 'rotate', requestedAt });
    assert.deepEqual(it.fail(), { kind: 'wait', until: it.now + minute });
    it.now += minute;
    assert.deepEqual(it.look(), { kind: 'rotate', requestedAt });
    assert.deepEqual(it.events(), [10042, 10043]);
  });

  it('survives a death between 10042 and the rotation', () => {
    const it = due();
    const again = it.look();
    assert.equal(again.kind, 'rotate');
    assert.deepEqual(it.events(), []);
  });

  it('stands when the policy cannot be read, or the state is damaged', () => {
    const it = watch(1);
    it.look(begin);
    it.policy = { kind: 'unknown' };
    it.account = { kind: 'unknown' };
    assert.deepEqual(it.look(), { kind: 'wait', until: begin + 8 * msPerHour });
    it.now += 9 * msPerHour;
    assert.equal(it.look().kind, 'rotate');
  });

  it('keeps its hours and its actions when the policy changes them, and falls away when it switches them off (50040)', () => {
    const it = watch(11);
    it.look(begin);
    it.events();
    it.policy = on(1, 1);
    assert.deepEqual(it.look(), { kind: 'wait', until: begin + 8 * msPerHour });
    assert.equal(it.memory.armed?.actions, 11);
    it.policy = { kind: 'off', why: 'PostAuthenticationActions is 0' };
    assert.deepEqual(it.look(), { kind: 'wait', until: null });
    assert.equal(it.memory.armed, null);
    assert.deepEqual(it.events(), [50040]);
  });

  it('falls away when the account is released, or another one is managed', () => {
    for (const account of [{ kind: 'none' } as const, { ...managed, sid: 'S-1-5-21-1-2-3-1002' }]) {
      const it = watch();
      it.look(begin);
      it.account = account;
      it.events();
      it.look();
      assert.equal(it.memory.armed, null);
      assert.deepEqual(it.events(), [50040]);
    }
  });

  it('falls away with another rotation when nothing but the reset was asked for', () => {
    const it = watch(1);
    it.look(begin);
    it.account = { ...managed, rotationId: 'second' };
    it.events();
    assert.equal(it.look().kind, 'wait');
    assert.equal(it.memory.armed, null);
    assert.deepEqual(it.events(), [50040]);
  });

  it('outlives another rotation when sessions are to be ended: those opened with the old password still run', () => {
    const it = watch(3);
    it.look(begin);
    it.account = { ...managed, rotationId: 'second' };
    assert.deepEqual(it.look(), { kind: 'wait', until: begin + 8 * msPerHour });
  });

  it('that is over is met only by a rotation asked for after it', () => {
    const it = due(1);
    it.account = { ...managed, rotationId: 'second' };
    assert.equal(it.look().kind, 'rotate');
  });

  it('is met by a reset that a person asks for after it, also when it was given up, and not by one asked for before', () => {
    const it = due(1);
    for (let count = 0; count <= maxRetries; count += 1) it.fail();
    assert.deepEqual(it.tell({ kind: 'rotated', requestedAt: begin }), { kind: 'wait', until: null });
    assert.notEqual(it.memory.armed, null);
    it.events();
    it.met();
    assert.deepEqual(it.events(), [10044]);
    assert.equal(it.memory.armed, null);
  });

  it('that is still to come is not met by any', () => {
    const it = watch(3);
    it.look(begin);
    it.met();
    assert.notEqual(it.memory.armed, null);
  });

  it('moves with a clock set back, so that it is never further away than at the sign-in', () => {
    const it = watch();
    it.look(begin);
    it.now = begin - 365 * msPerDay;
    assert.deepEqual(it.look(), { kind: 'wait', until: it.now + 8 * msPerHour });
    assert.deepEqual(it.look(), { kind: 'wait', until: it.now + 8 * msPerHour });
  });

  it('comes with a clock set forward', () => {
    const it = watch();
    it.look(begin);
    it.now += 10 * 365 * msPerDay;
    assert.equal(it.look().kind, 'rotate');
  });

  it('further away than any policy can ask for is over', () => {
    const it = watch();
    it.look(begin);
    const { armed } = it.memory;
    assert.ok(armed);
    it.memory = { ...it.memory, armed: { ...armed, deadlineAt: begin + 30 * msPerDay } };
    assert.equal(it.look().kind, 'rotate');
  });

  it('goes on being watched for after it was met: a sign-in with the new password sets the next', () => {
    const it = due(3);
    it.met();
    it.events();
    it.account = { ...managed, rotationId: 'second' };
    assert.equal(it.look(it.now).kind, 'warn', 'what was promised first goes on');
    assert.equal(it.memory.armed?.deadlineAt, it.now + 8 * msPerHour);
    assert.deepEqual(it.events(), [10041]);
  });
});

describe('a failed rotation', () => {
  it('is counted and tried again sooner at first, each hour in the end (10043)', () => {
    const it = due();
    const waits = Array.from({ length: 9 }, () => {
      const effect = it.fail();
      assert.equal(effect.kind, 'wait');
      const until = effect.kind === 'wait' ? (effect.until ?? 0) : 0;
      const waited = until - it.now;
      it.now = until;
      it.look();
      return waited / minute;
    });
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert.equal(backOffMs(100), msPerHour);
    const [first] = it.notes();
    assert.deepEqual(first, {
      id: 10043,
      fields: { AccountName: 'lapsadmin', Rid: 1001, RetryCount: 1, HResult: 0x80072ee7 },
    });
  });

  it('waits for what the tenant or a hold asks for', () => {
    const it = due();
    assert.deepEqual(it.fail(it.now + 5 * msPerHour), { kind: 'wait', until: it.now + 5 * msPerHour });
  });

  it('does not wait for a moment that only a clock set back has made so distant', () => {
    const it = due();
    it.fail(it.now + 5 * msPerHour);
    it.now -= 100 * msPerDay;
    assert.deepEqual(it.look(), { kind: 'wait', until: it.now + msPerDay });
  });

  it('of more than a hundred times ends the trying until the next boot (10048), which counts anew', () => {
    const it = due();
    for (let count = 1; count <= maxRetries; count += 1) {
      it.fail();
      it.now += msPerHour;
      assert.equal(it.look().kind, 'rotate', `after ${count}`);
    }
    assert.ok(!it.events().includes(10048));
    assert.deepEqual(it.fail(), { kind: 'wait', until: null });
    assert.deepEqual(it.events(), [10043, 10048]);
    it.now += 30 * msPerDay;
    assert.deepEqual(it.look(), { kind: 'wait', until: null });
    it.bootId = 'boot-2';
    assert.equal(it.look().kind, 'rotate');
    assert.equal(it.memory.armed?.retryCount, 0);
    assert.deepEqual(it.events(), []);
  });

  it('heals: the actions follow the first that works', () => {
    const it = due(1);
    it.fail();
    it.now += minute;
    it.look();
    assert.deepEqual(it.met(), { kind: 'wait', until: null });
    assert.deepEqual(it.events(), [10043, 10044]);
    assert.deepEqual([it.memory.armed, it.memory.acting], [null, null]);
  });

  it('that was parked is no failure, and one of a released account ends it', () => {
    const it = due();
    assert.deepEqual(it.tell({ kind: 'parked' }), { kind: 'wait', until: null });
    assert.equal(it.memory.armed?.retryCount, 0);
    assert.equal(it.look().kind, 'rotate');
    it.tell({ kind: 'released', why: 'BackupDirectory is 0' });
    assert.equal(it.memory.armed, null);
    assert.deepEqual(it.events(), [50040]);
  });
});

describe('the actions', () => {
  it('1: nothing but the reset', () => {
    const it = due(1);
    assert.deepEqual(it.met(), { kind: 'wait', until: null });
    assert.deepEqual(it.events(), [10044]);
  });

  it('3: warn, two minutes, end the sessions', () => {
    const it = due(3);
    const warn = it.met();
    assert.equal(warn.kind === 'warn' ? warn.until : warn.kind, it.now + graceMs);
    assert.deepEqual(it.tell({ kind: 'warned', terminals: 2, anyone: true }), {
      kind: 'wait',
      until: it.now + graceMs,
    });
    it.now += graceMs - 1;
    assert.equal(it.look().kind, 'wait');
    it.now += 1;
    assert.equal(it.look().kind, 'endSessions');
    assert.deepEqual(it.tell({ kind: 'ended', count: 2, problem: null }), { kind: 'wait', until: null });
    assert.deepEqual(it.events(), [50041, 50042, 10044]);
  });

  it('11: then every process', () => {
    const it = due(11);
    it.met();
    it.tell({ kind: 'warned', terminals: 1, anyone: true });
    it.now += graceMs;
    it.look();
    assert.equal(it.tell({ kind: 'ended', count: 1, problem: null }).kind, 'endProcesses');
    assert.equal(it.tell({ kind: 'ended', count: 4, problem: null }).kind, 'wait');
    assert.deepEqual(it.events(), [50041, 50042, 50043, 10044]);
  });

  it('of a hearsay sign-in are nothing but the new password while nobody is signed in (50070)', () => {
    for (const actions of [3, 5, 11]) {
      const it = watch(actions);
      it.hear(false, begin);
      it.now = begin + 8 * msPerHour;
      assert.equal(it.look().kind, 'rotate');
      it.events();
      assert.equal(it.met().kind, 'confirm');
      assert.equal(it.look().kind, 'confirm', 'after a death as well');
      assert.deepEqual(it.tell({ kind: 'confirmed', isSignedIn: false }), { kind: 'wait', until: null });
      assert.deepEqual(it.events(), [50070, 10044]);
      assert.equal(it.memory.acting, null);
    }
  });

  it('of a hearsay sign-in follow when somebody is signed in', () => {
    for (const [actions, first] of [
      [3, 'warn'],
      [5, 'restart'],
      [11, 'warn'],
    ] as const) {
      const it = watch(actions);
      it.hear(false, begin);
      it.now = begin + 8 * msPerHour;
      it.look();
      it.met();
      assert.equal(it.tell({ kind: 'confirmed', isSignedIn: true }).kind, first);
      assert.ok(!it.events().includes(50070));
    }
  });

  it('of a hearsay sign-in need no confirming once root told of one, nor where the password is all', () => {
    const later = watch(11);
    later.hear(false, begin);
    later.hear(true, begin + minute);
    assert.equal(later.memory.armed?.authenticatedAt, begin, 'the first deadline stands');
    later.hear(false, begin + 2 * minute);
    later.now = begin + 8 * msPerHour;
    later.look();
    assert.equal(later.met().kind, 'warn');

    const only = watch(1);
    only.hear(false, begin);
    only.now = begin + 8 * msPerHour;
    only.look();
    assert.equal(only.met().kind, 'wait');
    assert.deepEqual(only.events(), [10041, 10042, 10044]);
  });

  it('that never can be done are told once, not tried a hundred times, and not called done', () => {
    for (const [actions, after] of [
      [3, 'wait'],
      [11, 'wait'],
      [7, 'restart'],
    ] as const) {
      const it = due(actions);
      it.met();
      it.tell({ kind: 'warned', terminals: 0, anyone: false });
      const next = it.tell({ kind: 'ended', count: 0, problem: 'root stays', forGood: true });
      assert.equal(next.kind, after);
      assert.deepEqual(it.events(), [50044]);
    }
  });

  it('wait for nobody when nobody is there', () => {
    const it = due(11);
    it.met();
    assert.equal(it.tell({ kind: 'warned', terminals: 0, anyone: false }).kind, 'endSessions');
    assert.equal(it.tell({ kind: 'ended', count: 0, problem: null }).kind, 'endProcesses');
    it.tell({ kind: 'ended', count: 0, problem: null });
    assert.deepEqual(it.events(), [10044]);
  });

  it('5: order a restart; it is done when the machine has restarted', () => {
    const it = due(5);
    assert.equal(it.met().kind, 'restart');
    assert.deepEqual(it.tell({ kind: 'restartOrdered' }), { kind: 'wait', until: it.now + restartPatienceMs });
    assert.deepEqual(it.events(), [50046]);
    it.now += 2 * minute;
    it.bootId = 'boot-2';
    assert.deepEqual(it.look(), { kind: 'wait', until: null });
    assert.deepEqual(it.events(), [10044]);
  });

  it('5: tell a restart that cannot be ordered, or does not come, and try again (10049)', () => {
    const it = due(5);
    it.met();
    assert.deepEqual(it.tell({ kind: 'restartFailed', hresult: 0x80070005 }), {
      kind: 'wait',
      until: it.now + minute,
    });
    assert.deepEqual(it.notes(), [{ id: 10049, fields: { HResult: 0x80070005 } }]);
    it.now += minute;
    assert.equal(it.look().kind, 'restart');
    it.tell({ kind: 'restartOrdered' });
    it.now += restartPatienceMs;
    assert.deepEqual(it.look(), { kind: 'wait', until: it.now + 2 * minute });
    assert.deepEqual(it.events(), [10049, 50046, 10049]);
  });

  it('5: of simulated accounts restart nothing, and say so', () => {
    const it = due(5);
    it.met();
    assert.deepEqual(it.tell({ kind: 'restartSimulated' }), { kind: 'wait', until: null });
    assert.deepEqual(it.events(), [50048, 10044]);
  });

  it('that could not all be done are tried again, not called done (50044)', () => {
    const it = due(11);
    it.met();
    it.tell({ kind: 'warned', terminals: 0, anyone: false });
    it.tell({ kind: 'ended', count: 0, problem: null });
    const effect = it.tell({ kind: 'ended', count: 3, problem: '1 process does not end' });
    assert.deepEqual(effect, { kind: 'wait', until: it.now + minute });
    assert.deepEqual(it.events(), [50043, 50044]);
    it.now += minute;
    assert.equal(it.look().kind, 'endProcesses');
    it.tell({ kind: 'ended', count: 1, problem: null });
    assert.deepEqual(it.events(), [50043, 10044]);
  });

  it('go on where they were after a death in any stage', () => {
    const it = due(11);
    it.met();
    it.now += 10 * minute;
    const again = it.look();
    assert.equal(
      again.kind === 'warn' ? again.until : again.kind,
      it.now + graceMs,
      'warned anew, with the whole time',
    );
    it.tell({ kind: 'warned', terminals: 1, anyone: true });
    it.now += graceMs + msPerHour;
    assert.equal(it.look().kind, 'endSessions');
    assert.equal(it.look().kind, 'endSessions');
    it.tell({ kind: 'ended', count: 1, problem: null });
    assert.equal(it.look().kind, 'endProcesses');
  });

  it('are all done by a restart in between, whoever asked for it', () => {
    for (const inputs of [
      [],
      [{ kind: 'warned', terminals: 1, anyone: true }],
      [
        { kind: 'warned', terminals: 0, anyone: false },
        { kind: 'ended', count: 0, problem: null },
      ],
    ] satisfies PostAuthInput[][]) {
      const it = due(11);
      it.met();
      for (const input of inputs) it.tell(input);
      it.events();
      it.bootId = 'boot-2';
      assert.deepEqual(it.look(), { kind: 'wait', until: null });
      assert.deepEqual(it.events(), [10044]);
    }
  });

  it('let nobody wait longer than two minutes when the clock is set back', () => {
    const it = due(3);
    it.met();
    it.tell({ kind: 'warned', terminals: 1, anyone: true });
    it.now -= 365 * msPerDay;
    assert.deepEqual(it.look(), { kind: 'wait', until: it.now + graceMs });
    it.now += graceMs;
    assert.equal(it.look().kind, 'endSessions');
  });

  it('of which more than a hundred attempts fail are given up until the next boot', () => {
    const it = due(3);
    it.met();
    it.tell({ kind: 'warned', terminals: 0, anyone: false });
    for (let count = 0; count <= maxRetries; count += 1) {
      it.tell({ kind: 'ended', count: 0, problem: 'a session does not end' });
      it.now += msPerHour;
      it.look();
    }
    assert.equal(it.events().filter((id) => id === 10048).length, 1);
    assert.deepEqual(it.look(), { kind: 'wait', until: null });
  });

  it('pass over news that does not belong to them', () => {
    const it = watch();
    const inputs: PostAuthInput[] = [
      { kind: 'rotated', requestedAt: begin },
      { kind: 'notRotated', hresult: 1, retryAt: null },
      { kind: 'released', why: 'x' },
      { kind: 'confirmed', isSignedIn: true },
      { kind: 'warned', terminals: 1, anyone: true },
      { kind: 'ended', count: 1, problem: 'x' },
      { kind: 'restartOrdered' },
      { kind: 'restartSimulated' },
      { kind: 'restartFailed', hresult: 1 },
    ];
    for (const input of inputs) assert.deepEqual(it.tell(input), { kind: 'wait', until: null });
    assert.deepEqual(it.memory, nothingRemembered);
    assert.deepEqual(it.events(), []);
  });
});
