/** Two spellings of one file are one path. */
import assert from 'node:assert/strict';
import { absolutePath, folderOf, isWithin, shownFrom } from '../../../../agent/core/policy/exceptions/paths.ts';

describe('paths as text', () => {
  it('are the same from the root on, however they are spelt', () => {
    const cases: ReadonlyArray<readonly [string, string, string]> = [
      ['/w', 'a/x.json', '/w/a/x.json'],
      ['/w/', './a//../a/./x.json', '/w/a/x.json'],
      ['/w', '/w/a/x.json', '/w/a/x.json'],
      ['/w', '../../../x.json', '/x.json'],
      ['/w', 'a\\x.json', '/w/a/x.json'],
      ['C:\\w', 'a\\x.json', 'C:/w/a/x.json'],
      ['C:\\w', 'D:\\x.json', 'D:/x.json'],
      ['/w', '.', '/w'],
      ['/', '.', '/'],
    ];
    for (const [folder, path, whole] of cases) assert.equal(absolutePath(folder, path), whole, path);
  });

  it('lie in their folder and those above it, and nowhere else', () => {
    assert.deepEqual(['/w/a', '/w', '/'].map(folderOf), ['/w', '/', '/']);
    assert.ok(isWithin('/w/a', '/w') && isWithin('/w', '/w') && isWithin('/w', '/'));
    assert.ok(!isWithin('/wa', '/w') && !isWithin('/', '/w'));
  });

  it('are shown from a folder when they lie below it', () => {
    assert.deepEqual(
      [shownFrom('/w', '/w/a/x'), shownFrom('/', '/x'), shownFrom('/w', '/v/x'), shownFrom('/w', '/w')],
      ['a/x', 'x', '/v/x', '/w'],
    );
  });
});
