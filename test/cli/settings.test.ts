/** `laps settings`. */
import assert from 'node:assert/strict';
import { verb } from '../../agent/cli/settings.ts';
import { settingNames, settingRows } from '../../agent/core/policy/settings.ts';
import { runVerb } from '../support/fakeFace.ts';

describe('laps settings', () => {
  it('lists every setting', async () => {
    const { stdout } = await runVerb(verb);
    for (const name of settingNames) assert.ok(stdout.includes(name), name);
  });

  it('tells all about one, upper or lower case', async () => {
    const { stdout } = await runVerb(verb, { args: ['passwordcomplexity'] });
    for (const allowed of settingRows.PasswordComplexity.values ?? []) assert.ok(stdout.includes(allowed.words));
    assert.match(stdout, /24H2/);
  });

  it('prints the table itself as JSON', async () => {
    const one = await runVerb(verb, { args: ['PasswordLength'], json: true });
    assert.deepEqual(one.json, { name: 'PasswordLength', ...settingRows.PasswordLength });
    const all = await runVerb(verb, { json: true });
    assert.equal(Array.isArray(all.json) && all.json.length, settingNames.length);
  });

  it('answers an unknown name with the nearest and status 2', async () => {
    const run = await runVerb(verb, { args: ['PasswordLenght'] });
    assert.equal(run.status, 2);
    assert.match(run.error?.hint ?? '', /PasswordLength/);
  });
});
