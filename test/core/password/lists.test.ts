/** The sizes the entropy rests on. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { wordLists, wordsOf } from '../../../agent/core/password/lists.ts';

describe('the word lists that come with the package', () => {
  for (const complexity of [6, 7, 8] as const)
    it(`yield as many words as the table says: complexity ${complexity}`, () => {
      const { file, size } = wordLists[complexity];
      const text = readFileSync(new URL(`../../../agent/edge/words/${file}`, import.meta.url), 'utf8');
      assert.equal(wordsOf(text).length, size);
    });
});
