/**
 * The transition function, step by step: what is written and what is done next (rotation.md 3).
 *
 * That all of it together keeps its promises is the explorer's matter; here stands what each row of the table says.
 */
import assert from 'node:assert/strict';
import { type Failure, idleRecord, type JournalRecord } from '../../../agent/core/rotation/journal.ts';
import {
  advance,
  type Context,
  holdEndsAt,
  holdMs,
  type Input,
  patienceMs,
  patientUntil,
} from '../../../agent/core/rotation/transition.ts';
import { samplePending, sampleRecords } from '../../support/journalRecords.ts';

const now = 1_795_500_000_000;
const context: Context = { now, identity: samplePending.identity, budget: 2, acceptRisk: false, redraw: false };
const { prepared, escrowed, applied } = sampleRecords;
const failure: Failure = { code: 'ERR_LAPS_TENANT_REFUSED', message: 'no', hresult: 0x80070190, at: now };
const resume: Input = { kind: 'resume', account: 'present' };
const inDoubt = (above: number, changes: Partial<JournalRecord> = {}): JournalRecord => ({
  ...prepared,
  above,
  ...changes,
});
const before = samplePending.before;

describe('from idle', () => {
  it('a drawn secret is counted before it is sent', () => {
    const step = advance(idleRecord, { kind: 'drawn', pending: samplePending, above: 0, granted: false }, context);
    assert.equal(step.record.state, 'prepared');
    assert.equal(step.record.above, 1);
    assert.equal(step.record.pending?.posts, 1);
    assert.deepEqual(step.effect, { kind: 'post', fresh: false });
  });

  it('there is nothing to take up again', () => {
    assert.deepEqual(advance(idleRecord, resume, context).effect, { kind: 'stop', why: 'idle' });
  });

  it('a draw is asked for within the budget, and not before the tenant may be asked again', () => {
    const draw = advance({ ...idleRecord, above: 1, heldSince: now - 1 }, { kind: 'wantDraw' }, context);
    assert.deepEqual(draw.effect, { kind: 'draw', above: 1, granted: false });
    const throttled = advance({ ...idleRecord, notBefore: now + 1 }, { kind: 'wantDraw' }, context);
    assert.deepEqual(throttled.effect, { kind: 'stop', why: 'throttled' });
    assert.throws(() => advance(prepared, { kind: 'wantDraw' }, context));
  });

  it('what was given up with its account keeps its count: a third draw waits like a third send', () => {
    const resting: JournalRecord = { ...idleRecord, above: 2 };
    const held = advance(resting, { kind: 'wantDraw' }, context);
    assert.deepEqual([held.effect, held.notes], [{ kind: 'stop', why: 'hold' }, ['holdEntered']]);
    assert.deepEqual([held.record.state, held.record.above, held.record.heldSince], ['idle', 2, now]);
    for (const how of [
      { ...context, now: now + holdMs },
      { ...context, acceptRisk: true },
    ]) {
      const allowed = advance(held.record, { kind: 'wantDraw' }, how);
      assert.deepEqual([allowed.effect, allowed.notes], [{ kind: 'draw', above: 2, granted: true }, ['holdLeft']]);
      const drawn: Input = { kind: 'drawn', pending: samplePending, above: 2, granted: true };
      assert.deepEqual(advance(allowed.record, drawn, how).effect, { kind: 'post', fresh: true });
    }
  });

  it('what was drawn beyond the budget without a grant is refused', () => {
    const drawn: Input = { kind: 'drawn', pending: samplePending, above: 2, granted: false };
    assert.throws(() => advance({ ...idleRecord, above: 2 }, drawn, context), /beyond the budget/);
  });
});

