/** What a device makes of one value. */
import assert from 'node:assert/strict';
import { countsAsSet, givenText, verdictOn } from '../../../agent/core/policy/values.ts';
import { osOf } from '../../support/policies.ts';

const kindOf = (
  name: string,
  value: string | number | boolean | null | { kind: 'array' },
  root: 'CSP' | 'GPO' | 'Legacy' = 'CSP',
  os?: string,
) => verdictOn({ name, value }, root, osOf(os)).kind;

describe('the verdict on a value', () => {
  it('takes both ends of a range and nothing beyond', () => {
    const kinds = [7, 8, 64, 65, -1, 2 ** 40].map((value) => kindOf('PasswordLength', value));
    assert.deepEqual(kinds, ['notAllowed', 'fine', 'fine', 'notAllowed', 'notAllowed', 'notAllowed']);
  });

  it('takes the listed values only', () => {
    const kinds = [1, 2, 3, 4, 5, 11, 12].map((value) => kindOf('PostAuthenticationActions', value));
    assert.deepEqual(kinds, ['fine', 'notAllowed', 'fine', 'notAllowed', 'fine', 'fine', 'notAllowed']);
  });

  it('tells the wrong type from a wrong value', () => {
    for (const value of ['14', 14.5, Number.POSITIVE_INFINITY, Number.NaN, true, null, { kind: 'array' } as const])
      assert.equal(kindOf('PasswordLength', value), 'wrongType', String(value));
    assert.equal(kindOf('AdministratorAccountName', 5), 'wrongType');
    assert.equal(kindOf('ADPasswordEncryptionEnabled', 'true'), 'wrongType');
    assert.equal(kindOf('ADPasswordEncryptionEnabled', 2), 'notAllowed');
  });

  it('reads booleans as the registry keeps them', () => {
    assert.deepEqual(verdictOn({ name: 'ADPasswordEncryptionEnabled', value: false }, 'CSP', osOf()), {
      kind: 'fine',
      value: 0,
    });
  });

  it('holds back settings and values that came with a later Windows', () => {
    assert.equal(kindOf('PasswordComplexity', 5, 'CSP', '10.0.22631'), 'newerValue');
    assert.equal(kindOf('PasswordComplexity', 4, 'CSP', '10.0.22631'), 'fine');
    assert.equal(kindOf('PostAuthenticationActions', 11, 'CSP', '10.0.22631'), 'newerValue');
    assert.equal(kindOf('PassphraseLength', 6, 'CSP', '10.0.22631'), 'newerSetting');
    assert.equal(kindOf('BackupDirectory', 1, 'CSP', '10.0.15063'), 'newerSetting');
  });

  it('holds back what only Group Policy carries', () => {
    assert.equal(kindOf('ADBackupDSRMPassword', 1, 'CSP'), 'notInRoot');
    assert.equal(kindOf('ADBackupDSRMPassword', 1, 'GPO'), 'fine');
    assert.equal(kindOf('PostAuthenticationActions', 0, 'CSP'), 'valueNotInRoot');
    assert.equal(kindOf('PostAuthenticationActions', 0, 'GPO'), 'fine');
  });

  it('knows legacy names under the legacy root only', () => {
    assert.equal(kindOf('AdmPwdEnabled', 1, 'Legacy'), 'fine');
    assert.equal(kindOf('AdmPwdEnabled', 1, 'GPO'), 'unknown');
    assert.equal(kindOf('BackupDirectory', 1, 'Legacy'), 'unknown');
    assert.equal(kindOf('PasswordComplexity', 5, 'Legacy'), 'notAllowed');
  });

  it('knows no name that JavaScript brings along', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '$schema', ''])
      assert.equal(kindOf(name, 1), 'unknown', name);
  });

  it('counts known settings as set, whatever their value, and nothing else', () => {
    const counts = (name: string, value: number | string, os?: string): boolean =>
      countsAsSet(verdictOn({ name, value }, 'CSP', osOf(os)));
    assert.equal(counts('PasswordLength', 99), true);
    assert.equal(counts('PasswordLength', 'x'), true);
    assert.equal(counts('PasswordLenght', 14), false);
    assert.equal(counts('PassphraseLength', 6, '10.0.22631'), false);
  });

  it('shows a long given value short', () => {
    assert.ok(givenText('x'.repeat(5000)).length <= 62);
    // What JSON reads 1e400 as, and has no word for.
    assert.equal(givenText(Number.POSITIVE_INFINITY), 'a number beyond all bounds');
  });
});
