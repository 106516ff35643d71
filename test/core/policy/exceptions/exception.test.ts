/** How an exception is worded. */
import assert from 'node:assert/strict';
import { wordingOf } from '../../../../agent/core/policy/exceptions/exception.ts';

describe('the wording of an exception', () => {
  it('is one or more rules, a colon and a reason', () => {
    assert.deepEqual(wordingOf(' LAPS036: a kiosk: eight '), { rules: ['LAPS036'], reason: 'a kiosk: eight' });
    assert.deepEqual(wordingOf('LAPS036, cis/18.9.25.5 : x'), { rules: ['LAPS036', 'cis/18.9.25.5'], reason: 'x' });
  });

  it('has no reason where none is given', () => {
    for (const text of ['LAPS036', 'LAPS036:', 'LAPS036 :  '])
      assert.deepEqual(wordingOf(text), { rules: ['LAPS036'], reason: '' });
  });

  it('is not understood where no rule is named', () => {
    for (const text of ['', ': why', 'LAPS036 because', ',', 'LAPS036,: x'])
      assert.deepEqual(wordingOf(text), { rules: [], reason: '' }, text);
  });
});
