/** Each rule finds its case, at its place, and stays silent otherwise. The goldens hold the wording. */
import assert from 'node:assert/strict';
import { ruleOf, rules } from '../../../../agent/core/policy/rules/rules.ts';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { lint, namesOfFindings } from '../../../support/policies.ts';

type Options = Parameters<typeof lint>[1];
const names = (...given: Parameters<typeof lint>): string[] => namesOfFindings(lint(...given));
const entra = { BackupDirectory: 1, PasswordLength: 14 };
const ad = { BackupDirectory: 2 };
const gpo = { root: 'GPO' } as const;
const automatic = { BackupDirectory: 1, AutomaticAccountManagementEnabled: true };

const block = (key: string, name: string, data: number): string =>
  `Computer\n${key.slice('HKLM\\'.length)}\n${name}\nDWORD:${data}\n\n`;
const bothTemplates = block(rootRows.GPO.key, 'BackupDirectory', 2) + block(rootRows.Legacy.key, 'AdmPwdEnabled', 1);

/** What is found in a policy: `[what it shows, content, names of the rules, options]`. */
type Case = readonly [string, unknown, readonly string[], Options?];

function check(cases: readonly Case[]): void {
  for (const [title, content, expected, options] of cases)
    it(`${expected.length === 0 ? 'is silent about' : 'finds'} ${title}`, () => {
      assert.deepEqual(names(content, options), expected);
    });
}

