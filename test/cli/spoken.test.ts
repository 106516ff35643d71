import assert from 'node:assert/strict';
import { spoken } from '../../agent/cli/render/spoken.ts';
import { alphabetOf } from '../../agent/core/password/sets.ts';

describe('a spoken password', () => {
  it('names each character, its case said', () => {
    assert.deepEqual(spoken('Kz8#-é'), [
      'capital Kilo',
      'small Zulu',
      'digit eight',
      'hash',
      'hyphen',
      'the character U+00E9',
    ]);
    assert.deepEqual(spoken(''), []);
    assert.deepEqual(spoken('😀'), ['the character U+1F600']);
  });

  it('has a name of its own for every key of a keyboard, and so for all that a password may hold', () => {
    const keys = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const names = spoken(keys.join(''));
    assert.equal(new Set(names).size, keys.length);
    assert.ok(names.every((name) => !name.includes('U+')));
    for (const complexity of [1, 2, 3, 4, 5] as const)
      for (const character of alphabetOf(complexity)) assert.ok(keys.includes(character), character);
  });
});
