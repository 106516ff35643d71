import assert from 'node:assert/strict';
import { deathSign, longestCycleMs, longestDelayMs } from '../../../agent/core/hosting/liveness.ts';

describe('a daemon', () => {
  it('is alive while it waits, and while a cycle takes no longer than one can', () => {
    assert.equal(deathSign({ cycleForMs: null, lateByMs: -3_600_000 }), undefined);
    assert.equal(deathSign({ cycleForMs: null, lateByMs: longestDelayMs }), undefined);
    assert.equal(deathSign({ cycleForMs: longestCycleMs, lateByMs: 0 }), undefined);
  });

  it('is stuck when a cycle does not end, or one that is due does not begin', () => {
    assert.match(deathSign({ cycleForMs: longestCycleMs + 60_000, lateByMs: 0 }) ?? '', /under way for 16 minutes/);
    assert.match(deathSign({ cycleForMs: null, lateByMs: longestDelayMs + 60_000 }) ?? '', /due for 11 minutes/);
  });

  it('is not called stuck for a late cycle while another is under way', () => {
    assert.equal(deathSign({ cycleForMs: 1000, lateByMs: longestDelayMs * 2 }), undefined);
  });
});
