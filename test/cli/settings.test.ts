/** `laps settings`. */
import assert from 'node:assert/strict';
import { verb } from '../../agent/cli/settings.ts';
import { legacyNames, rootRows, settingNames, settingRows } from '../../agent/core/policy/settings.ts';
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

  it('knows a setting by its URI, its key, its Intune id and a part of its name', async () => {
    const shown = async (word: string): Promise<unknown> => {
      const { json } = await runVerb(verb, { args: [word], json: true });
      const rows: readonly unknown[] = Array.isArray(json) ? json : [json];
      return rows.map((row) => (row !== null && typeof row === 'object' && 'name' in row ? row.name : undefined));
    };
    const cases: ReadonlyArray<readonly [string, readonly string[]]> = [
      ['./Device/Vendor/MSFT/LAPS/Policies/PasswordLength', ['PasswordLength']],
      ['HKLM\\Software\\Microsoft\\Policies\\LAPS\\passwordlength', ['PasswordLength']],
      ['device_vendor_msft_laps_policies_passwordagedays_aad', ['PasswordAgeDays']],
      ['device_vendor_msft_laps_policies_passwordcomplexity_4', ['PasswordComplexity']],
      ['complexity', ['PasswordComplexity']],
      ['DSRM', ['ADBackupDSRMPassword']],
      ['pwdage', ['PasswordAgeDays']],
      ['account name', ['AdministratorAccountName']],
      ['restart', ['PostAuthenticationActions']],
      ['encryption', ['ADPasswordEncryptionEnabled', 'ADPasswordEncryptionPrincipal']],
      ['AdmPwdEnabled', ['AdmPwdEnabled']],
    ];
    for (const [word, names] of cases) assert.deepEqual(await shown(word), names, word);
  });

  it('tells of a legacy value what stands for it today', async () => {
    const { stdout } = await runVerb(verb, { args: ['AdminAccountName'] });
    assert.match(stdout, /Microsoft Services.AdmPwd[\s\S]*today's name +AdministratorAccountName/);
  });

  it('shows a root by its name, its key and its URI, with what may stand in it', async () => {
    const words: ReadonlyArray<readonly [string, string]> = [
      ['csp', 'CSP'],
      ['./Device/Vendor/MSFT/LAPS/Policies/', 'CSP'],
      ['HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Policies\\LAPS', 'CSP'],
      [rootRows.GPO.key, 'GPO'],
      [rootRows.Legacy.key, 'Legacy'],
    ];
    for (const [word, root] of words) {
      const { stdout, status } = await runVerb(verb, { args: [word] });
      assert.equal(status, 0, word);
      assert.match(stdout, new RegExp(`^${root}\n`), word);
    }
    const { stdout } = await runVerb(verb, { args: ['csp'] });
    assert.match(stdout, /asked first[\s\S]*has no +ADBackupDSRMPassword\n/);
    assert.match(stdout, /PostAuthenticationActions +3 +1, 3, 5 or 11/);
    const { json } = await runVerb(verb, { args: [rootRows.Legacy.key], json: true });
    assert.deepEqual(json, { root: 'Legacy', ...rootRows.Legacy, settings: legacyNames });
  });

  it('says of a key that is nearly a root which one is meant', async () => {
    const { status, error } = await runVerb(verb, { args: ['HKLM\\Software\\Policies\\Microsoft\\LAPS'] });
    assert.equal(status, 2);
    assert.match(error?.message ?? '', /no device reads/);
    assert.match(error?.hint ?? '', /write HKLM.Software.Microsoft.Windows.CurrentVersion.Policies.LAPS/);
  });

  it('answers an unknown name with the nearest and status 2', async () => {
    const run = await runVerb(verb, { args: ['PasswordLenght'] });
    assert.equal(run.status, 2);
    assert.match(run.error?.hint ?? '', /PasswordLength/);
    assert.equal((await runVerb(verb, { args: [''] })).error?.message, 'the name is empty');
  });
});
