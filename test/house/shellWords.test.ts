/** Commands that a person is to copy out of a message. */
import assert from 'node:assert/strict';
import { sourcesUnder, textOf } from './sources.ts';

describe('a command to copy', () => {
  it('names a data folder as one word, whatever characters that has', () => {
    const bare = sourcesUnder('agent').filter((path) => / --data \$\{(?!shellWord\()/.test(textOf(path)));
    assert.deepEqual(bare, [], 'write it with shellWord: a folder may have a space in its name');
  });
});