describe('from prepared', () => {
  it('the same secret is sent again, counted first', () => {
    const step = advance(inDoubt(1), resume, context);
    assert.equal(step.record.above, 2);
    assert.equal(step.record.pending?.posts, 2);
    assert.equal(step.record.pending?.sealed, samplePending.sealed);
    assert.deepEqual(step.effect, { kind: 'post', fresh: false });
  });

  it('nothing is sent beyond the budget: hold, told when it begins and not again', () => {
    const first = advance(inDoubt(2), resume, context);
    assert.deepEqual(first.effect, { kind: 'stop', why: 'hold' });
    assert.deepEqual(first.notes, ['holdEntered']);
    assert.equal(first.record.heldSince, now);
    assert.equal(holdEndsAt(first.record), now + holdMs);
    const second = advance(first.record, resume, { ...context, now: now + holdMs - 1 });
    assert.deepEqual(second.effect, { kind: 'stop', why: 'hold' });
    assert.deepEqual(second.notes, []);
    assert.equal(second.record.heldSince, now);
  });

  it('a hold ends after a day, or by a word, for one post over a fresh connection', () => {
    const held = inDoubt(2, { heldSince: now });
    for (const how of [
      { ...context, now: now + holdMs },
      { ...context, acceptRisk: true },
    ]) {
      const step = advance(held, resume, how);
      assert.deepEqual(step.effect, { kind: 'post', fresh: true });
      assert.deepEqual(step.notes, ['holdLeft']);
      assert.equal(step.record.above, 3);
      assert.equal(step.record.heldSince, how.now);
    }
  });

  it('a hold dated in the future begins now', () => {
    const step = advance(inDoubt(2, { heldSince: now + 9 * holdMs }), resume, context);
    assert.equal(step.record.heldSince, now);
    assert.deepEqual(step.effect, { kind: 'stop', why: 'hold' });
  });

  it('a hold that stops a redraw tells nothing that did not come about', () => {
    const step = advance(inDoubt(2), resume, { ...context, redraw: true });
    assert.deepEqual(step.notes, ['holdEntered']);
  });

  it('the patience a tenant asked for comes before everything but the identity', () => {
    const throttled = inDoubt(2, { notBefore: now + 1 });
    assert.deepEqual(advance(throttled, resume, { ...context, acceptRisk: true }).effect, {
      kind: 'stop',
      why: 'throttled',
    });
    const other = { ...context, identity: { ...context.identity, deviceId: 'x' } };
    assert.deepEqual(advance(throttled, resume, other).effect, { kind: 'forgetState', of: 'device' });
  });

  for (const kind of ['refused', 'notSent'] as const) {
    it(`${kind} undoes this send only; idle when nothing else is in doubt`, () => {
      const alone = advance(inDoubt(1), { kind, failure, retryAt: null }, context);
      assert.equal(alone.record.state, 'idle');
      assert.equal(alone.record.above, 0);
      assert.equal(alone.record.lastFailure, failure);
      const more = advance(inDoubt(2), { kind, failure, retryAt: now + 5 }, context);
      assert.equal(more.record.state, 'prepared');
      assert.equal(more.record.above, 1);
      assert.equal(more.record.notBefore, now + 5);
      assert.equal(more.record.attempts, prepared.attempts + 1);
    });
  }

  it('unclear keeps the count', () => {
    const step = advance(inDoubt(2), { kind: 'unclear', failure, retryAt: null }, context);
    assert.equal(step.record.above, 2);
    assert.equal(step.record.state, 'prepared');
    assert.deepEqual(step.effect, { kind: 'stop', why: 'unclear' });
  });

  it('unclear keeps the count also where patience was asked for, and the moment with it', () => {
    const step = advance(inDoubt(1), { kind: 'unclear', failure, retryAt: now + 5 }, context);
    assert.deepEqual([step.record.above, step.record.state, step.record.notBefore], [1, 'prepared', now + 5]);
    const { effect, record } = advance(step.record, { kind: 'resume', account: 'present' }, context);
    assert.deepEqual([effect, record.above], [{ kind: 'stop', why: 'throttled' }, 1]);
  });

  it('stored notes the instant of the yes, and looks at the account before it is set', () => {
    const step = advance(inDoubt(1, { notBefore: now - 1, heldSince: now - 1 }), { kind: 'stored' }, context);
    assert.equal(step.record.state, 'escrowed');
    assert.equal(step.record.pending?.acceptedAt, now);
    assert.equal(step.record.notBefore, null);
    assert.equal(step.record.heldSince, null);
    assert.deepEqual(step.effect, { kind: 'probe' });
  });

  it('a lost key gives the send back; with something in doubt another secret takes its place', () => {
    assert.deepEqual(advance(inDoubt(1), { kind: 'postLost' }, context).effect, { kind: 'stop', why: 'abandoned' });
    const step = advance(inDoubt(2), { kind: 'postLost' }, context);
    assert.deepEqual(step.effect, { kind: 'draw', above: 1, granted: false });
  });

  it('an account that is gone, or another identity, ends it by name', () => {
    const gone = advance(prepared, { kind: 'resume', account: 'missing' }, context);
    assert.deepEqual([gone.effect, gone.notes], [{ kind: 'forgetState', of: 'account' }, ['accountGone']]);
    const elsewhere = advance(prepared, { kind: 'resume', account: 'elsewhere' }, context);
    assert.deepEqual([elsewhere.effect, elsewhere.notes], [{ kind: 'stop', why: 'abandoned' }, ['accountElsewhere']]);
    assert.deepEqual([elsewhere.record.state, elsewhere.record.above], ['idle', prepared.above]);
    for (const member of ['tenantId', 'deviceId', 'machineId'] as const) {
      const step = advance(prepared, resume, { ...context, identity: { ...context.identity, [member]: 'x' } });
      assert.deepEqual([step.effect.kind, step.notes], ['forgetState', ['identityChanged']]);
    }
  });

  it('what is in doubt is forgotten with the identity it was sent for, not with the account', () => {
    const held = inDoubt(2, { heldSince: now });
    const gone = advance(held, { kind: 'forgotten' }, context).record;
    assert.deepEqual([gone.state, gone.pending, gone.above, gone.heldSince], ['idle', null, 2, now]);
    const other = { ...context, identity: { ...context.identity, deviceId: 'x' } };
    const rejoined = advance(held, { kind: 'forgotten' }, other).record;
    assert.deepEqual([rejoined.state, rejoined.above, rejoined.heldSince], ['idle', 0, null]);
  });
});

