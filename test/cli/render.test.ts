/** What the verbs' renderers do with awkward text. */
import assert from 'node:assert/strict';
import { codeFrame } from '../../agent/cli/render/codeFrame.ts';
import { clean, jsonText, widthOf } from '../../agent/cli/render/display.ts';
import { palette } from '../../agent/cli/render/paint.ts';
import { table, wrapText } from '../../agent/cli/render/table.ts';
import { count, instantText } from '../../agent/cli/render/words.ts';
import { makeSource } from '../../agent/core/policy/text.ts';
import { durationText } from '../../agent/core/time.ts';

const frame = (text: string, line: number, column: number, endColumn: number, columns = 80): string[] =>
  codeFrame(makeSource(text), { line, column, endLine: line, endColumn }, { columns, palette: palette(false) });

describe('foreign text on a terminal', () => {
  it('cannot move the cursor, break the line or turn the writing round', () => {
    assert.equal(clean('a\u{e0041}b\u061c'), 'a\\u{e0041}b\\u061c');
    assert.equal(jsonText('a\u{e0041}'), '"a\\udb40\\udc41"');
    assert.equal(clean('a\u001b[31m\r\n\u0000b\u202e\ud800'), 'a\\x1b[31m\\x0d\\x0a\\x00b\\u202e\\ud800');
    assert.equal(clean('ä日😀'), 'ä日😀');
  });

  it('takes as many columns as a terminal gives it', () => {
    assert.deepEqual(['abc', '日本', 'e\u0301', '😀', ''].map(widthOf), [3, 4, 1, 2, 0]);
  });
});

describe('a code frame', () => {
  it('shows the line before, the line, and carets under the place', () => {
    assert.deepEqual(frame('{\n  "a": 1,\n  "b": 22\n}', 3, 8, 10), [
      '  2 │   "a": 1,',
      '  3 │   "b": 22',
      '    │        ^^',
    ]);
  });

  it('keeps the carets right past tabs, wide and hostile characters', () => {
    const [tabbed, underTab] = frame('\t"日": 5', 1, 7, 8);
    assert.equal(tabbed, '  1 │     "日": 5');
    assert.equal(underTab?.indexOf('^'), 6 + 10);
    const [hostile, underHostile] = frame('"\u001b": 5', 1, 6, 7);
    assert.equal(hostile, '  1 │ "\\x1b": 5');
    assert.equal(underHostile?.indexOf('^'), hostile.indexOf('5'));
  });

  it('shows the neighbourhood of the place in a line of megabytes, within the width', () => {
    const text = `${'x'.repeat(3_000_000)}HERE${'y'.repeat(3_000_000)}`;
    const lines = frame(text, 1, 3_000_001, 3_000_005);
    assert.ok(lines[0]?.includes('HERE'));
    assert.equal(lines[1]?.indexOf('^'), lines[0]?.indexOf('HERE'));
    for (const line of lines) assert.ok(widthOf(line) <= 80);
  });

  it('marks one column where a place has no extent, and the rest of the line where it goes on', () => {
    assert.equal(frame('{', 1, 2, 2)[1], '    │  ^');
    const lines = codeFrame(
      makeSource('a [\n]'),
      { line: 1, column: 3, endLine: 2, endColumn: 2 },
      {
        columns: 80,
        palette: palette(false),
      },
    );
    assert.equal(lines[1], '    │   ^');
  });

  it('is empty for an empty file', () => {
    assert.deepEqual(frame('', 1, 1, 1), []);
  });
});

describe('a table', () => {
  it('lines up, wraps its last column and leaves no space at a line end', () => {
    assert.equal(
      table(
        [
          ['a', 'x y'],
          ['日本', 'one two three four five'],
        ],
        24,
      ),
      'a     x y\n日本  one two three four\n      five\n',
    );
    assert.equal(table([['a', '']]), 'a\n');
    assert.equal(table([]), '');
    assert.deepEqual(wrapText('aaaaaaaaaaaa b', 5), ['aaaaaaaaaaaa', 'b']);
  });
});

describe('words', () => {
  it('count things', () => {
    assert.deepEqual([count(0, 'file'), count(1, 'file'), count(2, 'file')], ['0 files', '1 file', '2 files']);
  });

  it('tell durations in at most two units', () => {
    const texts = [210, 9_000, 58 * 60_000, 2 * 86_400_000 + 3 * 3_600_000 + 60_000].map(durationText);
    assert.deepEqual(texts, ['0.21 s', '9 s', '58 min', '2 d 3 h']);
  });

  it('tell instants in the time zone asked for', () => {
    const at = Date.UTC(2026, 11, 22, 11, 6);
    assert.equal(instantText(at, 'UTC'), '22 Dec 2026 11:06');
    assert.equal(instantText(at, 'America/New_York'), '22 Dec 2026 06:06');
  });
});

describe('colour', () => {
  it('is there only when asked for', () => {
    assert.equal(palette(false).red('x'), 'x');
    assert.equal(palette(true).red('x'), '\u001b[31mx\u001b[39m');
  });
});
