/** A hold in words: what is held, until when, what opens the account meanwhile, and how to end it. */
import assert from 'node:assert/strict';
import { type HoldFacts, holdWords, unclearHint } from '../../../agent/core/rotation/hold.ts';
import { idleRecord } from '../../../agent/core/rotation/journal.ts';
import { msPerDay } from '../../../agent/core/time.ts';
import { samplePending } from '../../support/journalRecords.ts';

const now = Date.UTC(2026, 10, 23, 8);
const held: HoldFacts = {
  now,
  record: { ...idleRecord, state: 'prepared', pending: samplePending, above: 2, heldSince: now - 1 },
  isBeyond: false,
  accountName: 'other',
  mark: samplePending.before,
  managedSid: samplePending.account.sid,
};
const hint = (more: Partial<HoldFacts>): string => holdWords({ ...held, ...more }).hint;

describe('a hold in words', () => {
  it('is about the account of the open rotation, or else of the one that is to come', () => {
    assert.match(
      holdWords(held).message,
      /^on hold until 2026-11-24T07:59:59.999Z: 2 backups.*password of lapsadmin stays/,
    );
    const rested = { ...held, record: { ...idleRecord, above: 2, heldSince: now } };
    assert.match(holdWords(rested).message, /password of other stays/);
  });

  it('says what opens the account, as far as that is known', () => {
    assert.match(hint({}), /is in the tenant's history/);
    assert.match(hint({ mark: undefined }), /is in the tenant's history/);
    assert.match(hint({ isBeyond: true }), /may have left the tenant's history/);
    assert.match(hint({ mark: 'another' }), /something other than LAPS changed.*nothing is at risk/);
    // What is at risk is the password of the account that is managed so far.
    assert.match(hint({ mark: 'another', managedSid: 'S-1-5-21-1-2-3-1009' }), /is in the tenant's history/);
    // Its own secret may be what changed it.
    const record = { ...held.record, state: 'escrowed' as const };
    assert.match(hint({ mark: 'another', record }), /is in the tenant's history/);
  });

  it('is not said to end at once while the tenant wants to be left alone', () => {
    const record = { ...held.record, notBefore: now + 60_000 };
    const until = /after 2026-11-23T08:01:00\.000Z, for the tenant asked for patience, (run|with): laps/;
    for (const more of [{}, { mark: 'another' }, { record: { ...record, heldSince: now - msPerDay } }]) {
      assert.match(hint({ record, ...more }), until);
      assert.doesNotMatch(hint({ record, ...more }), /at once/);
      assert.match(hint({ ...more, now: now + 120_000 }), /at once/);
    }
  });

  it('says that the account refused, where what was sent was answered, and that the last is set by itself', () => {
    const message = 'the account lapsadmin did not take its new password: no';
    const lastFailure = { code: 'ERR_LAPS_ACCOUNT_REFUSED', message, hresult: 0x8007052d, at: now } as const;
    const escrowed = { ...held.record, state: 'escrowed', lastFailure } as const;
    const told = holdWords({ ...held, record: escrowed });
    assert.match(
      told.message,
      /^on hold until \S+: 2 backups were sent.*no other one.*before then; the account.*: no$/,
    );
    assert.match(
      told.hint,
      /tried again at each cycle; the password in use is in.*--redraw --accept-risk \(it may push/,
    );
    const over = holdWords({ ...held, record: escrowed, now: now + msPerDay });
    assert.match(over.message, /^the hold is over since \S+ \(2 backups.*\); the account.*: no$/);
    assert.match(over.hint, /for another one run: laps reset --redraw$/);
    // While a backup is still to be sent, what the account said to an earlier one is not why.
    assert.doesNotMatch(holdWords({ ...held, record: { ...escrowed, state: 'prepared' } }).message, /did not take/);
  });

  it('says how a person ends it, and that nobody need once its day is over', () => {
    for (const more of [{}, { isBeyond: true }, { mark: 'another' }])
      assert.match(hint(more), /laps reset --accept-risk/);
    const over = holdWords({ ...held, now: now + msPerDay });
    assert.match(
      over.message,
      /^the hold is over since 2026-11-24T07:59:59.999Z.*the next cycle sends one more for lapsadmin$/,
    );
    assert.match(over.hint, /laps process$/);
  });
});

describe('the hint after an answer that leaves a backup in doubt', () => {
  const said = (above: number, isThrottled = false): string => unclearHint({ above, budget: 2, isThrottled });

  it('promises another send only where the next cycle makes one', () => {
    assert.match(said(1), /^the next cycle sends the same password again.*run: laps process$/);
    assert.match(said(2), /^the next cycle sends nothing: a hold of a day begins.*stays as it is$/);
    assert.match(said(3), /^another hold of a day has begun.*may have left the tenant's history: laps recover/);
    for (const above of [1, 2, 3]) assert.doesNotMatch(said(above), /nothing is lost/);
  });

  it('sends nobody to a cycle that would end on the patience that was asked for', () => {
    assert.match(said(1, true), /^the next cycle after that moment sends the same password again/);
    assert.match(said(2, true), /^the next cycle after that moment sends nothing/);
    for (const above of [1, 2]) assert.doesNotMatch(said(above, true), /laps process/);
  });
});