describe('from escrowed', () => {
  it('an untouched account is set', () => {
    assert.deepEqual(advance(escrowed, resume, context).effect, { kind: 'probe' });
    const step = advance(
      escrowed,
      { kind: 'probed', opens: false, mark: before, locked: false, otherManaged: false },
      context,
    );
    assert.deepEqual(step.effect, { kind: 'set' });
  });

  it('an account that opens already is applied', () => {
    const step = advance(
      escrowed,
      { kind: 'probed', opens: true, mark: 'changed', locked: false, otherManaged: false },
      context,
    );
    assert.equal(step.record.state, 'applied');
    assert.equal(step.record.pending?.after, 'changed');
    assert.deepEqual(step.effect, { kind: 'saveState' });
  });

  it('a proof about a field that never changed is not believed', () => {
    assert.deepEqual(
      advance(escrowed, { kind: 'probed', opens: true, mark: before, locked: false, otherManaged: false }, context)
        .effect,
      {
        kind: 'set',
      },
    );
  });

  it('a foreign change leads to one more post, and voids what was in doubt', () => {
    const step = advance(
      { ...escrowed, above: 2 },
      { kind: 'probed', opens: false, mark: 'foreign', locked: false, otherManaged: false },
      context,
    );
    assert.deepEqual(step.notes, ['foreignChange']);
    assert.equal(step.record.state, 'prepared');
    assert.equal(step.record.above, 1);
    assert.equal(step.record.pending?.before, 'foreign');
    assert.equal(step.record.pending?.acceptedAt, null);
  });

  it('while another account is managed, what is in doubt is about its password, and a foreign change voids nothing', () => {
    for (const opens of [false, 'lost'] as const) {
      const input: Input = { kind: 'probed', opens, mark: 'foreign', locked: false, otherManaged: true };
      assert.deepEqual(advance({ ...escrowed, above: 2 }, input, context).effect, { kind: 'stop', why: 'hold' });
    }
  });

  it('an account that refuses, or does not open, keeps the secret for the next cycle', () => {
    for (const kind of ['accountRefused', 'unverified'] as const) {
      const step = advance(escrowed, { kind, failure }, context);
      assert.equal(step.record.state, 'escrowed');
      assert.equal(step.record.pending, escrowed.pending);
      assert.deepEqual(step.effect, { kind: 'stop', why: kind });
    }
  });

  it('a person may ask for another secret, within the budget', () => {
    const redraw = { ...context, redraw: true };
    const input: Input = { kind: 'probed', opens: false, mark: before, locked: false, otherManaged: false };
    const granted = advance({ ...escrowed, above: 1 }, input, redraw);
    assert.deepEqual([granted.effect, granted.notes], [{ kind: 'draw', above: 1, granted: false }, ['redrawn']]);
    assert.deepEqual(advance({ ...escrowed, above: 2 }, input, redraw).effect, { kind: 'stop', why: 'hold' });
  });
});

