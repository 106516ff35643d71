/** The table of events, held to itself. */
import assert from 'node:assert/strict';
import { eventTable, type LapsEvent, sentenceOf, undeclaredFields } from '../../agent/core/events.ts';

const rows = Object.entries(eventTable);

describe('the table of events', () => {
  it('gives each event a name of its own', () => {
    assert.equal(new Set(rows.map(([, row]) => row.name)).size, rows.length);
  });

  for (const [id, row] of rows) {
    it(`${id} is Windows' number or one of ours`, () => {
      const number = Number(id);
      assert.ok((number >= 10000 && number < 20000) || (number >= 50000 && number < 60000));
    });

    it(`${id} names in its sentence only fields it has`, () => {
      const named = [...row.sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
      const declared = Object.keys(row.fields);
      assert.deepEqual(
        named.filter((name) => !declared.includes(name)),
        [],
      );
    });

    it(`${id} has no field that could carry a secret by its name`, () => {
      for (const name of Object.keys(row.fields)) assert.doesNotMatch(name, /^(Password|NewPassword|Secret|Key)$/i);
    });
  }
});

describe('an event', () => {
  const event: LapsEvent = { at: 0, id: 50005, fields: { Above: 2, Until: 0 } };

  it('shows instants as ISO text, numbers of Windows in hex', () => {
    assert.match(sentenceOf(event), /2 backups .*1970-01-01T00:00:00\.000Z/);
    assert.match(sentenceOf({ at: 0, id: 10005, fields: { HResult: 0x80070190 } }), /0x80070190/);
    const nobody = sentenceOf({ at: 0, id: 50030, fields: { AccountName: '', Problem: 'it is root' } });
    assert.match(nobody, /^\(not set\) is/, 'an empty text leaves no hole');
    assert.match(sentenceOf({ at: 0, id: 10020, fields: { AccountName: 'a', Rid: 500 } }), /0x1F4/);
  });

  it('counts what nobody declared', () => {
    assert.deepEqual(undeclaredFields(event), []);
    assert.deepEqual(undeclaredFields({ ...event, fields: { Above: 2, Until: 0, Password: 'x' } }), ['Password']);
  });

  it('takes no pattern from a field', () => {
    const odd: LapsEvent = { at: 0, id: 50008, fields: { Problem: '{Problem} $& $1' } };
    assert.match(sentenceOf(odd), /: \{Problem\} \$& \$1;/);
  });
});
