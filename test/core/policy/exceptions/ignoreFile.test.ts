/** `.lapsaccept`: its lines and the files they are about. */
import assert from 'node:assert/strict';
import { isAbout, readIgnoreFile } from '../../../../agent/core/policy/exceptions/ignoreFile.ts';

const [first] = readIgnoreFile('a/*.pol LAPS030: x', '.lapsaccept');

describe('an ignore file', () => {
  it('holds one exception a line: path, rule, colon, reason', () => {
    const lines = readIgnoreFile(
      '# why\r\n\r\nmy exports/a b.json LAPS036, LAPS012: a: b\n./x.pol  LAPS030\n',
      'p/.lapsaccept',
    );
    assert.deepEqual(
      lines.map(({ path, exception }) => [path, exception.rules, exception.reason, exception.where]),
      [
        ['my exports/a b.json', ['LAPS036', 'LAPS012'], 'a: b', 'p/.lapsaccept:3'],
        ['x.pol', ['LAPS030'], '', 'p/.lapsaccept:4'],
      ],
    );
  });

  it('keeps a line that it does not understand, for every file', () => {
    const [line] = readIgnoreFile('LAPS036:', '.lapsaccept');
    assert.deepEqual([line?.path, line?.exception.rules], ['*', []]);
    assert.equal(readIgnoreFile(`${'a '.repeat(50_000)}:`, '.lapsaccept')[0]?.exception.rules.length, 0);
  });

  it('takes a star for anything but a slash, and every other sign for itself', () => {
    assert.ok(first !== undefined && isAbout(first, 'a/x.pol') && isAbout(first, './a/.pol'));
    assert.ok(!isAbout(first, 'a/b/x.pol') && !isAbout(first, 'a/xpol') && !isAbout(first, 'b/x.pol'));
    assert.ok(isAbout(first, 'a\\x.pol'));
  });
});
