/** What the agent asks of an effective policy. */
import assert from 'node:assert/strict';
import {
  accountNameOf,
  ageDaysOf,
  ageRaised,
  backupDirectoryOf,
  managementOf,
  passwordSpecOf,
  policyEventFields,
  policySourceCode,
} from '../../../agent/core/policy/effective.ts';
import { policyOf } from '../../support/policies.ts';

const entra = { BackupDirectory: 1, AdministratorAccountName: 'lapsadmin' };

describe('an effective policy, asked', () => {
  it('names directory, account, age and source', () => {
    const policy = policyOf({ ...entra, PasswordAgeDays: 12 });
    assert.equal(backupDirectoryOf(policy), 'Entra');
    assert.equal(accountNameOf(policy), 'lapsadmin');
    assert.equal(ageDaysOf(policy), 12);
    assert.equal(policySourceCode(policy), 1);
    assert.equal(policySourceCode(policyOf({})), 0);
  });

  it('asks for the built-in account when none is named', () => {
    assert.equal(accountNameOf(policyOf({ BackupDirectory: 1 })), undefined);
    assert.equal(accountNameOf(policyOf({ BackupDirectory: 1, AdministratorAccountName: '' })), undefined);
  });

  it('tells the raised age for event 10058, and only then', () => {
    assert.deepEqual(ageRaised(policyOf({ ...entra, PasswordAgeDays: 3 })), { ConfiguredDays: 3, UsedDays: 7 });
    for (const days of [0, 7, 30, 400])
      assert.equal(ageRaised(policyOf({ ...entra, PasswordAgeDays: days })), undefined);
    assert.equal(ageRaised(policyOf({ BackupDirectory: 2, PasswordAgeDays: 3 })), undefined);
  });

  it('asks for passwords and passphrases', () => {
    assert.deepEqual(passwordSpecOf(policyOf({})), { kind: 'password', complexity: 4, length: 14 });
    assert.deepEqual(passwordSpecOf(policyOf({ PasswordComplexity: 5, PasswordLength: 20 })), {
      kind: 'password',
      complexity: 5,
      length: 20,
    });
    assert.deepEqual(passwordSpecOf(policyOf({ PasswordComplexity: 7, PassphraseLength: 4 })), {
      kind: 'passphrase',
      complexity: 7,
      words: 4,
    });
  });

  it('fills event 10022', () => {
    assert.deepEqual(policyEventFields(policyOf(entra)), {
      PolicySource: 'CSP',
      BackupDirectory: 'Azure AD',
      AdminAccountName: 'lapsadmin',
      PasswordAgeDays: 30,
      PasswordComplexity: 4,
      PasswordLength: 14,
      PostAuthResetDelay: 24,
      PostAuthActions: 3,
      AutomaticAccountManagementEnabled: 0,
      AutomaticAccountManagementTarget: '1 (a new custom account)',
      AutomaticAccountManagementNameOrPrefix: 'WLapsAdmin',
      AutomaticAccountManagementEnableAccount: 0,
      AutomaticAccountManagementRandomizeName: 0,
    });
  });

  it('manages only for Entra ID, on a joined device, a named or built-in account', () => {
    assert.equal(managementOf(policyOf(entra), 'entra').manages, true);
    assert.equal(managementOf(policyOf(entra), 'hybrid').manages, true);
    assert.equal(managementOf(policyOf(entra), 'registered').manages, false);
    assert.equal(managementOf(policyOf(entra), 'none').manages, false);
    assert.equal(managementOf(policyOf({}), 'entra').manages, false);
    assert.equal(managementOf(policyOf({ BackupDirectory: 0 }), 'entra').manages, false);
    assert.equal(managementOf(policyOf({ BackupDirectory: 2 }), 'entra').manages, false);
    assert.equal(managementOf(policyOf({ BackupDirectory: 2 }), 'hybrid').manages, false);
    assert.equal(managementOf(policyOf({ ...entra, AutomaticAccountManagementEnabled: 1 }), 'entra').manages, false);
    assert.equal(managementOf(policyOf({ AdmPwdEnabled: 1 }, { path: 'legacy.json' }), 'entra').manages, false);
  });
});
