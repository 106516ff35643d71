/** What is done to sessions, processes and the machine once the password is new. */
import assert from 'node:assert/strict';
import { graceMs, maxRetries, nothingRemembered, restartPatienceMs } from '../../../agent/core/postAuth/memory.ts';
import type { PostAuthInput } from '../../../agent/core/postAuth/step.ts';
import { msPerDay, msPerHour } from '../../../agent/core/time.ts';
import { begin, due, minute, watch } from '../../support/postAuthWatch.ts';

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
    assert.deepEqual(it.tell({ kind: 'warned', terminals: 2, anyone: true, anything: true }), {
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
    it.tell({ kind: 'warned', terminals: 1, anyone: true, anything: true });
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
      it.tell({ kind: 'warned', terminals: 0, anyone: false, anything: false });
      const next = it.tell({ kind: 'ended', count: 0, problem: 'root stays', forGood: true });
      assert.equal(next.kind, after);
      assert.deepEqual(it.events(), [50044]);
    }
  });

  it('wait for nobody when nobody is there', () => {
    const it = due(11);
    it.met();
    assert.equal(it.tell({ kind: 'warned', terminals: 0, anyone: false, anything: false }).kind, 'endSessions');
    assert.equal(it.tell({ kind: 'ended', count: 0, problem: null }).kind, 'endProcesses');
    it.tell({ kind: 'ended', count: 0, problem: null });
    assert.deepEqual(it.events(), [10044]);
  });

  it('wait the two minutes for whatever is to be ended: with 11 for a process without a terminal, with 3 not', () => {
    const all = due(11);
    all.met();
    const wait = { kind: 'wait', until: all.now + graceMs };
    assert.deepEqual(all.tell({ kind: 'warned', terminals: 0, anyone: false, anything: true }), wait);
    assert.deepEqual(all.events(), [50041]);
    const sessions = due(3);
    sessions.met();
    const effect = sessions.tell({ kind: 'warned', terminals: 0, anyone: false, anything: true });
    assert.equal(effect.kind, 'endSessions');
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
    it.tell({ kind: 'warned', terminals: 0, anyone: false, anything: false });
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
    it.tell({ kind: 'warned', terminals: 1, anyone: true, anything: true });
    it.now += graceMs + msPerHour;
    assert.equal(it.look().kind, 'endSessions');
    assert.equal(it.look().kind, 'endSessions');
    it.tell({ kind: 'ended', count: 1, problem: null });
    assert.equal(it.look().kind, 'endProcesses');
  });

  it('are all done by a restart in between, whoever asked for it', () => {
    for (const inputs of [
      [],
      [{ kind: 'warned', terminals: 1, anyone: true, anything: true }],
      [
        { kind: 'warned', terminals: 0, anyone: false, anything: false },
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
    it.tell({ kind: 'warned', terminals: 1, anyone: true, anything: true });
    it.now -= 365 * msPerDay;
    assert.deepEqual(it.look(), { kind: 'wait', until: it.now + graceMs });
    it.now += graceMs;
    assert.equal(it.look().kind, 'endSessions');
  });

  it('of which more than a hundred attempts fail are given up until the next boot', () => {
    const it = due(3);
    it.met();
    it.tell({ kind: 'warned', terminals: 0, anyone: false, anything: false });
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
      { kind: 'warned', terminals: 1, anyone: true, anything: true },
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
