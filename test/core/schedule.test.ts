import assert from 'node:assert/strict';
import { jitterMsOf, maxJitterMs } from '../../agent/core/schedule.ts';

describe('the jitter', () => {
  it('is the same for one device each time', () => {
    assert.equal(
      jitterMsOf('b465e4e8-e4e8-b465-e8e4-65b4e8e465b4'),
      jitterMsOf('b465e4e8-e4e8-b465-e8e4-65b4e8e465b4'),
    );
  });

  it('spreads devices evenly, also those whose ids differ in one character', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let device = 0; device < 10_000; device += 1) {
      const jitter = jitterMsOf(`00000000-0000-4000-8000-${device.toString(16).padStart(12, '0')}`);
      assert.ok(Number.isInteger(jitter) && jitter >= 0 && jitter < maxJitterMs);
      const tenth = Math.floor((jitter / maxJitterMs) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) assert.ok(count > 800 && count < 1200, String(tenths));
  });

  it('is none where none may be', () => {
    assert.equal(jitterMsOf('any', 0), 0);
  });
});
