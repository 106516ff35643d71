import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { LapsError } from '../../../agent/core/errors.ts';
import type { Cause, JournalRecord } from '../../../agent/core/rotation/journal.ts';
import {
  maxCauses,
  maxFailureMessage,
  maxJournalTextBytes,
  parseJournal,
  printJournal,
} from '../../../agent/core/rotation/journalCodec.ts';
import { samplePending, sampleRecords } from '../../support/journalRecords.ts';

const fixtures = new URL('../../../fixtures/journals/', import.meta.url);
const namesIn = (folder: string) => readdirSync(new URL(`${folder}/`, fixtures)).sort();
/** Editors end a file with a line break; the text under test has none. */
const textOf = (folder: string, name: string) =>
  readFileSync(new URL(`${folder}/${name}`, fixtures), 'utf8').replace(/\n$/, '');

function reread(record: JournalRecord): JournalRecord {
  const parsed = parseJournal(printJournal(record));
  assert.ok(parsed.kind === 'record');
  return parsed.record;
}

describe('the journal codec', () => {
  for (const name of namesIn('err')) {
    it(`refuses ${name} and does not quote it`, () => {
      const text = textOf('err', name);
      const parsed = parseJournal(text);
      assert.equal(parsed.kind, 'invalid');
      assert.ok(parsed.kind === 'invalid' && !parsed.problem.includes('STRAY'), 'the problem names no foreign text');
    });
  }

  for (const name of namesIn('ok')) {
    it(`reads ${name} and prints it again byte for byte`, () => {
      const parsed = parseJournal(textOf('ok', name));
      assert.ok(parsed.kind === 'record', JSON.stringify(parsed));
      assert.equal(printJournal(parsed.record), textOf('ok', name));
    });
  }

  for (const [state, record] of Object.entries(sampleRecords)) {
    it(`reads back what it printed of ${state}`, () => {
      assert.deepEqual(reread(record), record);
    });

    it(`refuses ${state} cut at every byte`, () => {
      const text = printJournal(record);
      for (let length = 0; length < text.length; length += 1) {
        assert.equal(parseJournal(text.slice(0, length)).kind, 'invalid', `cut at ${length}`);
      }
    });

    it(`never throws and never reads another record out of ${state} with one character flipped to nonsense`, () => {
      const text = printJournal(record);
      for (let index = 0; index < text.length; index += 1) {
        const flipped = `${text.slice(0, index)}\u0001${text.slice(index + 1)}`;
        assert.equal(parseJournal(flipped).kind, 'invalid', `at ${index}`);
      }
    });
  }

  it('refuses a state without its facts, and facts without their state', () => {
    const { idle, prepared, escrowed, applied } = sampleRecords;
    const unlawful: JournalRecord[] = [
      { ...idle, pending: samplePending },
      { ...prepared, pending: null },
      { ...prepared, pending: escrowed.pending },
      { ...escrowed, pending: prepared.pending },
      { ...escrowed, pending: applied.pending },
      { ...applied, pending: escrowed.pending },
      { ...prepared, pending: { ...samplePending, body: { ...samplePending.body, AccountSid: 'S-1-5-21-1-2-3-500' } } },
    ];
    for (const record of unlawful) {
      assert.equal(parseJournal(JSON.stringify(record)).kind, 'invalid');
      assert.throws(() => printJournal(record), { code: 'ERR_LAPS_INTERNAL' });
    }
  });

  it('refuses to print numbers that no file could give back', () => {
    for (const above of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => printJournal({ ...sampleRecords.prepared, above }), LapsError);
    }
  });

  it('leaves a version from the future to the future', () => {
    assert.deepEqual(parseJournal('{"version":2,"anything":[]}'), { kind: 'newer', version: 2 });
    assert.equal(parseJournal('{"version":0}').kind, 'invalid');
    assert.equal(parseJournal('{"version":1.5}').kind, 'invalid');
    assert.equal(parseJournal('{"version":"2"}').kind, 'invalid');
  });

  it('cuts a failure message that is too long and keeps it free of control characters', () => {
    const lastFailure = {
      code: 'ERR_LAPS_TENANT_REFUSED',
      message: `a\u001b[31m\n${'\u{1f511}'.repeat(500)}\ud800`,
      hresult: 1,
      at: 0,
    } as const;
    const { message } = reread({ ...sampleRecords.prepared, lastFailure }).lastFailure ?? { message: '' };
    assert.equal([...message].length, maxFailureMessage);
    assert.match(message, /^a \[31m \u{1f511}+$/u);
  });

  it('keeps the first and the last cause of each kind when there are too many', () => {
    const causes: Cause[] = Array.from({ length: 500 }, (_, at) => ({
      kind: at % 5 === 2 ? 'administrator' : 'background',
      at,
    }));
    const kept = reread({ ...sampleRecords.prepared, pending: { ...samplePending, causes } }).pending?.causes ?? [];
    assert.ok(kept.length <= maxCauses);
    assert.deepEqual(
      kept.map((cause) => cause.at),
      [0, 2, 497, 499],
    );
  });

  it('fits the largest lawful record into its bound', () => {
    const name = '\u{10ffff}'.repeat(64);
    const huge: JournalRecord = {
      ...sampleRecords.applied,
      pending: {
        ...samplePending,
        ...sampleRecords.applied.pending,
        account: { ...samplePending.account, name },
        body: { ...samplePending.body, AccountName: name },
        sealed: { ...samplePending.sealed, data: 'A'.repeat(512) },
        causes: Array.from({ length: maxCauses }, () => ({ kind: 'administrator' as const, at: -8.64e15 })),
      },
      above: 1_000_000_000,
      attempts: 1_000_000_000,
      heldSince: -8.64e15,
      notBefore: -8.64e15,
      lastFailure: {
        code: 'ERR_LAPS_NO_ACCEPTABLE_PASSWORD',
        message: '\u{10ffff}'.repeat(240),
        hresult: 0xffffffff,
        at: 1,
      },
    };
    assert.ok(Buffer.byteLength(printJournal(huge)) <= maxJournalTextBytes);
  });
});
