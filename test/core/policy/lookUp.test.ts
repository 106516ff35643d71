/** The pages that a word asks for. */
import assert from 'node:assert/strict';
import { foundBy, type SettingAnswer, settingsMeant } from '../../../agent/core/policy/lookUp.ts';
import { legacyNames, settingNames } from '../../../agent/core/policy/settings.ts';

describe('a word for a setting', () => {
  it('is the name itself before all others that it is a part of', () => {
    for (const name of settingNames)
      assert.deepEqual(settingsMeant(name.toUpperCase()), { kind: 'settings', names: [name] });
  });

  it('may be a legacy value that no setting is called', () => {
    const expected = (name: (typeof legacyNames)[number]): SettingAnswer['kind'] =>
      settingNames.some((each) => each === name) ? 'settings' : 'legacy';
    for (const name of legacyNames) assert.equal(settingsMeant(name).kind, expected(name), name);
  });

  it('asks for nothing when it is empty, a letter or unheard of', () => {
    for (const word of ['', ' ', 'x', '/', '\\', 'zzzz'])
      assert.deepEqual(settingsMeant(word), { kind: 'nothing' }, word);
  });
});

describe('rows by a word', () => {
  it('are those of the first way of saying it that finds any', () => {
    const rows = ['one-two', 'Two three', 'four'];
    assert.deepEqual(
      foundBy('two', rows, (row) => row),
      ['one-two', 'Two three'],
    );
    assert.deepEqual(
      foundBy('twothree', rows, (row) => row),
      ['Two three'],
    );
    assert.deepEqual(
      foundBy('4', rows, (row) => row),
      [],
    );
    assert.deepEqual(
      foundBy(
        '44',
        rows,
        (row) => row,
        () => '44',
      ),
      rows,
    );
  });
});
