/** What is, and what is not, a password a policy asks for. */
import assert from 'node:assert/strict';
import { satisfies } from '../../../agent/core/password/judge.ts';
import { capitalised, wordsOf } from '../../../agent/core/password/lists.ts';

const password = (complexity: 1 | 2 | 3 | 4 | 5, length: number) => ({ kind: 'password', complexity, length }) as const;
const phrase = (words: number) => ({ kind: 'passphrase', complexity: 6, words }) as const;

describe('the judge of passwords', () => {
  it('wants the exact length', () => {
    assert.ok(satisfies(password(4, 8), 'aA1!aA1!'));
    assert.ok(!satisfies(password(4, 8), 'aA1!aA1'));
    assert.ok(!satisfies(password(4, 8), 'aA1!aA1!a'));
  });

  it('wants a character of every set', () => {
    for (const poor of ['AAAAAAA1', 'aaaaaA1a', 'aaaaa!1a', 'aaaaaA!a'])
      assert.ok(!satisfies(password(4, 8), poor), poor);
    assert.ok(satisfies(password(1, 8), 'AAAAAAAA'));
  });

  it('wants none from outside', () => {
    assert.ok(!satisfies(password(4, 8), 'aA1!aA1 '));
    assert.ok(!satisfies(password(4, 8), 'aA1!aA1é'));
    assert.ok(!satisfies(password(5, 8), 'aA2!aA2O'));
    assert.ok(!satisfies(password(1, 8), 'AAAAAAAa'));
  });

  it('wants the exact number of capitalised words, letters only', () => {
    assert.ok(satisfies(phrase(3), 'AbacusYoyoTshirt'));
    for (const poor of [
      'AbacusYoyo',
      'AbacusYoyoTshirtAbacus',
      'abacusYoyoTshirt',
      'AbacusYo-yoTshirt',
      'AbacusYoyoTshirt1',
      '',
    ])
      assert.ok(!satisfies(phrase(3), poor), poor);
  });

  it('wants words of the list, where it is given one', () => {
    const list = new Set(['abacus', 'yoyo']);
    assert.ok(satisfies(phrase(3), 'AbacusYoyoAbacus', list));
    assert.ok(!satisfies(phrase(3), 'AbacusYoyoBanana', list));
  });
});

describe('a word list', () => {
  it('drops hyphens and counts a word once', () => {
    assert.deepEqual(wordsOf('yo-yo\r\nyoyo\nT-Shirt\n\n#\nabacus\n'), ['yoyo', 'tshirt', 'abacus']);
    assert.equal(capitalised('tshirt'), 'Tshirt');
  });
});
