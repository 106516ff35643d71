/** `laps rules`. */
import assert from 'node:assert/strict';
import { verb } from '../../agent/cli/rules.ts';
import { baselineNames } from '../../agent/core/policy/baselines/baselines.ts';
import { rules } from '../../agent/core/policy/rules/rules.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

const show = (args: readonly string[] = [], init: FakeFaceInit = {}) => runVerb(verb, { ...init, args });

describe('laps rules', () => {
  it('lists every rule, those of the baselines apart', async () => {
    const { stdout } = await show();
    for (const { id, name } of rules) assert.ok(stdout.includes(id) && stdout.includes(name), id);
    for (const name of baselineNames) assert.ok(stdout.includes(`with --baseline ${name}`));
  });

  it('tells all about one, by id or name, upper or lower case', async () => {
    for (const { id, name, documentation, hint } of rules) {
      const { stdout } = await show([id.toLowerCase()], { columns: 200 });
      const words = stdout.replace(/\s+/g, ' ');
      assert.ok(words.includes(documentation.replace(/\s+/g, ' ')), id);
      assert.ok(words.includes(hint.replace(/\s+/g, ' ')), id);
      assert.equal((await show([name], { columns: 200 })).stdout, stdout);
    }
  });

  it('names the source of what a baseline asks', async () => {
    const all = JSON.parse((await show([], { json: true })).stdout);
    const asked = all.filter((rule: { baseline: string | null }) => rule.baseline === 'cis');
    assert.ok(asked.length > 5);
    const { stdout } = await show([asked[0].id]);
    assert.match(stdout, /source: CIS/);
    assert.match(stdout, /asked with --baseline cis only/);
  });

  it('prints one rule or all as JSON', async () => {
    const [first] = rules;
    const one = JSON.parse((await show([first?.id ?? ''], { json: true })).stdout);
    assert.deepEqual([one.id, one.documentation, one.baseline], [first?.id, first?.documentation, null]);
  });

  it('answers an unknown rule with the nearest and status 2', async () => {
    const run = await show(['unknown-seting']);
    assert.deepEqual([run.status, run.error?.hint], [2, 'did you mean unknown-setting?']);
    assert.equal((await show(['zzzzzzzzzzzzzzzzz'])).error?.hint, 'laps rules lists all of them');
    assert.equal((await show([''])).error?.message, 'the name is empty');
  });

  it('takes a number for an id, guesses at no other, and lists what a word is a part of', async () => {
    assert.match((await show(['12'])).stdout, /^LAPS012 /);
    const run = await show(['laps31']);
    assert.deepEqual([run.status, run.error?.message], [2, 'there is no rule LAPS031']);
    assert.doesNotMatch(run.error?.hint ?? '', /LAPS/);
    const { stdout } = await show(['encryption']);
    assert.match(stdout, /^LAPS030 [\s\S]*^LAPS033 /m);
    assert.doesNotMatch(stdout, /LAPS001/);
  });
});
