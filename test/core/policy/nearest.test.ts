/** The name a person probably meant. */
import assert from 'node:assert/strict';
import { editDistance, nearestName } from '../../../agent/core/policy/nearest.ts';
import { settingNames } from '../../../agent/core/policy/settings.ts';

describe('the nearest name', () => {
  it('forgives a slip, a swap and the case', () => {
    assert.equal(nearestName('PasswordLenght', settingNames), 'PasswordLength');
    assert.equal(nearestName('passwordagedays', settingNames), 'PasswordAgeDays');
    assert.equal(nearestName('BackupDir', settingNames), undefined);
    assert.equal(nearestName('BackupDirectry', settingNames), 'BackupDirectory');
  });

  it('offers nothing for what is near to nothing, however long', () => {
    assert.equal(nearestName('Colour', settingNames), undefined);
    assert.equal(nearestName('foo', ['os', 'group']), undefined);
    assert.equal(nearestName('so', ['os', 'group']), 'os');
    assert.equal(nearestName('x'.repeat(1_000_000), settingNames), undefined);
  });

  it('counts a swap of neighbours as one step', () => {
    assert.deepEqual([editDistance('ab', 'ba'), editDistance('', 'abc'), editDistance('kitten', 'sitting')], [1, 3, 3]);
  });
});
