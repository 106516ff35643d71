/** Instants as text, and back. */
import assert from 'node:assert/strict';
import { filetimeOf, instantOfFiletime, instantOfIso, isoOf } from '../../agent/core/time.ts';

describe('an instant', () => {
  it('is ISO text in UTC, or nothing where no calendar holds it', () => {
    assert.equal(isoOf(0), '1970-01-01T00:00:00.000Z');
    for (const none of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, -8.64e15 - 1])
      assert.equal(isoOf(none), null);
    assert.notEqual(isoOf(8.64e15), null);
  });

  it('comes back from ISO text, with seven fractional digits as well', () => {
    assert.equal(instantOfIso('2026-01-05T10:20:30.1234567Z'), Date.UTC(2026, 0, 5, 10, 20, 30, 123));
    for (const none of ['', 'soon', '2026-13-01T00:00:00Z']) assert.equal(instantOfIso(none), undefined);
  });

  it('is a FILETIME as spec 10 shows one', () => {
    // The sample of spec 10, to the millisecond.
    const at = Date.UTC(2025, 5, 30, 14, 19, 4, 597);
    assert.equal(BigInt(filetimeOf(at)) / 10_000n, 0x1dbe9c9ef0e962fn / 10_000n);
  });

  it('comes back from its FILETIME, for every date a clock may show', () => {
    for (const at of [0, 1, -1, Date.UTC(1601, 0, 1), Date.UTC(2026, 10, 23), Date.UTC(9999, 11, 31)])
      assert.equal(instantOfFiletime(filetimeOf(at)), at);
    for (const none of ['', '-1', '1.5', '0x1', ' 1', '1'.repeat(21)]) assert.equal(instantOfFiletime(none), undefined);
  });
});