describe('the rules', () => {
  it('are known by id and by name, in any case, in the order of their ids, and never by an id that is left out', () => {
    assert.equal(ruleOf('laps012')?.name, 'dead-setting');
    assert.equal(ruleOf('Dead-Setting')?.id, 'LAPS012');
    assert.equal(ruleOf('LAPS031'), undefined);
    const ids = rules.map((rule) => rule.id);
    assert.deepEqual(ids, ids.toSorted());
  });

  describe('about reading', () => {
    check([
      ['what is cut short, and nothing else in such a file', '{ "BackupDirectory": ', ['unreadable']],
      ['nesting that no policy has', '['.repeat(100_000), ['nested-too-deep']],
      ['two forms in one file', { ...entra, './Device/Vendor/MSFT/LAPS/Policies': {} }, ['mixed-roots']],
      ['content for another root', { './Device/Vendor/MSFT/LAPS/Policies': entra }, ['mixed-roots'], gpo],
      ['a file of another product', '{}', ['sets-nothing']],
      ['legacy LAPS in a GPO of Windows LAPS', bothTemplates, ['shadowed-root']],
      ['the same where there is no Windows LAPS', bothTemplates, ['os-without-laps'], { os: '10.0.14393' }],
    ]);
  });

  describe('about names and values', () => {
    it('tell the name that was meant', () => {
      const [finding] = lint({ ...entra, PasswordLenght: 20 });
      assert.equal(finding?.name, 'unknown-setting');
      assert.match(finding?.hint ?? '', /PasswordLength/);
    });

    it('know names that people shorten, and guess at none', () => {
      const hint = (name: string): string | undefined => lint({ ...entra, [name]: 20 })[0]?.hint;
      assert.equal(hint('PwdLength'), 'did you mean PasswordLength?');
      assert.equal(hint('AdminName'), 'did you mean AdministratorAccountName?');
      assert.equal(hint('Complexity'), 'did you mean PasswordComplexity?');
      for (const name of ['Password', 'Enabled', 'x', 'Helpdesk'])
        assert.equal(hint(name), 'laps settings lists all settings', name);
    });

    it('know the legacy names for what they are, and the modern ones in the legacy root', () => {
      assert.match(lint({ ...entra, AdminAccountName: 'x' })[0]?.hint ?? '', /AdministratorAccountName/);
      assert.match(lint({ ...entra, AdmPwdEnabled: 1 })[0]?.hint ?? '', /BackupDirectory/);
      const legacy = lint({ AdmPwdEnabled: 1, BackupDirectory: 1 }, { path: 'legacy.json' });
      assert.match(legacy[0]?.hint ?? '', /CurrentVersion\\Policies\\LAPS/);
    });

    it('know a policy of the other product as a whole, and say how to judge it', () => {
      const told = (...given: Parameters<typeof lint>): unknown[] =>
        lint(...given).map(({ name, hint }) => `${name}: ${hint}`);
      const modern = { BackupDirectory: 1, PasswordLength: 15 };
      assert.deepEqual(told(modern, { root: 'Legacy' }), [
        'unknown-setting: this is a policy of Windows LAPS: judge it without --root legacy',
      ]);
      assert.deepEqual(told(modern, { path: 'legacy.json' }), [
        'unknown-setting: this is a policy of Windows LAPS: name the file csp, gpo or local',
      ]);
      const legacy = { AdmPwdEnabled: 1, AdminAccountName: 'x' };
      assert.match(
        String(told(legacy, { path: 'x.json' })[0]),
        /for a policy of legacy LAPS, say --root legacy; in Windows LAPS Backup/,
      );
      assert.deepEqual(told(legacy, { root: 'Legacy' }), []);
      // A name that stands for a root leaves nothing open.
      assert.match(String(told(legacy, { path: 'csp.json' })[0]), /belongs to legacy LAPS; here BackupDirectory/);
    });

    it('say of a keyed file that is asked about for another root that this is all that is wrong', () => {
      const keyed = { [rootRows.GPO.key]: { BackupDirectory: 1, AdministratorAccountName: 'x' } };
      const found = lint(keyed, { root: 'Legacy' });
      assert.deepEqual(namesOfFindings(found), ['mixed-roots']);
      assert.equal(found[0]?.hint, 'judge it without --root legacy');
    });

    it('tell both places of a setting that stands there twice', () => {
      const found = lint('{"BackupDirectory": 1,\n "PasswordLength": 15,\n "PasswordLength": 16}');
      assert.deepEqual(namesOfFindings(found), ['duplicate-setting']);
      assert.equal(found[0]?.place.line, 3);
      assert.match(found[0]?.message ?? '', /2:2/);
    });

    it('point at the value of a wrong type and of a wrong value, and say what the device does', () => {
      const [type, value] = lint('{"BackupDirectory": 1, "PasswordLength": "14", "PasswordAgeDays": 400}');
      assert.deepEqual([type?.name, type?.place.column, type?.severity], ['wrong-type', 42, 'error']);
      assert.match(type?.hint ?? '', /14 without quotes/);
      assert.deepEqual([value?.name, value?.place.column], ['value-not-allowed', 67]);
      assert.match(value?.effect ?? '', /30/);
    });

    it('read sums of action bits for what they mean', () => {
      const hint = (value: number): string | undefined => lint({ ...entra, PostAuthenticationActions: value })[0]?.hint;
      assert.match(hint(2) ?? '', /write 3/);
      assert.match(hint(4) ?? '', /write 5/);
      assert.match(hint(9) ?? '', /write 11/);
      assert.match(hint(100) ?? '', /1, 3, 5 or 11/);
    });

    it('propose nothing that would be the next finding', () => {
      const hint = (content: unknown, options?: Options): string => lint(content, options)[0]?.hint ?? '';
      assert.equal(hint({ BackupDirectory: 1, PasswordAgeDays: 400 }), 'write a number from 7 to 365');
      assert.equal(hint({ BackupDirectory: 2, PasswordAgeDays: 400 }), 'write a number from 1 to 365');
      const csp = lint({ ...entra, PostAuthenticationActions: 100 })[0];
      assert.match(csp?.message ?? '', /allowed is 1, 3, 5 or 11$/);
      assert.equal(csp?.hint, 'write 1, 3, 5 or 11');
      assert.equal(hint({ ...entra, PostAuthenticationActions: 100 }, gpo), 'write 0, 1, 3, 5 or 11');
      const older = { os: '10.0.22631' };
      assert.match(hint({ ...entra, PasswordComplexity: 9 }, older), /^write 1, 2, 3 or 4 \(/);
      assert.match(hint({ ...entra, PostAuthenticationActions: 9 }, older), /^write 3 /);
    });

    it('know which kind of setting the settings catalogue makes of each', () => {
      const prefix = 'device_vendor_msft_laps_policies_';
      const told = (name: string, member: string, value: unknown): readonly [string, string] | undefined => {
        const content = {
          settings: [{ settingInstance: { settingDefinitionId: `${prefix}${name}`, [member]: { value } } }],
        };
        const found = lint(content).find((finding) => finding.name === 'wrong-type');
        return found === undefined ? undefined : [found.message, (found.hint ?? '').replaceAll(prefix, '')];
      };
      const [choice, simple] = ['choiceSettingValue', 'simpleSettingValue'];
      assert.equal(told('passwordcomplexity', choice, `${prefix}passwordcomplexity_4`), undefined);
      assert.equal(told('passwordlength', simple, 20), undefined);
      assert.equal(told('administratoraccountname', simple, 'x'), undefined);
      assert.deepEqual(told('passwordcomplexity', simple, 4), [
        'PasswordComplexity is 4 in a simpleSettingValue, but the id of one of its options belongs here',
        'write "passwordcomplexity_4" in a choiceSettingValue',
      ]);
      assert.equal(
        told('passwordcomplexity', simple, `${prefix}passwordcomplexity_4`)?.[1],
        'write "passwordcomplexity_4" in a choiceSettingValue',
      );
      assert.match(told('passwordcomplexity', choice, 4)?.[0] ?? '', /4 in a choiceSettingValue/);
      assert.equal(
        told('adpasswordencryptionenabled', simple, true)?.[1],
        'write "adpasswordencryptionenabled_true" in a choiceSettingValue',
      );
      assert.deepEqual(told('passwordlength', choice, `${prefix}passwordlength_20`), [
        'PasswordLength is 20 in a choiceSettingValue, but a whole number belongs here',
        'write 20 in a simpleSettingValue (an IntegerSettingValue)',
      ]);
      assert.match(
        told('passwordlength', choice, `${prefix}passwordlength_99`)?.[1] ?? '',
        /^write a number, 8 to 64, in/,
      );
      assert.match(
        told('administratoraccountname', choice, `${prefix}administratoraccountname_x`)?.[1] ?? '',
        /StringSettingValue/,
      );
    });

    it('propose for a wrong type no value that would be wrong next', () => {
      const hint = (content: unknown): string | undefined =>
        lint(content).find((finding) => finding.name === 'wrong-type')?.hint;
      assert.equal(hint({ ...entra, PasswordLength: '99' }), 'write a number, 8 to 64, without quotes');
      assert.equal(hint({ BackupDirectory: 1, PasswordAgeDays: '3' }), 'write a number, 7 to 365, without quotes');
      assert.equal(hint({ ...entra, PostAuthenticationActions: '0' }), 'write a number, 1, 3, 5 or 11, without quotes');
      assert.equal(hint({ ...entra, AdministratorAccountName: 5 }), 'write a text in double quotes');
    });

    it('name the type as the shape does', () => {
      const uri = './Device/Vendor/MSFT/LAPS/Policies/';
      const oma = (name: string, value: unknown): string | undefined =>
        lint({ omaSettings: [{ '@odata.type': '#microsoft.graph.omaSettingString', omaUri: uri + name, value }] }).find(
          ({ rule }) => rule === 'LAPS009',
        )?.hint;
      assert.equal(oma('PasswordLength', '14'), 'write 14 without quotes, as omaSettingInteger');
      assert.equal(oma('PasswordLength', '99'), 'write a number, 8 to 64, without quotes, as omaSettingInteger');
      assert.equal(oma('ADPasswordEncryptionEnabled', 'true'), 'write true without quotes, as omaSettingBoolean');
      assert.equal(oma('ADPasswordEncryptionEnabled', '1'), 'write true without quotes, as omaSettingBoolean');
      const syncml = (name: string, data: string): string | undefined =>
        lint(
          `<SyncML xmlns="SYNCML:SYNCML1.2"><SyncBody><Add><Item><Target><LocURI>${uri}${name}</LocURI></Target><Meta><Format xmlns="syncml:metinf">chr</Format></Meta><Data>${data}</Data></Item></Add></SyncBody></SyncML>`,
          { path: 'csp.xml' },
        ).find(({ rule }) => rule === 'LAPS009')?.hint;
      assert.equal(syncml('PasswordLength', '14'), 'write 14, with the Format int');
    });

    it('spell a number as a registry file does', () => {
      const reg = (line: string): string =>
        `Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS]\n"BackupDirectory"=dword:00000001\n${line}\n`;
      const hint = (line: string): string | undefined => lint(reg(line), { path: 'gpo.reg' })[0]?.hint;
      assert.equal(
        hint('"PasswordLength"=dword:00000064'),
        'write a number from 8 to 64 (dword:00000008 to dword:00000040)',
      );
      assert.equal(hint('"PostAuthenticationActions"=dword:00000063'), 'write 0, 1, 3, 5 or 11 (11 is dword:0000000b)');
      assert.match(hint('"PostAuthenticationActions"=dword:00000009') ?? '', /^write 11 \(dword:0000000b\) to /);
      assert.equal(hint('"AutomaticAccountManagementEnabled"=dword:00000002'), 'write 1 or 0');
      assert.match(hint('"AdministratorAccountName"="x') ?? '', /^close it with a double quote/);
    });

    check([
      ['a prototype for a name', '{"BackupDirectory": 1, "__proto__": 1}', ['unknown-setting']],
      [
        'what a later Windows brought',
        { BackupDirectory: 1, PasswordComplexity: 6, PassphraseLength: 5, PostAuthenticationActions: 11 },
        ['newer-than-os', 'newer-than-os', 'newer-than-os'],
        { os: '10.0.22631' },
      ],
      ['the same on that Windows', { BackupDirectory: 1, PasswordComplexity: 6, PassphraseLength: 5 }, []],
      ['an age below the Entra minimum', { BackupDirectory: 1, PasswordAgeDays: 6 }, ['age-below-entra-minimum']],
      ['that age with Active Directory', { BackupDirectory: 2, PasswordAgeDays: 6 }, []],
      [
        'what Group Policy alone carries',
        { ...ad, PostAuthenticationActions: 0, ADBackupDSRMPassword: 1 },
        ['not-in-this-root', 'not-in-this-root'],
      ],
      ['the same in Group Policy', { ...ad, PostAuthenticationActions: 0, ADBackupDSRMPassword: 1 }, [], gpo],
    ]);
  });

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
