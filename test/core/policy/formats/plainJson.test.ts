/** The short way through plain JSON: the very tree that the parser makes, or none. */
import assert from 'node:assert/strict';
import { maxDepth, tooDeepAt } from '../../../../agent/core/policy/formats/depth.ts';
import { maxMembers, readJson } from '../../../../agent/core/policy/formats/json.ts';
import { readPlainJson } from '../../../../agent/core/policy/formats/plainJson.ts';
import { seeded } from '../../../support/policies.ts';
import { fixturesByShape, mutated } from '../../../support/policyFuzz.ts';

/** The plain tree, held to what the parser says of the same text. */
function plain(text: string): boolean {
  const root = readPlainJson(text);
  if (root === undefined) return false;
  assert.equal(tooDeepAt(text), undefined, `deeper than ${maxDepth}`);
  assert.deepEqual({ root, mistake: undefined, crowdedAt: undefined }, readJson(text), text.slice(0, 2000));
  return true;
}

describe('the short way through plain JSON', () => {
  it('makes the tree that the parser makes', () => {
    for (const text of [
      '{}',
      '\r\n {\t} \n',
      '{"a":1}',
      '{ "a" : -0 , "b" : 1.50e+3, "c":"" , "a":true,"d":false,"e":null }',
      '{"a":{"b":1,"c":"x"},"d":{}}',
      '{"__proto__": 1, "2": 2, "1": 1, "\u00e4\ud800\u{1f600}": "\u2028\u007f"}',
      '{"a": 1e999, "b": 123456789012345678901234567890}',
    ])
      assert.ok(plain(text), text);
  });

  it('leaves to the parser whatever is not that plain, and every mistake', () => {
    for (const text of [
      '',
      ' ',
      '[]',
      '1',
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":1,}',
      '{,}',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '{"a":1}}',
      '{"a":1} x',
      '\u00a0{"a":1}',
      '{"a":1\u00a0}',
      '{"a":01}',
      '{"a":1.}',
      '{"a":.5}',
      '{"a":+1}',
      '{"a":-}',
      '{"a":1e}',
      '{"a":1x}',
      '{"a":0x10}',
      '{"a":truex}',
      '{"a":True}',
      '{"a":NaN}',
      "{'a':1}",
      '{a:1}',
      '{"a":[1]}',
      '{"a":{"b":{}}}',
      '{"a\\u0062":1}',
      '{"a":"\\n"}',
      '{"a":"\n"}',
      '{"a":"\u0000"}',
      '{"a":1 // one\n}',
      '{"a":/**/1}',
    ])
      assert.equal(readPlainJson(text), undefined, text);
  });

  it('leaves an object with too many members to the parser, which tells so', () => {
    const members = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"n${at}":1`).join()}}`;
    assert.ok(plain(members(maxMembers)));
    assert.equal(readPlainJson(members(maxMembers + 1)), undefined);
    assert.equal(readPlainJson(`{"a":${members(maxMembers + 1)}}`), undefined);
  });

  it('agrees with the parser on every native fixture, whole and broken', () => {
    const files = fixturesByShape().get('native') ?? [];
    const pick = seeded(20_260_101);
    let agreed = 0;
    const look = (bytes: Uint8Array): void => {
      if (plain(new TextDecoder('utf-8').decode(bytes))) agreed += 1;
    };
    for (const file of files) look(file);
    assert.ok(agreed > files.length / 2, `only ${agreed} of ${files.length} fixtures are plain`);
    for (let run = 0; run < 4000; run += 1) {
      const [file, other] = [files[pick(files.length)], files[pick(files.length)]];
      if (file !== undefined && other !== undefined) look(mutated(file, other, pick));
    }
    assert.ok(agreed > files.length + 100, `only ${agreed} texts were plain`);
  });
});
