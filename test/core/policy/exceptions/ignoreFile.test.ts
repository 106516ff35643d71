/** `.lapsaccept`: its lines and the files they are about. */
import assert from 'node:assert/strict';
import { type IgnoreLine, readIgnoreFile } from '../../../../agent/core/policy/exceptions/ignoreFile.ts';
import { makeSource } from '../../../../agent/core/policy/text.ts';

const read = (text: string): readonly IgnoreLine[] =>
  readIgnoreFile(makeSource(text), { folder: '/w/p', shown: 'p/.lapsaccept' });
const isAbout = (line: string, file: string): boolean => read(line)[0]?.isAbout(file) ?? assert.fail('no line');

describe('an ignore file', () => {
  it('holds one exception a line: path, rule, colon, reason', () => {
    const lines = read('# why\r\n\r\nmy exports/a b.json LAPS036, LAPS012: a: b\n./x.pol  LAPS030\n');
    assert.deepEqual(
      lines.map(({ path, exception }) => [path, exception.rules, exception.reason, exception.where]),
      [
        ['my exports/a b.json', ['LAPS036', 'LAPS012'], 'a: b', 'p/.lapsaccept:3'],
        ['./x.pol', ['LAPS030'], '', 'p/.lapsaccept:4'],
      ],
    );
  });

  it('keeps a line that it does not understand, with its place, about no file', () => {
    const [line] = read('\t junk ');
    assert.deepEqual([line?.path, line?.exception.rules, line?.isAbout('/w/p')], ['', [], false]);
    assert.deepEqual(line?.exception.place, { line: 1, column: 3, endLine: 1, endColumn: 7 });
    assert.equal(read('LAPS036:')[0]?.exception.rules.length, 0);
    assert.equal(read(`${'a '.repeat(50_000)}:`)[0]?.exception.rules.length, 0);
  });

  it('takes a star for anything but a slash, and every other sign for itself', () => {
    const line = 'a/*.pol LAPS030: x';
    assert.ok(isAbout(line, '/w/p/a/x.pol') && isAbout(line, '/w/p/a/.pol'));
    for (const other of ['/w/p/a/b/x.pol', '/w/p/a/xpol', '/w/p/b/x.pol', '/w/a/x.pol'])
      assert.ok(!isAbout(line, other), other);
    assert.ok(isAbout('a\\x.pol LAPS030: x', '/w/p/a/x.pol'));
    assert.ok(isAbout('../q/x.pol LAPS030: x', '/w/q/x.pol') && isAbout('/srv/x.pol LAPS030: x', '/srv/x.pol'));
  });

  it('knows the folder that a line cannot lead out of', () => {
    const folders = ['a/*.pol LAPS030: x', '*/x.pol LAPS030: x', 'a/b*/x.pol LAPS030: x', '../q/x.pol LAPS030: x'];
    assert.deepEqual(
      read(folders.join('\n')).map(({ folder }) => folder),
      ['/w/p/a', '/w/p', '/w/p/a', '/w/q'],
    );
  });
});
