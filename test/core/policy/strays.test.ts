/** Keys and URIs that look like LAPS without being read. */
import assert from 'node:assert/strict';
import { rootNames, rootRows } from '../../../agent/core/policy/settings.ts';
import { hasUnseen, isNearPlace, looksLikeLaps, meantPlace } from '../../../agent/core/policy/strays.ts';

describe('keys that look like LAPS', () => {
  it('are never the ones that a device reads, however they are spelt', () => {
    for (const root of rootNames)
      for (const { key } of [rootRows[root]])
        for (const spelling of [key, key.toUpperCase(), key.replace(/^HKLM/, 'HKEY_LOCAL_MACHINE'), `${key}\\`])
          assert.equal(looksLikeLaps(spelling), false, spelling);
    for (const uri of ['./Device/Vendor/MSFT/LAPS/Policies', './Vendor/MSFT/LAPS/Policies'])
      assert.equal(looksLikeLaps(uri), false, uri);
  });

  it('are neither the state, nor the actions, nor what only sounds alike', () => {
    for (const path of [
      'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\LAPS\\State',
      './Device/Vendor/MSFT/LAPS/Actions/ResetPassword',
      'HKLM\\Software\\Policies\\Microsoft\\Collapse',
      'HKLM\\Software\\Elapsed',
      'PasswordLength',
      'laps',
    ])
      assert.equal(looksLikeLaps(path), false, path);
  });

  it('are told with the place that is read', () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ['HKLM\\Software\\Policies\\Microsoft\\LAPS', rootRows.GPO.key],
      ['HKLM\\Software\\Microsoft\\Windows\\Policies\\LAPS', rootRows.GPO.key],
      ['HKLM\\Software\\Microsoft\\LAPS\\Config', rootRows.Local.key],
      ['Software\\Policies\\MicrosoftServices\\AdmPwd', rootRows.Legacy.key],
      ['./User/Vendor/MSFT/LAPS/Policies', './Device/Vendor/MSFT/LAPS/Policies'],
      ['./User/Vendor/MSFT/LAPS/Policies/PasswordLength', './Device/Vendor/MSFT/LAPS/Policies/PasswordLength'],
    ];
    for (const [path, meant] of cases) {
      assert.ok(looksLikeLaps(path), path);
      assert.equal(meantPlace(path), meant);
    }
  });

  it('are the right ones in a spelling that no registry has, and the same is told in the one it has', () => {
    for (const root of rootNames) {
      const { key } = rootRows[root];
      for (const spelling of [
        key.replace(/^HKLM\\/, ''),
        `Computer\\${key.replace(/^HKLM/, 'HKEY_LOCAL_MACHINE')}`,
        key.replace(/^HKLM/, 'HKLM:'),
        key.replaceAll('\\', '\\\\'),
        key.replaceAll('\\', '/'),
        `${key} `,
        `${key}\u200b`,
        key.replace('\\Microsoft', ' \\Microsoft'),
      ]) {
        assert.ok(looksLikeLaps(spelling), spelling);
        assert.equal(meantPlace(spelling), key);
      }
    }
    assert.deepEqual([`${rootRows.GPO.key} `, rootRows.Legacy.key].map(hasUnseen), [true, false]);
  });

  it('may be a letter or two away, or stop short of the last name; alone that says nothing', () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      [rootRows.GPO.key.replace(/LAPS$/, 'LASP'), rootRows.GPO.key],
      [rootRows.GPO.key.replace(/\\LAPS$/, ''), rootRows.GPO.key],
      [rootRows.CSP.key.replace('Policies', 'Polices'), rootRows.CSP.key],
    ];
    for (const [path, meant] of cases) {
      assert.ok(isNearPlace(path), path);
      assert.equal(meantPlace(path), meant);
    }
    assert.equal(looksLikeLaps(rootRows.GPO.key.replace(/LAPS$/, 'LASP')), false);
    for (const path of ['HKLM\\Software', 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System'])
      assert.equal(isNearPlace(path), false, path);
  });
});
