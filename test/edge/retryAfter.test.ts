import assert from 'node:assert/strict';
import { retryAtOf } from '../../agent/edge/retryAfter.ts';

const now = Date.UTC(2026, 0, 5, 10, 20, 30);
const day = 86_400_000;

describe('retryAtOf', () => {
  const rows: ReadonlyArray<readonly [header: string | undefined, afterMs: number | undefined]> = [
    [undefined, undefined],
    ['', undefined],
    ['   ', undefined],
    ['0', undefined],
    ['120', 120_000],
    [' 7 ', 7000],
    ['315360000', day],
    ['99999999999999999999999999', day],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2026', day > 2_026_000 ? 2_026_000 : undefined],
    ['2026-01-05', undefined],
    ['Mon, 05 Jan 2026 10:21:30 GMT', 60_000],
    ['Mon, 05 Jan 2026 10:19:30 GMT', undefined],
    ['Mon, 05 Jan 2026 10:20:30 GMT', undefined],
    ['Monday, 05-Jan-26 10:21:30 GMT', 60_000],
    ['Sat, 05 Jan 2036 10:20:30 GMT', day],
    ['Mon, 99 Foo 2026 10:21:30 GMT', undefined],
  ];
  for (const [header, afterMs] of rows)
    it(`reads ${JSON.stringify(header)} as ${afterMs === undefined ? 'nothing' : `${afterMs} ms`}`, () => {
      assert.equal(
        retryAtOf(header === undefined ? {} : { 'retry-after': header }, now),
        afterMs === undefined ? undefined : now + afterMs,
      );
    });

  it("measures a date from the server's own Date, whatever this machine's clock says", () => {
    const retryAfter = 'Mon, 05 Jan 2026 10:21:30 GMT';
    const date = 'Mon, 05 Jan 2026 10:20:30 GMT';
    for (const ours of [now, now - 3_600_000, now + 3_600_000, 0])
      assert.equal(retryAtOf({ 'retry-after': retryAfter, date }, ours), ours + 60_000);
    assert.equal(retryAtOf({ 'retry-after': retryAfter, date: 'garbage' }, now), now + 60_000);
    assert.equal(retryAtOf({ 'retry-after': '60', date: 'Sat, 05 Jan 2036 10:20:30 GMT' }, now), now + 60_000);
  });
});
