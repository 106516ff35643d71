import assert from 'node:assert/strict';
import { createRateLimit } from '../../agent/tenant/rateLimit.ts';

const hour = 3_600_000;

describe('the rate limit', () => {
  it('says how long to wait, and lets go after that', () => {
    const limit = createRateLimit(2);
    assert.equal(limit.take('a', 0), undefined);
    assert.equal(limit.take('a', 1000), undefined);
    const wait = limit.take('a', 2000);
    assert.equal(wait, 3598);
    assert.equal(limit.take('a', 2000 + (wait ?? 0) * 1000 + 1), undefined);
  });

  it('does not lock a device out when the clock was set back', () => {
    const limit = createRateLimit(1);
    limit.take('a', 10 * hour);
    assert.equal(limit.take('a', hour), undefined);
  });

  it('counts each device for itself, and is off at 0', () => {
    const limit = createRateLimit(1);
    limit.take('a', 0);
    assert.equal(limit.take('b', 0), undefined);
    const off = createRateLimit(0);
    for (let n = 0; n < 5; n += 1) assert.equal(off.take('a', 0), undefined);
  });
});
