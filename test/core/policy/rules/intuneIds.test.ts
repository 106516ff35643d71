/** Ids in an export of Intune: one that is no setting's is told with the one to write, beneath the right option. */
import assert from 'node:assert/strict';
import { choice, entry, catalogPrefix as prefix, simple } from '../../../support/catalogExports.ts';
import { lint } from '../../../support/policies.ts';

const found = (...instances: object[]): unknown[] =>
  lint(JSON.stringify({ name: 'x', settings: instances.map(entry) }), { path: 'x.json' })
    .filter(({ severity, rule }) => severity === 'error' || rule === 'LAPS044')
    .map(({ rule, hint }) => [rule, hint]);
const entra = choice('backupdirectory', '1', [simple('passwordagedays_aad', 14)]);
const withId = (id: unknown, children = false): object => {
  const one = { settingDefinitionId: id, simpleSettingValue: { value: 14 } };
  return children ? choice('backupdirectory', '1', [one]) : one;
};

describe('the id of a setting in an export', () => {
  it('is told where a URI, a bare name or another spelling stands in its place', () => {
    for (const id of [
      './Device/Vendor/MSFT/LAPS/Policies/PasswordLength',
      './Vendor/MSFT/LAPS/Policies/PasswordLength',
      'PasswordLength',
      'passwordlength',
      'laps_policies_passwordlength',
      'device-vendor-msft-laps-policies-passwordlength',
    ])
      assert.deepEqual(found(entra, withId(id)), [['LAPS042', `write ${prefix}passwordlength`]], id);
    const uri = './Device/Vendor/MSFT/LAPS/Policies/PasswordAgeDays';
    assert.deepEqual(found(withId(uri, true)), [['LAPS042', `write ${prefix}passwordagedays_aad`]]);
  });

  it('is told where something else than a text stands there, among settings of LAPS', () => {
    for (const id of [null, 5, true]) {
      assert.deepEqual(found(entra, withId(id)).length, 1, String(id));
      assert.deepEqual(found(withId(id, true)).length, 1, String(id));
    }
    const other = { settingDefinitionId: 'device_vendor_msft_bitlocker_x', simpleSettingValue: { value: 1 } };
    assert.deepEqual(found(other, withId(null)), []);
  });

  it('is no concern where it is another product’s or an action', () => {
    for (const id of [
      'device_vendor_msft_policy_config_devicelock_passwordlength',
      './Device/Vendor/MSFT/Policy/Config/DeviceLock/PasswordLength',
      'com.apple.mobiledevice.passwordpolicy_minlength',
      './Device/Vendor/MSFT/LAPS/Actions/ResetPassword',
      'device_vendor_msft_passportforwork_policies_pincomplexity',
    ])
      assert.deepEqual(found(entra, withId(id)), [], id);
  });

  it('has the age of the directory that it stands beneath', () => {
    const misspelt = `${prefix}passwordage_days`;
    assert.deepEqual(found(withId(misspelt, true)), [['LAPS007', `did you mean ${prefix}passwordagedays_aad?`]]);
    assert.deepEqual(found(choice('backupdirectory', '2', [withId(misspelt)])), [
      ['LAPS007', `did you mean ${prefix}passwordagedays?`],
    ]);
  });

  it('goes with its setting to an option that the file has', () => {
    const top = simple('passwordagedays', 14);
    const bare = choice('backupdirectory', '1');
    assert.deepEqual(found(bare, top), [
      ['LAPS044', `write ${prefix}passwordagedays_aad and move it into the children of backupdirectory_1`],
    ]);
    assert.match(JSON.stringify(found(entra, top)), /remove it: with backupdirectory_1 the age is passwordagedays_aad/);
    assert.deepEqual(found(choice('backupdirectory', '2'), top), [
      ['LAPS044', 'move it into the children of backupdirectory_2'],
    ]);
  });

  it('says nothing of where its setting stands while the choice around it is no option', () => {
    const broken = {
      settingDefinitionId: `${prefix}backupdirectory`,
      choiceSettingValue: { value: 1, children: [simple('passwordagedays_aad', 14)] },
    };
    assert.deepEqual(
      found(broken).map((each) => Array.isArray(each) && each[0]),
      ['LAPS009'],
    );
  });

  it('is what the pointer of a finding about it leads to', () => {
    const findings = lint(JSON.stringify({ settings: [entry(withId(`${prefix}passwordlenght`)), entry(entra)] }));
    assert.equal(
      findings.find(({ rule }) => rule === 'LAPS007')?.place.pointer,
      '/settings/0/settingInstance/settingDefinitionId',
    );
  });
});
