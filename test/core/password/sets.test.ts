/** The character sets, as spec 3.1 prints them. */
import assert from 'node:assert/strict';
import { alphabetOf, setsOf } from '../../../agent/core/password/sets.ts';

describe('the character sets', () => {
  it('have the printed sizes', () => {
    const sizes = ([1, 2, 3, 4, 5] as const).map((complexity) => setsOf(complexity).map((set) => set.length));
    assert.deepEqual(sizes, [[26], [26, 26], [26, 26, 10], [26, 26, 10, 18], [23, 24, 8, 9]]);
  });

  it('share no character', () => {
    for (const complexity of [1, 2, 3, 4, 5] as const) {
      const alphabet = alphabetOf(complexity);
      assert.equal(new Set(alphabet).size, alphabet.length);
    }
  });

  it('leave out of complexity 5 what is easily confused, and - $ / with it, as printed', () => {
    for (const character of 'IOQlo01,.&{}[]();-$/') assert.ok(!alphabetOf(5).includes(character), character);
    for (const character of ':=?*') assert.ok(alphabetOf(5).includes(character) && !alphabetOf(4).includes(character));
  });
});
