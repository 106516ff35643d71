/** How a rotation that a sign-in asked for is tried again when it fails. */
import assert from 'node:assert/strict';
import { backOffMs } from '../../../agent/core/postAuth/draft.ts';
import { maxRetries } from '../../../agent/core/postAuth/memory.ts';
import { msPerDay, msPerHour } from '../../../agent/core/time.ts';
import { due, minute } from '../../support/postAuthWatch.ts';

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
