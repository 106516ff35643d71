/** The figure that a password's bits are held to. */
import assert from 'node:assert/strict';
import { neededBits, searchTimeText } from '../../../../agent/core/policy/rules/strength.ts';

describe('the strength a password needs', () => {
  it('is 54.5 bits for a day, and one more for each doubling of the age', () => {
    assert.equal(neededBits(1).toFixed(1), '54.5');
    assert.equal((neededBits(60) - neededBits(30)).toFixed(6), '1.000000');
    assert.deepEqual(
      [7, 30, 365].map((days) => neededBits(days).toFixed(1)),
      ['57.3', '59.4', '63.0'],
    );
  });

  it('is told as the time one card takes', () => {
    assert.equal(searchTimeText(20), 'less than a second');
    assert.equal(searchTimeText(50), '1 hour');
    assert.equal(searchTimeText(neededBits(30)), '30 days');
  });
});
