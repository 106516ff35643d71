import assert from 'node:assert/strict';
import sinon from 'sinon';
import { sleep, systemClock } from '../../agent/edge/clock.ts';

describe('the clock', () => {
  afterEach(() => sinon.restore());

  it('gives epoch milliseconds and a monotonic count that never goes back', () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 5000);
    const first = systemClock.monotonicMs();
    assert.ok(systemClock.monotonicMs() >= first);
  });

  it('waits longer than one timer can', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    let ended: boolean | undefined;
    const waiting = sleep(2 ** 33).then((whole) => {
      ended = whole;
    });
    await clock.tickAsync(2 ** 33 - 1);
    assert.equal(ended, undefined);
    await clock.tickAsync(1);
    await waiting;
    assert.equal(ended, true);
  });

  it('ends a wait that is called off, before it began or within it, and leaves no timer behind', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const control = new AbortController();
    const waiting = sleep(1000, control.signal);
    control.abort();
    assert.equal(await waiting, false);
    assert.equal(await sleep(1000, control.signal), false);
    assert.equal(await sleep(0, control.signal), false);
    assert.equal(clock.countTimers(), 0);
  });
});
