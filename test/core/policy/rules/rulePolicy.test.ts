/** Rules about what one policy asks for: directory, strength, sign-ins, account and encryption. */
import assert from 'node:assert/strict';
import { catalogPrefix, choice, entry, simple } from '../../../support/catalogExports.ts';
import { lint } from '../../../support/policies.ts';
import { ad, automatic, check, entra, gpo, names } from '../../../support/ruleCases.ts';

describe('the rules', () => {
  describe('about the directory', () => {
    check([
      ['a policy without one', { PasswordLength: 20 }, ['backup-directory-missing']],
      ['a policy that is switched off', { BackupDirectory: 0, PasswordLength: 20 }, ['backup-directory-off']],
      ['a plain switch', { BackupDirectory: 0 }, []],
      ['a directory of a wrong type, once', { BackupDirectory: '1', PasswordLength: 20 }, ['wrong-type']],
      ['a directory that is none, once', { BackupDirectory: 7, PasswordLength: 20 }, ['value-not-allowed']],
      ['a directory out of reach', ad, ['directory-unreachable'], { joinType: 'entra' }],
      ['any directory of a registered device', entra, ['directory-unreachable'], { joinType: 'registered' }],
      ['either directory of a hybrid device', ad, [], { joinType: 'hybrid' }],
      ['a directory while no join type is told', ad, []],
      ['a Group Policy for devices without a domain', entra, ['gpo-on-entra-only'], { ...gpo, joinType: 'entra' }],
      ['a Group Policy for hybrid devices', entra, [], { ...gpo, joinType: 'hybrid' }],
      [
        'settings for the other directory',
        { ...entra, ADPasswordEncryptionEnabled: true, ADPasswordEncryptionPrincipal: 'x' },
        ['ad-setting-with-entra', 'ad-setting-with-entra'],
      ],
      ['what asks for nothing there', { ...entra, ADEncryptedPasswordHistorySize: 0 }, []],
    ]);
  });

  describe('about a directory that reaches nobody', () => {
    const told = (settings: readonly object[]): unknown[] =>
      lint(JSON.stringify({ name: 'x', settings }, null, 1), { path: 'export.json' }).map(({ name, message, hint }) => [
        name,
        name === 'backup-directory-missing' ? [message.split(',')[0], hint] : hint,
      ]);
    const directory = choice('backupdirectory', '1');
    const other = entry(simple('passwordlength', 20));
    const where = (line: number): unknown => [
      'backup-directory-missing',
      ['BackupDirectory stands where no device reads it', `correct what stands in line ${line} (LAPS042)`],
    ];

    it('say where it is, not that it is not set', () => {
      assert.deepEqual(told([{ settingInstnce: directory }, other]), [
        ['never-read', 'write "settingInstance"'],
        where(5),
      ]);
      const misspelt = { settingDefinitonId: `${catalogPrefix}backupdirectory`, choiceSettingValue: { value: 'x' } };
      assert.deepEqual(told([entry(misspelt), other]), [['never-read', 'write "settingDefinitionId"'], where(6)]);
      assert.deepEqual(told([directory, other])[1], where(5));
      const near = { ...simple('x', 1), settingDefinitionId: 'device_vendor_msft_laps_backupdirectory' };
      assert.deepEqual(told([entry(near), other])[1], where(9));
      assert.match(String(told([other])[0]), /BackupDirectory is not set,add BackupDirectory 1/);
    });
  });

  describe('about what is drawn', () => {
    const phrase = { BackupDirectory: 1, PasswordComplexity: 8 };

    it('take the idle length beside the other one for what the editor of Group Policy writes, and only there', () => {
      const both = { BackupDirectory: 2, PasswordLength: 15, PassphraseLength: 6 };
      const told = (...given: Parameters<typeof lint>): readonly unknown[] =>
        lint(...given).map(({ rule, severity, setting, hint }) => [
          rule,
          severity,
          setting,
          /^nothing/.test(hint ?? ''),
        ]);
      assert.deepEqual(told(both, gpo), [['LAPS012', 'info', 'PassphraseLength', true]]);
      assert.deepEqual(told({ ...both, PasswordComplexity: 6 }, gpo), [['LAPS012', 'info', 'PasswordLength', true]]);
      for (const root of ['CSP', 'Local'] as const)
        assert.deepEqual(told(both, { root }), [['LAPS012', 'warning', 'PassphraseLength', false]]);
      const alone = { BackupDirectory: 2, PassphraseLength: 6 };
      assert.deepEqual(told(alone, gpo), [['LAPS012', 'warning', 'PassphraseLength', false]]);
    });

    check([
      ['a length beside a passphrase', { ...phrase, PasswordLength: 21 }, ['dead-setting']],
      ['words beside a password', { ...entra, PassphraseLength: 8 }, ['dead-setting']],
      [
        'the other length on a Windows that turns the passphrase into a password',
        { ...phrase, PasswordLength: 21 },
        ['newer-than-os'],
        { os: '10.0.22631' },
      ],
      ['the default password', { BackupDirectory: 1 }, []],
      ['the default passphrase of either list', phrase, []],
      ['14 characters for a year', { ...entra, PasswordAgeDays: 365 }, []],
      ['eight words of a short list for a year', { ...phrase, PassphraseLength: 8, PasswordAgeDays: 365 }, []],
      ['six words of a short list for a year', { ...phrase, PasswordAgeDays: 365 }, ['weak-password']],
      ['three words', { ...phrase, PassphraseLength: 3 }, ['weak-password']],
      [
        'eight characters of one class',
        { ...entra, PasswordComplexity: 1, PasswordLength: 8 },
        ['weak-password', 'legacy-complexity'],
      ],
      ['twenty letters and digits', { ...entra, PasswordComplexity: 3, PasswordLength: 20 }, ['legacy-complexity']],
    ]);
  });

  describe('about what follows a sign-in', () => {
    const actions = (value: number, delay?: number): Record<string, number> => ({
      ...entra,
      PostAuthenticationActions: value,
      ...(delay !== undefined && { PostAuthenticationResetDelay: delay }),
    });
    check([
      ['actions that a delay of 0 switches off', actions(3, 0), ['actions-switched-off']],
      ['a delay of 0 alone, which says what it means', { ...entra, PostAuthenticationResetDelay: 0 }, []],
      ['a delay with nothing to do', actions(0, 8), ['delay-without-action'], gpo],
      ['no action and no delay', actions(0, 0), [], gpo],
      ['a restart', actions(5), ['restart-action']],
      ['a restart that never comes, once', actions(5, 0), ['actions-switched-off']],
    ]);

    it('take a delay beside no action for what the editor of Group Policy writes, and a delay of 0 for a choice', () => {
      const told = (value: number, delay: number): readonly unknown[] =>
        lint(actions(value, delay), gpo).map(({ severity, hint }) => [severity, hint?.split(';')[0]]);
      assert.deepEqual(told(0, 24), [['info', 'nothing need be done']]);
      assert.deepEqual(told(3, 0), [['warning', 'write 1 for the shortest delay, one hour']]);
      assert.match(lint(actions(3, 0), gpo)[0]?.hint ?? '', /PostAuthenticationActions 0 as well$/);
      assert.doesNotMatch(lint(actions(3, 0))[0]?.hint ?? '', /PostAuthenticationActions/);
    });
  });

  describe('about the account', () => {
    it('give one hint about a padded name of the built-in account, which ends the matter', () => {
      const told = (policy: object): unknown[] => lint({ ...entra, ...policy }).map(({ hint }) => hint);
      assert.deepEqual(told({ AdministratorAccountName: 'Administrator ' }), [
        'remove the name: the built-in Administrator is then found whatever it is called',
      ]);
      assert.deepEqual(told({ AdministratorAccountName: 'admin ' }), ['write "admin"']);
    });

    const named = (name: string): unknown => ({ ...entra, AdministratorAccountName: name });
    const prefixed = (name: string, more: object = {}): unknown => ({
      ...automatic,
      AutomaticAccountManagementNameOrPrefix: name,
      ...more,
    });
    const random = { AutomaticAccountManagementRandomizeName: true };
    const account = 'automatic-setting-while-off';
    check([
      ['an ordinary name', named('Laps Admin-1.x_ä'), []],
      ['a name of exactly twenty characters', named('a'.repeat(20)), []],
      ['an empty name', named(''), ['account-name-empty']],
      ['a name too long', named('a'.repeat(21)), ['account-name-too-long']],
      ['a character that no name may have', named('a:b'), ['account-name-illegal']],
      ['a control character', named('a\u0007b'), ['account-name-illegal']],
      ['a domain before the name', named('CONTOSO\\admin'), ['account-name-illegal']],
      ['a name with a suffix', named('admin@contoso.test'), ['account-name-illegal']],
      ['a dot at the end', named('admin.'), ['account-name-illegal']],
      ['dots and spaces only', named(' . '), ['account-name-illegal']],
      ['a space before', named(' admin'), ['spaces-around-name']],
      ['a no-break space after', named('admin\u00a0'), ['spaces-around-name']],
      ['the built-in account by its English name', named('administrator'), ['built-in-by-name']],
      ['the built-in account with a space, once', named('Administrator '), ['spaces-around-name']],
      ['a name that is taken, with a space, once', prefixed(' Administrator'), ['spaces-around-name']],
      ['the built-in account by another word', named('Rendszergazda'), ['built-in-by-name']],
      [
        'a name while LAPS chooses',
        { ...automatic, AdministratorAccountName: 'a b?' },
        ['account-name-while-automatic'],
      ],
      [
        'details of an account that is not made',
        { ...entra, AutomaticAccountManagementTarget: 0, ...random },
        [account, account],
      ],
      ['an illegal name of that account, once', { ...entra, AutomaticAccountManagementNameOrPrefix: 'a?' }, [account]],
      ['a character of no width', named('laps\u200badmin'), ['invisible-character']],
      ['a mark of writing direction', named('laps\u202eadmin'), ['invisible-character']],
      ['a no-break space inside', named('laps\u00a0admin'), ['invisible-character']],
      ['letters of other scripts', named('админ-ä'), []],
      ['a prefix that is kept whole', prefixed('a'.repeat(14), random), []],
      ['a prefix that is cut', prefixed('a'.repeat(21), random), ['prefix-cut']],
      ['a name that is too long for the account', prefixed('a'.repeat(21)), ['account-name-too-long']],
      ['an empty prefix', prefixed(''), ['account-name-empty']],
      ['a name that is taken', prefixed('Administrator'), ['built-in-by-name']],
      ['that name for the account that has it', prefixed('Administrator', { AutomaticAccountManagementTarget: 0 }), []],
      [
        'a legacy name too long',
        { AdmPwdEnabled: 1, AdminAccountName: 'a'.repeat(21) },
        ['account-name-too-long'],
        { path: 'legacy.json' },
      ],
    ]);
  });

  it('know that an automatically managed built-in account is not made', () => {
    const effect = (target: number): string =>
      lint({
        ...automatic,
        AutomaticAccountManagementTarget: target,
        AutomaticAccountManagementNameOrPrefix: 'a'.repeat(21),
      })[0]?.effect ?? '';
    const cut = { AutomaticAccountManagementRandomizeName: true };
    const prefix = (target: number): string =>
      lint({
        ...automatic,
        ...cut,
        AutomaticAccountManagementTarget: target,
        AutomaticAccountManagementNameOrPrefix: 'a'.repeat(21),
      })[0]?.effect ?? '';
    assert.match(prefix(1), /^the device cuts it/);
    assert.match(prefix(0), /documented nowhere; if so, it is a{14} and 6 digits$/);
    assert.match(effect(1), /cuts the name, or makes no account .* documented nowhere/);
    assert.match(effect(0), /built-in Administrator/);
  });

  it('tell a name of a type that Group Policy never writes', () => {
    const key = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS';
    const named = (data: string): string =>
      `Computer\n${key}\nBackupDirectory\nDWORD:1\n\nComputer\n${key}\nAdministratorAccountName\n${data}\n`;
    assert.deepEqual(names(named('EXSZ:x'), { path: 'gpo.txt' }), ['expandable-text']);
    assert.deepEqual(names(named('SZ:x'), { path: 'gpo.txt' }), []);
  });

  describe('about encryption', () => {
    const principal = (text: string): unknown => ({ ...ad, ADPasswordEncryptionPrincipal: text });
    const off = { ...ad, ADPasswordEncryptionEnabled: false };
    check([
      ['a SID', principal('S-1-5-21-1-2-3-512'), []],
      ['a qualified name', principal('CONTOSO\\LAPS Readers'), []],
      ['a user principal name', principal('readers@contoso.test'), []],
      ['an isolated name', principal('LapsReaders'), ['principal-unmappable']],
      ['quotes', principal('"CONTOSO\\x"'), ['principal-unmappable']],
      ['half a SID', principal('S-1-5-'), ['principal-unmappable']],
      ['a domain without a name', principal('CONTOSO\\'), ['principal-unmappable']],
      ['spaces around it', principal('CONTOSO\\x '), ['spaces-around-name']],
      ['a group of the device', principal('.\\x'), ['principal-unmappable']],
      ['what nobody sees in it', principal('CONTOSO\\x\u200dy'), ['invisible-character']],
      ['nobody in a domain', principal('@contoso.test'), ['principal-unmappable']],
      ['clear text', off, ['encryption-off']],
      [
        'a history of what is not encrypted',
        { ...off, ADEncryptedPasswordHistorySize: 3 },
        ['encryption-off', 'history-without-encryption'],
      ],
      ['no history of it', { ...off, ADEncryptedPasswordHistorySize: 0 }, ['encryption-off']],
      [
        'a principal of it, once',
        { ...off, ADPasswordEncryptionPrincipal: 'x' },
        ['encryption-off', 'history-without-encryption'],
      ],
      ['DSRM without it', { ...off, ADBackupDSRMPassword: true }, ['encryption-off', 'dsrm-without-encryption'], gpo],
      [
        'all of it with Entra ID, in its own words',
        { ...entra, ADPasswordEncryptionEnabled: false },
        ['ad-setting-with-entra'],
      ],
    ]);
  });

  describe('about who may decrypt', () => {
    const key = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS';
    const inJson = (text: string): string | undefined => lint({ ...ad, ADPasswordEncryptionPrincipal: text })[0]?.hint;
    const inLgpo = (text: string): string | undefined =>
      lint(
        `Computer\n${key}\nBackupDirectory\nDWORD:2\n\nComputer\n${key}\nADPasswordEncryptionPrincipal\nSZ:${text}\n`,
        { path: 'gpo.txt' },
      )[0]?.hint;

    it('propose what the shape would hold', () => {
      assert.equal(inJson('CONTOSO/x'), String.raw`write "CONTOSO\\x"`);
      assert.equal(inLgpo('CONTOSO/x'), String.raw`write CONTOSO\x`);
      assert.equal(inLgpo(String.raw`CONTOSO\\x`), String.raw`write CONTOSO\x`);
      assert.equal(inLgpo(String.raw`"CONTOSO\x"`), String.raw`write CONTOSO\x`);
      assert.equal(inLgpo(String.raw`CONTOSO\x `), String.raw`write CONTOSO\x`);
      assert.equal(inLgpo('x'), String.raw`write DOMAIN\x, x@domain, or its SID`);
      assert.equal(inJson('x'), String.raw`write "DOMAIN\\x", "x@domain", or its SID`);
    });

    it('know a backslash that the shape took for something else', () => {
      const written = (principal: string): string =>
        `{ "BackupDirectory": 2, "ADPasswordEncryptionPrincipal": "${principal}" }`;
      assert.equal(lint(written(String.raw`CONTOSO\temp`))[0]?.hint, String.raw`write "CONTOSO\\temp"`);
      const reg = (line: string) =>
        lint(
          `Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\${key}]\n"BackupDirectory"=dword:00000002\n${line}\n`,
          { path: 'gpo.reg' },
        );
      const [principal] = reg(String.raw`"ADPasswordEncryptionPrincipal"="CONTOSO\x"`);
      assert.match(principal?.message ?? '', /a \.reg file drops/);
      assert.equal(principal?.hint, String.raw`write "CONTOSO\\x"`);
      assert.deepEqual(reg(String.raw`"ADPasswordEncryptionPrincipal"="CONTOSO\\x"`), []);
      assert.equal(reg(String.raw`"AdministratorAccountName"="CONTOSO\admin"`)[0]?.hint, 'write admin');
      assert.equal(
        lint(String.raw`{ "BackupDirectory": 1, "AdministratorAccountName": "CONTOSO\test" }`)[0]?.hint,
        'write test',
      );
    });

    it('propose nobody whom the author did not name', () => {
      assert.match(inLgpo(String.raw`CONTOSO\O'Brien (x)`) ?? '', /^write the SID /);
      assert.match(inLgpo('CN=Readers,DC=contoso,DC=com') ?? '', /sAMAccountName/);
      assert.match(inLgpo('CONTOSO\\') ?? '', /^write CONTOSO\\name with the name of a user or group/);
      assert.match(inLgpo('\\x') ?? '', /^write DOMAIN\\x/);
      assert.match(inLgpo('.\\x') ?? '', /^write DOMAIN\\x/);
      assert.match(inLgpo('x@') ?? '', /^write x@domain/);
      assert.match(inLgpo('a@b@c') ?? '', /^write a@domain/);
    });
  });
});
