/** A hold in words: what is held, until when, what opens the account meanwhile, and how to end it. */
import assert from 'node:assert/strict';
import { type HoldFacts, holdWords } from '../../../agent/core/rotation/hold.ts';
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
