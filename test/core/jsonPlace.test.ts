import assert from 'node:assert/strict';
import { mistakeInJson, placeInJson } from '../../agent/core/jsonPlace.ts';

const text = '{\n  "a": [1, { "b/c": "x" }],\n  "d": {}\n}';

describe('a place in JSON', () => {
  it('is found by its pointer, counted from one', () => {
    assert.deepEqual(placeInJson(text, ''), { line: 1, column: 1 });
    assert.deepEqual(placeInJson(text, '/a/0'), { line: 2, column: 9 });
    assert.deepEqual(placeInJson(text, '/a/1/b~1c'), { line: 2, column: 21 });
    assert.deepEqual(placeInJson(text, '/d'), { line: 3, column: 8 });
    assert.equal(placeInJson(text, '/none'), undefined);
    assert.equal(placeInJson('['.repeat(50_000), ''), undefined);
  });

  it('is that of the first mistake', () => {
    assert.equal(mistakeInJson(text), undefined);
    assert.deepEqual(mistakeInJson('{\n  "a": x }'), { line: 2, column: 8, message: 'this is not a JSON value' });
    assert.equal(mistakeInJson('['.repeat(50_000)), undefined);
  });
});