describe('from applied', () => {
  it('it is looked at again: a power cut may have undone the set', () => {
    assert.deepEqual(advance(applied, resume, context).effect, { kind: 'probe' });
    const undone = advance(
      applied,
      { kind: 'probed', opens: false, mark: before, locked: false, otherManaged: false },
      context,
    );
    assert.deepEqual([undone.record.state, undone.effect.kind], ['escrowed', 'set']);
    assert.equal(undone.record.pending?.after, null);
  });

  it('a lost key does not matter where nothing changed since', () => {
    const mark = applied.pending?.after ?? '';
    const step = advance(applied, { kind: 'probed', opens: 'lost', mark, locked: false, otherManaged: false }, context);
    assert.deepEqual([step.effect.kind, step.notes], ['saveState', []]);
  });

  it('a lost key and a changed account need another secret', () => {
    const step = advance(
      { ...applied, above: 2 },
      { kind: 'probed', opens: 'lost', mark: 'foreign', locked: false, otherManaged: false },
      context,
    );
    assert.deepEqual(step.effect, { kind: 'draw', above: 0, granted: false });
  });

  it('saved is the end, with nothing left', () => {
    assert.deepEqual(advance(applied, { kind: 'saved' }, context).record, idleRecord);
  });
});

describe('patience', () => {
  it('is a day from now at most: a later instant can only come from a clock that was moved', () => {
    const until = (notBefore: number | null) => patientUntil({ ...idleRecord, notBefore }, now);
    const latest = now + patienceMs;
    assert.deepEqual([null, now, now + 1, latest, latest + 1, latest * 9].map(until), [
      null,
      null,
      now + 1,
      latest,
      latest,
      latest,
    ]);
  });

  it('is written down again when it was longer, so that it comes to an end', () => {
    const far = { notBefore: now + 365 * patienceMs };
    for (const [record, input] of [
      [inDoubt(1, far), resume],
      [{ ...idleRecord, ...far }, { kind: 'wantDraw' }],
    ] as const) {
      const step = advance(record, input, context);
      assert.deepEqual([step.effect, step.record.notBefore], [{ kind: 'stop', why: 'throttled' }, now + patienceMs]);
      assert.equal(advance(step.record, input, { ...context, now: now + 1 }).record, step.record);
      assert.notEqual(advance(step.record, input, { ...context, now: now + patienceMs }).effect.kind, 'stop');
    }
  });
});

describe('an input that cannot belong to the record', () => {
  it('is a defect of the caller', () => {
    for (const input of [
      { kind: 'stored' },
      { kind: 'refused', failure, retryAt: null },
      { kind: 'proven', mark: before },
      { kind: 'probed', opens: true, mark: before, locked: false, otherManaged: false },
    ] as const)
      assert.throws(() => advance(idleRecord, input, context));
  });
});
