/** When a sign-in leads to a new password: the records, the deadline and what moves it. */
import assert from 'node:assert/strict';
import { whereToRead } from '../../../agent/core/postAuth/advance.ts';
import { maxRetries, nothingRemembered } from '../../../agent/core/postAuth/memory.ts';
import { msPerDay, msPerHour } from '../../../agent/core/time.ts';
import { begin, due, managed, minute, nothingNew, on, watch } from '../../support/postAuthWatch.ts';

describe('a sign-in', () => {
  it('sets the deadline by the hours of the policy (10041)', () => {
    const it = watch(11, 24);
    const effect = it.look(begin - minute);
    assert.deepEqual(effect, { kind: 'wait', until: begin - minute + 24 * msPerHour });
    assert.deepEqual(it.notes(), [
      { id: 10041, fields: { AccountName: 'lapsadmin', Rid: 1001, Deadline: begin - minute + 24 * msPerHour } },
    ]);
    assert.equal(it.memory.armed?.actions, 11);
    assert.deepEqual(it.memory.watch, { kind: 'on', sid: managed.sid, cursor: 'c', lookedAt: begin });
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

  it('that is found now counts from the last look at the earliest, whatever time its record gives', () => {
    const it = watch(3, 1);
    it.tell({ kind: 'looked', signIns: [], cursor: 'c' });
    it.events();
    it.now += 10 * minute;
    assert.deepEqual(it.hear(false, begin - 20 * msPerDay), { kind: 'wait', until: begin + msPerHour });
    assert.deepEqual(it.events(), [10041]);
  });

  it('counts from when the password was set at the earliest: lines of any age bring one new password a deadline', () => {
    const it = watch(1, 1);
    it.tell({ kind: 'looked', signIns: [], cursor: 'c' });
    let rotations = 0;
    for (let minutes = 0; minutes < 300; minutes += 1) {
      it.now = begin + minutes * minute;
      if (it.hear(false, begin - minutes * msPerDay, it.now - msPerDay).kind !== 'rotate') continue;
      rotations += 1;
      it.account = { ...managed, rotationId: `rotation ${rotations}`, setAt: it.now };
      it.met();
    }
    assert.equal(rotations, 4, 'five hours, and the first deadline an hour after the first line');
  });

  it('of a record that the clock, set back since, has dated before the password is not passed over', () => {
    const it = watch(3, 1);
    it.tell({ kind: 'looked', signIns: [], cursor: 'c' });
    it.account = { ...managed, setAt: begin + msPerHour };
    it.look(begin - msPerHour);
    assert.equal(it.memory.armed?.authenticatedAt, begin);
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
    assert.deepEqual(it.memory.watch, { kind: 'on', sid: managed.sid, cursor: 'c', lookedAt: begin });
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
