/** Rules about what stands beside what: several policies, several files, legacy LAPS and places. */
import { ad, check, entra, type Options } from '../../../support/ruleCases.ts';

describe('the rules', () => {
  describe('about several policies of one file', () => {
    const prefix = 'device_vendor_msft_laps_policies_';
    const simple = (id: string, value: unknown): object => ({
      settingInstance: { settingDefinitionId: prefix + id, simpleSettingValue: { value } },
    });
    const directory = {
      settingInstance: {
        settingDefinitionId: `${prefix}backupdirectory`,
        choiceSettingValue: { value: `${prefix}backupdirectory_1`, children: [] },
      },
    };
    const exported = (...policies: ReadonlyArray<readonly object[]>): object[] =>
      policies.map((settings, at) => ({ name: `P${at}`, settings }));
    const file = { path: 'export.json' };
    check([
      [
        'two that say the same',
        exported([directory, simple('passwordlength', 20)], [directory, simple('passwordlength', 20)]),
        [],
        file,
      ],
      ['one that adds to another', exported([directory], [simple('passwordlength', 20)]), [], file],
      [
        'none with a directory',
        exported([simple('passwordlength', 20)], [simple('passwordlength', 20)]),
        ['backup-directory-missing', 'backup-directory-missing'],
        file,
      ],
      [
        'two that differ',
        exported([directory, simple('passwordlength', 20)], [directory, simple('passwordlength', 21)]),
        ['policies-differ'],
        file,
      ],
      [
        'two that differ where a device would look',
        exported([directory, simple('passwordlength', 20)], [simple('passwordlength', 21)]),
        ['root-contradicts-itself'],
      ],
      [
        'two accounts, once',
        exported([directory, simple('administratoraccountname', 'a')], [simple('administratoraccountname', 'b')]),
        ['different-accounts'],
        file,
      ],
      [
        'the same account twice',
        exported([directory, simple('administratoraccountname', 'a')], [simple('administratoraccountname', 'a')]),
        [],
        file,
      ],
      [
        'a value twice in one of them',
        exported(
          [directory, simple('passwordlength', 20), simple('passwordlength', 21)],
          [simple('passwordlength', 21)],
        ),
        ['duplicate-setting'],
        file,
      ],
    ]);
  });

  describe('about several files', () => {
    const under = (path: string, others: Record<string, unknown>): Options => ({ path, others });
    check([
      ['a twin', entra, ['two-files-for-one-root'], under('p/csp.json', { 'p/CSP.reg': 'REGEDIT4\n' })],
      ['files of other folders and other names', entra, [], under('p/csp.json', { 'q/gpo.json': ad, 'p/x.json': ad })],
      ['a root below another', entra, ['shadowed-root'], under('p/gpo.json', { 'p/csp.json': entra })],
      [
        'roots beside one another where no Windows LAPS asks them',
        { AdmPwdEnabled: 1, PasswordLength: 14 },
        [],
        { ...under('p/legacy.json', { 'p/gpo.json': ad }), root: 'Legacy', os: '10.0.14393' },
      ],
      [
        'a trifle that disables nothing, where no Windows LAPS reads it',
        { PasswordLength: 20 },
        ['backup-directory-missing', 'os-without-laps'],
        { ...under('p/gpo.json', { 'p/legacy.json': { AdmPwdEnabled: 1 } }), os: '10.0.14393' },
      ],
      ['a root below one that sets nothing', entra, [], under('p/gpo.json', { 'p/csp.json': {} })],
      ['a root below one that cannot be read', entra, [], under('p/gpo.json', { 'p/csp.json': '{' })],
      ['the higher root, when it is whole', entra, [], under('p/csp.json', { 'p/gpo.json': ad })],
      [
        'a trifle that disables the rest',
        { PasswordLength: 20 },
        ['root-disables-rest'],
        under('p/csp.json', { 'p/gpo.json': ad }),
      ],
      [
        'a trifle that disables a legacy policy',
        { PasswordLength: 20 },
        ['root-disables-rest'],
        under('p/gpo.json', { 'p/legacy.json': { AdmPwdEnabled: 1 } }),
      ],
      [
        'a trifle above another',
        { PasswordLength: 20 },
        ['backup-directory-missing'],
        under('p/csp.json', { 'p/gpo.json': { PasswordLength: 9 } }),
      ],
      [
        'an account that is not the one above',
        { ...entra, AdministratorAccountName: 'b' },
        ['shadowed-root', 'different-accounts'],
        under('p/gpo.json', { 'p/csp.json': { ...entra, AdministratorAccountName: 'a' } }),
      ],
      [
        'the same account in another case',
        { ...entra, AdministratorAccountName: 'A' },
        ['shadowed-root'],
        under('p/gpo.json', { 'p/csp.json': { ...entra, AdministratorAccountName: 'a' } }),
      ],
    ]);
  });

  describe('about legacy LAPS', () => {
    const path = 'legacy.json';
    check([
      [
        'a whole policy',
        { AdmPwdEnabled: 1, PasswordLength: 14, PasswordComplexity: 3, AdmPwdConfigured: 1 },
        [],
        { path },
      ],
      [
        'a weak password',
        { AdmPwdEnabled: 1, PasswordLength: 8, PasswordComplexity: 1, PasswordAgeDays: 365 },
        ['weak-password'],
        { path },
      ],
      [
        'one of a length that nobody knows',
        { AdmPwdEnabled: 1, PasswordComplexity: 1, PasswordAgeDays: 365 },
        [],
        { path },
      ],
      ['a policy without its switch', { PasswordLength: 14 }, ['legacy-not-enabled'], { path }],
      ['a policy that is switched off', { AdmPwdEnabled: 0, PasswordLength: 14 }, ['legacy-not-enabled'], { path }],
      ['the switch alone', { AdmPwdEnabled: 0 }, [], { path }],
      [
        'a switch that is not read',
        { AdmPwdEnabled: 1, AdminAccountName: 'x', AdminNameConfigured: 0 },
        ['legacy-switch-ignored'],
        { path },
      ],
      [
        'a device without Active Directory',
        { AdmPwdEnabled: 1 },
        ['directory-unreachable'],
        { path, joinType: 'entra' },
      ],
    ]);
  });

  describe('about places', () => {
    const reg = (key: string, ...lines: string[]): string =>
      ['Windows Registry Editor Version 5.00', '', `[HKEY_LOCAL_MACHINE\\${key}]`, ...lines, ''].join('\r\n');
    const backup = '"BackupDirectory"=dword:00000001';
    const off = '"BackupDirectory"=dword:00000000';
    const windows = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion';
    check([
      ['a key that nothing reads', { 'HKLM\\Software\\Policies\\Microsoft\\LAPS': entra }, ['never-read']],
      ['a URI that nothing reads', { './User/Vendor/MSFT/LAPS/Policies/BackupDirectory': 1 }, ['never-read']],
      [
        'a key without its space',
        reg('Software\\Policies\\MicrosoftServices\\AdmPwd', '"AdmPwdEnabled"=dword:1'),
        ['never-read'],
        { path: 'x.reg' },
      ],
      ["the client's state", reg(`${windows}\\LAPS\\State`, backup), ['sets-nothing'], { path: 'x.reg' }],
      ['the key of Group Policy', reg(`${windows}\\Policies\\LAPS`, backup), [], { path: 'x.reg' }],
      [
        'the key of the CSP in a script',
        reg('Software\\Microsoft\\Policies\\LAPS', backup),
        ['unusual-root'],
        { path: 'x.reg' },
      ],
      ['local configuration in a script', reg(`${windows}\\LAPS\\Config`, backup), ['unusual-root'], { path: 'x.reg' }],
      ['its one documented use', reg(`${windows}\\LAPS\\Config`, off), [], { path: 'x.reg' }],
      [
        'a value that is deleted again',
        reg(`${windows}\\Policies\\LAPS`, backup, '"PasswordLength"=dword:14', '"PasswordLength"=-'),
        ['undone-setting'],
        { path: 'x.reg' },
      ],
      ['a file that only deletes', reg(`${windows}\\Policies\\LAPS`, '"PasswordLength"=-'), [], { path: 'x.reg' }],
    ]);
  });
});
