import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cycleRequestsMs, jitterMsOf, lateLook, leastBackupMs, maxJitterMs } from '../../agent/core/schedule.ts';
import { msPerDay } from '../../agent/core/time.ts';
import { chiSquareChance } from '../support/chiSquare.ts';

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

  it('brings a thousand machines no closer together than chance would', () => {
    const bins = 50;
    const counts = new Array<number>(bins).fill(0);
    const delays = Array.from({ length: 1000 }, () => jitterMsOf(randomUUID()));
    for (const delay of delays) {
      const bin = Math.floor((delay / maxJitterMs) * bins);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const chance = chiSquareChance(counts, new Array<number>(bins).fill(1000 / bins));
    // Once in a million runs an honest spread looks this uneven.
    assert.ok(chance > 1e-6, `${chance}: ${counts}`);
    // The busiest second of the five minutes: a dozen where all at once would be a thousand.
    const seconds = new Map<number, number>();
    for (const delay of delays) {
      const second = Math.floor(delay / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    assert.ok(Math.max(...seconds.values()) < 25);
  });
});

describe('the time for the requests of one cycle', () => {
  it('lets whoever waits two minutes for a reset hear what came of it, with room for one backup', () => {
    assert.ok(cycleRequestsMs < 120_000);
    assert.ok(leastBackupMs < cycleRequestsMs);
  });
});

describe('a look after the password has expired', () => {
  const now = Date.UTC(2026, 10, 27);
  const late = (days: number, expiresInDays: number | undefined) =>
    lateLook({
      nextCycleAt: now + days * msPerDay,
      expiresAt: expiresInDays === undefined ? undefined : now + expiresInDays * msPerDay,
      now,
    });
  it('is told where it comes more than a day late, of a password that has expired already too', () => {
    assert.match(late(458, 30)?.message ?? '', /expires at 2026-12-27T.+next look is at 2028-02-28T/);
    assert.match(late(7, -3)?.message ?? '', /outlive its age/);
    for (const [days, expiry] of [
      [1, 0],
      [1, -30],
      [31, 30],
      [400, undefined],
    ] as const)
      assert.equal(late(days, expiry), undefined);
    assert.equal(lateLook({ nextCycleAt: null, expiresAt: now, now }), undefined);
  });
});
