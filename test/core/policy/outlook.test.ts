/** What a Windows device would do, in sentences. */
import assert from 'node:assert/strict';
import { type Outlook, outlookOf } from '../../../agent/core/policy/outlook.ts';
import { rootRows } from '../../../agent/core/policy/settings.ts';
import { settingsOn } from '../../../agent/core/policy/windowsDevice.ts';
import type { JoinType } from '../../../agent/core/ports.ts';
import { lint, policyOf } from '../../support/policies.ts';

const outlook = (content: unknown, joinType: JoinType = 'entra', os?: string): Outlook =>
  outlookOf({ policy: policyOf(content, os === undefined ? {} : { os }), joinType });
const all = ({ told }: Outlook): string => Object.values(told).flat().join('\n');
const entra = { BackupDirectory: 1 };
const ad = { BackupDirectory: 2 };

describe('the outlook of a policy', () => {
  it('follows Windows where this program does not: Active Directory, automatic accounts', () => {
    assert.equal(outlook(ad, 'hybrid').windows.manages, true);
    const automatic = { ...entra, AutomaticAccountManagementEnabled: 1, AutomaticAccountManagementRandomizeName: 1 };
    assert.equal(outlook(automatic).windows.manages, true);
    assert.match(all(outlook(automatic)), /named "WLapsAdmin" and random digits, new ones at every rotation, disabled/);
    assert.match(
      all(outlook({ ...automatic, AutomaticAccountManagementTarget: 0, AutomaticAccountManagementEnableAccount: 1 })),
      /built-in Administrator wholly and keeps it enabled/,
    );
  });

  it('counts what is encrypted anew among what replaces a password early, where there is encryption', () => {
    const early = /earlier when .*encryption is switched on, another principal may decrypt it, the device has lost/;
    assert.match(all(outlook(ad, 'hybrid')), early);
    assert.doesNotMatch(all(outlook(entra)), /encryption is switched on|another principal/);
  });

  it('contradicts no finding: a prefix is cut, and a principal that cannot be mapped is none', () => {
    const prefix = 'ThisPrefixIsVeryLong';
    const automatic = {
      ...entra,
      AutomaticAccountManagementEnabled: 1,
      AutomaticAccountManagementRandomizeName: 1,
      AutomaticAccountManagementNameOrPrefix: prefix,
    };
    const both = lint({ ...automatic, AdministratorAccountName: 'x' });
    assert.equal(
      both.find(({ name }) => name === 'account-name-while-automatic')?.effect,
      'the device manages its own account "ThisPrefixIsVe" and 6 digits instead',
    );
    assert.match(all(outlook(automatic)), /named "ThisPrefixIsVe" \("ThisPrefixIsVeryLong" is cut\) and random digits/);
    const isolated = outlook({ ...ad, ADPasswordEncryptionPrincipal: 'Domain Admins' }, 'hybrid');
    assert.deepEqual([isolated.windows.manages, isolated.windows.event], [false, 10034]);
    assert.match(isolated.windows.why, /does not say which domain.*backs nothing up \(event 10034\)/);
    assert.doesNotMatch(all(isolated), /for "Domain Admins" to decrypt|If "Domain Admins"/);
  });

  it('promises nothing under a name that no account can have, and says what the device does', () => {
    const named = (name: string): object => ({ ...entra, AdministratorAccountName: name });
    const prefixed = { ...entra, AutomaticAccountManagementEnabled: 1, AutomaticAccountManagementNameOrPrefix: 'a/b' };
    const cases: ReadonlyArray<readonly [object, RegExp, number | undefined]> = [
      [named('a/b'), /holds what no account name may hold: \/; the device finds no such account/, 10013],
      [named('admin '), /has spaces around it: "admin "; the device finds no such account/, 10013],
      [named('a'.repeat(28)), /has 28 characters; a local account has at most 20; the device finds no/, 10013],
      [prefixed, /no account name may hold: \/; the device cannot create an account of this name/, undefined],
    ];
    for (const [content, why, event] of cases) {
      const { windows, told } = outlook(content);
      assert.deepEqual([windows.manages, windows.event], [false, event]);
      assert.match(windows.why, why);
      assert.deepEqual([told.account, told.password, told.signIn], [[], [], []]);
      assert.match(told.rotation.join(), /^Nothing is backed up, so no password is replaced/);
    }
  });

  it('judges what is left of a prefix: digits stand behind a dot, and a name that is cut lacks its end', () => {
    const prefixed = (name: string): object => ({
      ...entra,
      AutomaticAccountManagementEnabled: 1,
      AutomaticAccountManagementRandomizeName: 1,
      AutomaticAccountManagementNameOrPrefix: name,
    });
    for (const name of ['laps.', '.', `${'a'.repeat(14)}/`])
      assert.equal(outlook(prefixed(name)).windows.manages, true);
    assert.equal(outlook(prefixed('a/')).windows.manages, false);
  });

  it('judges a name as its file means it: a .reg file drops the backslash of a domain', () => {
    const reg = (name: string): string =>
      `Windows Registry Editor Version 5.00\r\n\r\n[${rootRows.GPO.key.replace('HKLM', 'HKEY_LOCAL_MACHINE')}]\r\n"BackupDirectory"=dword:00000001\r\n"AdministratorAccountName"="${name}"\r\n`;
    const windows = (name: string) =>
      outlookOf({ policy: policyOf(reg(name), { path: 'gpo.reg' }), joinType: 'hybrid' }).windows;
    assert.deepEqual([windows('admin').manages, windows('CONTOSO\\admin').manages], [true, false]);
    assert.match(windows('CONTOSO\\admin').why, /names a domain or computer as well/);
  });

  it('tells what no source settles as a doubt, in the headline and beside the rotation', () => {
    const own = { ...entra, AutomaticAccountManagementEnabled: 1 };
    const long = 'a'.repeat(21);
    const cases: ReadonlyArray<readonly [object, RegExp]> = [
      [{ ...ad, ADPasswordEncryptionPrincipal: ' C\\R ' }, /spaces around it: " C\\R "; the device may fail/],
      [{ ...own, AutomaticAccountManagementNameOrPrefix: long }, /whether the device cuts the name/],
      [{ ...own, AutomaticAccountManagementNameOrPrefix: 'a ' }, /whether the device makes an account/],
      [
        { ...own, AutomaticAccountManagementTarget: 0, AutomaticAccountManagementNameOrPrefix: 'a/b' },
        /cannot take this name; what it does instead is documented nowhere/,
      ],
    ];
    for (const [content, doubt] of cases) {
      const { windows, told } = outlook(content, 'hybrid');
      assert.equal(windows.manages, true);
      assert.match(windows.doubt ?? '', doubt);
      assert.match(windows.why, /^backup to .*, but /);
      assert.match(told.rotation.at(-1) ?? '', /^Whether any of this comes about is not certain: /);
    }
    assert.match(outlook(cases[1]?.[0]).told.account.join(), /to be named "a{21}"/);
  });

  it('does not say of a shorter age under expiration protection both that it replaces the password and that it does not', () => {
    const rotation = (settings: object): string => outlook({ ...ad, ...settings }, 'hybrid').told.rotation.join('\n');
    assert.match(rotation({}), /Editing the length or the complexity does not[\s\S]*the sources disagree/);
    assert.match(rotation({ PasswordExpirationProtectionEnabled: 0 }), /Editing the age, the length/);
  });

  it('says of a Windows without LAPS that nothing is read, and of no event; the file is shown as it is', () => {
    for (const os of ['10.0.14393', '10.0.19045.2000']) {
      const policy = policyOf({ ...entra, PasswordLength: 99 }, { os });
      const { windows, told, replaced } = outlookOf({ policy, joinType: 'entra' });
      assert.deepEqual([policy.source, windows.manages, windows.event, replaced], ['CSP', false, undefined, []]);
      assert.match(windows.why, /has no Windows LAPS, which came .*: no policy is read/);
      assert.doesNotMatch(Object.values(told).flat().join(), /event|no policy\.|Windows uses/);
      const { given, origin, line, applies, why } = policy.settings.BackupDirectory;
      assert.deepEqual([given, origin, line, applies, why], [1, 'adjusted', 2, false, policy.withoutLaps]);
    }
    const legacy = outlook({ [rootRows.Legacy.key]: { AdmPwdEnabled: 1 } }, 'hybrid', '10.0.14393');
    assert.deepEqual([legacy.windows.manages, legacy.told.account], [false, []]);
    assert.match(legacy.windows.why, /only the older Microsoft LAPS follows it/);
    assert.equal(policyOf({}, { os: '10.0.14393' }).source, 'none');
  });

  it('means the same by a legacy policy where there is no Windows LAPS: the older LAPS may follow it', () => {
    const weak = { AdmPwdEnabled: 1, PasswordLength: 8, PasswordComplexity: 1, PasswordAgeDays: 365 };
    const policy = policyOf({ [rootRows.Legacy.key]: weak }, { os: '10.0.14393' });
    assert.deepEqual([policy.settings.PasswordLength.value, policy.settings.PasswordLength.applies], [8, true]);
    assert.equal(settingsOn(policy, 'hybrid').PasswordLength.applies, false);
    const found = lint(weak, { path: 'legacy.json', os: '10.0.14393' }).map(({ name }) => name);
    assert.deepEqual(found, ['weak-password']);
  });

  it('does not say that Windows uses something in the place of what it does not look at', () => {
    const old = outlook({ ...entra, PasswordComplexity: 6, PassphraseLength: 8 }, 'entra', '10.0.22631');
    assert.deepEqual(
      old.replaced.map(({ setting }) => setting),
      ['PasswordComplexity'],
    );
    assert.deepEqual(old.dead, ['PassphraseLength']);
    assert.match(old.told.source.join(), /PassphraseLength stands in the file and changes nothing: .*does not know it/);
    const idle = outlook({ ...entra, PassphraseLength: 99 });
    assert.deepEqual([idle.replaced, idle.dead], [[], ['PassphraseLength']]);
    assert.deepEqual(outlook({ ...ad, ADBackupDSRMPassword: 1 }, 'hybrid').dead, ['ADBackupDSRMPassword']);
  });

  it('says why nothing is managed, and then tells nothing of passwords', () => {
    const cases: ReadonlyArray<readonly [unknown, JoinType, RegExp]> = [
      [{}, 'entra', /no root sets anything/],
      [{ PasswordLength: 20 }, 'entra', /BackupDirectory is not set, and its default is 0/],
      [{ BackupDirectory: 0 }, 'entra', /BackupDirectory is 0/],
      [ad, 'entra', /joined to Entra ID only/],
      [entra, 'registered', /only registered/],
      [{ [rootRows.Legacy.key]: { PasswordLength: 9 } }, 'hybrid', /AdmPwdEnabled is not 1/],
    ];
    for (const [content, joinType, why] of cases) {
      const { windows, told } = outlook(content, joinType);
      assert.equal(windows.manages, false);
      assert.match(windows.why, why);
      assert.deepEqual([told.account, told.password, told.signIn], [[], [], []]);
    }
  });

  it('tells the password by its sets and bits, as spec 3.4 counts them', () => {
    const { password, told } = outlook({ ...entra, PasswordComplexity: 5, PasswordLength: 8 });
    assert.deepEqual([password.choices, password.sets.length, password.entropyBits], [64, 4, 48]);
    assert.match(
      told.password.join(),
      /8 characters out of 23 capitals, 24 small letters, 8 digits and the 9 specials !#%\+@:=\?\*, at least one of each: about 48 bits \(47,/,
    );
    assert.match(
      outlook({ ...entra, PasswordComplexity: 8 }).told.password.join(),
      /passphrase of 6 words.*list of 1276: about 62 bits/,
    );
    assert.match(
      outlook({ ...entra, PasswordComplexity: 1 }).told.password.join(),
      /out of 26 capitals: about 66 bits\./,
    );
  });

  it('says how Active Directory keeps the password, and for whom', () => {
    const kept = (more: object): string => outlook({ ...ad, ...more }, 'hybrid').told.password.join(' ');
    assert.match(kept({}), /encrypted, for the Domain Admins .* keeps no earlier ones\. .* 2016 or later/);
    assert.match(kept({ ADEncryptedPasswordHistorySize: 1 }), /keeps the one before it/);
    const named = kept({ ADEncryptedPasswordHistorySize: 5, ADPasswordEncryptionPrincipal: 'CONTOSO\\x' });
    assert.match(named, /for "CONTOSO\\x" to decrypt, and keeps the 5 before it\..*10034 and 10035/);
    assert.match(kept({ ADPasswordEncryptionEnabled: 0 }), /in clear text/);
    const legacy = outlook({ [rootRows.Legacy.key]: { AdmPwdEnabled: 1 } }, 'hybrid');
    assert.match(legacy.told.password.join(' '), /in clear text/);
    assert.equal(outlook(entra).told.password.length, 1);
  });

  it('says that a device of Entra ID alone gets no Group Policy from a domain', () => {
    const source = (joinType: JoinType): string =>
      outlook({ [rootRows.GPO.key]: entra }, joinType).told.source.join(' ');
    assert.match(source('entra'), /gets no Group Policy/);
    assert.doesNotMatch(source('hybrid'), /gets no Group Policy/);
  });

  it('names every value that Windows replaces, for the build that is asked about', () => {
    const { replaced, told } = outlook({ ...entra, PasswordComplexity: 7, PasswordAgeDays: 3 }, 'entra', '10.0.22631');
    assert.deepEqual(
      replaced.map(({ setting, given, used }) => [setting, given, used]),
      [
        ['PasswordAgeDays', 3, 7],
        ['PasswordComplexity', 7, 4],
      ],
    );
    assert.match(told.source.join('\n'), /PasswordComplexity is given as 7, and Windows uses 4 \(.*24H2/);
  });

  it('names what stands in the file and changes nothing', () => {
    assert.deepEqual(outlook({ ...entra, PassphraseLength: 5, ADEncryptedPasswordHistorySize: 3 }).dead, [
      'PassphraseLength',
      'ADEncryptedPasswordHistorySize',
    ]);
  });

  it('says what a sign-in triggers, for each set of actions', () => {
    const signIn = (settings: object): string => outlook({ ...entra, ...settings }).told.signIn.join(' ');
    assert.match(signIn({}), /^24 hours after .* signed out; its network \(SMB\) sessions are closed\.$/);
    assert.match(
      signIn({ PostAuthenticationResetDelay: 1, PostAuthenticationActions: 1 }),
      /^1 hour after.*stays signed in/,
    );
    assert.match(signIn({ PostAuthenticationActions: 5 }), /restarts one minute later/);
    assert.match(signIn({ PostAuthenticationActions: 11 }), /ended without a warning/);
    assert.match(signIn({ PostAuthenticationResetDelay: 0 }), /triggers nothing: PostAuthenticationResetDelay is 0/);
    const byGpo = policyOf({ [rootRows.GPO.key]: { ...entra, PostAuthenticationActions: 0 } }, { path: 'gpo.json' });
    assert.match(outlookOf({ policy: byGpo, joinType: 'hybrid' }).told.signIn.join(), /PostAuthenticationActions is 0/);
  });

  it('says when the password is replaced, and what expiration protection adds', () => {
    assert.match(
      outlook({ ...entra, PasswordAgeDays: 1 }).told.rotation.join('\n'),
      /replaced 7 days after each backup/,
    );
    assert.match(
      outlook({ ...ad, PasswordAgeDays: 1 }, 'hybrid').told.rotation.join('\n'),
      /older than 1 day, is not accepted/,
    );
    const off = { ...ad, PasswordExpirationProtectionEnabled: 0 };
    assert.match(outlook(off, 'hybrid').told.rotation.join('\n'), /expiration protection is off/);
  });

  it('says of a legacy policy without a length that its length is a guess, and of no other', () => {
    const told = (legacy: object): string =>
      outlook({ [rootRows.Legacy.key]: { AdmPwdEnabled: 1, ...legacy } }, 'hybrid').told.password.join(' ');
    assert.match(told({}), /names no length[\s\S]*documented nowhere/);
    assert.doesNotMatch(told({ PasswordLength: 12 }), /documented nowhere/);
    assert.doesNotMatch(outlook({ BackupDirectory: 2 }, 'hybrid').told.password.join(' '), /documented nowhere/);
  });

  it('tells a legacy policy with the conditions under which Windows follows it', () => {
    const { windows, told } = outlook({ [rootRows.Legacy.key]: { AdmPwdEnabled: 1, PasswordLength: 12 } }, 'hybrid');
    assert.equal(windows.manages, true);
    assert.match(told.source.join('\n'), /no domain controller/);
    assert.match(told.password.join(), /12 characters/);
    assert.match(told.signIn.join(), /triggers nothing/);
  });

  it('names lower roots that are passed over', () => {
    const shadowed = [{ root: 'GPO', file: 'p/gpo.reg' }] as const;
    const { told } = outlookOf({ policy: policyOf(entra), joinType: 'entra', shadowed });
    assert.match(told.source.join('\n'), /p\/gpo\.reg \(GPO\) is not looked at/);
  });
});
