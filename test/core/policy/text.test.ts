/** Lines, columns and encodings. */
import assert from 'node:assert/strict';
import { decodeText, inQuotes, makeSource } from '../../../agent/core/policy/text.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a source text', () => {
  it('counts lines and columns from 1 over LF, CRLF and CR', () => {
    const source = makeSource('a\r\nbc\rd\ne');
    assert.equal(source.lineCount, 4);
    assert.deepEqual(source.placeOf(3, 2), { line: 2, column: 1, endLine: 2, endColumn: 3 });
    assert.deepEqual(source.placeOf(8, 1), { line: 4, column: 1, endLine: 4, endColumn: 2 });
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((line) => source.line(line)),
      ['a', 'bc', 'd', 'e', ''],
    );
  });

  it('keeps a place past the end at the end', () => {
    assert.deepEqual(makeSource('ab').placeOf(99, 3), { line: 1, column: 3, endLine: 1, endColumn: 3 });
  });

  it('counts columns in UTF-16 units, as editors do', () => {
    assert.equal(makeSource('😀x').placeOf(2, 1).column, 3);
  });
});

describe('a text in quotes', () => {
  it('stands as it is meant, its spaces seen, and moves no cursor', () => {
    assert.equal(inQuotes('C\\R "x" '), '"C\\R "x" "');
    assert.equal(inQuotes('a\x07\n\x7f\x9b\ud800😀'), '"a\\x07\\x0a\\x7f\\x9b\\ud800😀"');
  });
});

describe('decoding a policy file', () => {
  it('reads UTF-8 with and without a byte order mark', () => {
    assert.deepEqual(decodeText(utf8('{}')), { kind: 'text', text: '{}' });
    assert.deepEqual(decodeText(utf8('\ufeff{}')), { kind: 'text', text: '{}' });
  });

  it('reads UTF-16 of either byte order when the mark says so', () => {
    const little = Buffer.from('\ufeff{ "é": 1 }', 'utf16le');
    const big = Buffer.from(little).swap16();
    assert.deepEqual(decodeText(little), { kind: 'text', text: '{ "é": 1 }' });
    assert.deepEqual(decodeText(big), { kind: 'text', text: '{ "é": 1 }' });
  });

  it('tells where UTF-8 breaks', () => {
    const decoded = decodeText(Buffer.concat([utf8('{\n "a'), Buffer.from([0xff]), utf8('": 1 }')]));
    assert.equal(decoded.kind, 'bad');
    assert.deepEqual(decoded.kind === 'bad' && decoded.place, { line: 2, column: 4, endLine: 2, endColumn: 5 });
  });

  it('refuses a lone surrogate written as bytes, half a UTF-16 unit, and NUL bytes', () => {
    assert.equal(decodeText(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).kind, 'bad');
    assert.equal(decodeText(Buffer.from([0xff, 0xfe, 0x7b])).kind, 'bad');
    assert.equal(decodeText(Buffer.from('{}', 'utf16le')).kind, 'bad');
  });
});
