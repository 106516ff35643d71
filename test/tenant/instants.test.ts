import assert from 'node:assert/strict';
import { addDays, spacedSecondOf, stampAfter, stampOf } from '../../agent/tenant/instants.ts';

const at = Date.parse('2026-01-05T10:20:30.123Z');

describe('instants', () => {
  it('strictly increase within one tick and while the clock is corrected by little', () => {
    let previous = stampAfter(at, undefined);
    for (const now of [at, at, at - 1, at - 60_000, at - 299_000, at]) {
      const next = stampAfter(now, previous);
      assert.ok(next > previous, `${next} after ${previous}`);
      previous = next;
    }
    assert.equal(previous, '2026-01-05T10:20:30.1230006Z');
    assert.equal(stampAfter(at + 1, previous), '2026-01-05T10:20:30.1240000Z');
  });

  it('are of the clock that is there now where one that was wrong was set right', () => {
    const ahead = stampAfter(at + 3e11, undefined);
    assert.equal(stampAfter(at, ahead), stampOf(at));
    assert.equal(stampAfter(at - 300_001, stampOf(at)), stampOf(at - 300_001));
  });

  it('carry over the end of a second', () => {
    assert.equal(stampAfter(at, '2026-01-05T10:20:30.9999999Z'), '2026-01-05T10:20:31.0000000Z');
  });

  it('add days to the tick, over a leap day', () => {
    assert.equal(addDays('2028-02-28T23:59:59.0000001Z', 2), '2028-03-01T23:59:59.0000001Z');
  });

  it('have seven fractional digits, or none and a space', () => {
    assert.equal(stampOf(at), '2026-01-05T10:20:30.1230000Z');
    assert.equal(spacedSecondOf(at), '2026-01-05 10:20:30Z');
  });
});
