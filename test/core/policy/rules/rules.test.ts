/** Each rule finds its case, at its place, and stays silent otherwise: reading, names and values. The goldens hold the wording. */
import assert from 'node:assert/strict';
import { ruleOf, rules } from '../../../../agent/core/policy/rules/rules.ts';
import { rootRows } from '../../../../agent/core/policy/settings.ts';
import { lint, namesOfFindings } from '../../../support/policies.ts';
import { ad, bothTemplates, check, entra, gpo, type Options } from '../../../support/ruleCases.ts';

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
      assert.equal(found[0]?.effect, 'of them the last counts: 16');
    });

    it('tell of one that stands there twice what becomes of the last alone', () => {
      const told = (...values: unknown[]): unknown[] =>
        lint(`{"BackupDirectory": 1${values.map((value) => `, "PostAuthenticationActions": ${value}`).join('')}}`, {
          os: '10.0.22631',
        }).map(({ name, effect }) => [name, effect?.replace(/ \(.*/, '')]);
      const again = ['duplicate-setting', 'of them the last counts: 0'];
      const byDefault = 'the device uses the default instead: 3';
      assert.deepEqual(told(3, 0), [again, ['not-in-this-root', byDefault]]);
      for (const replaced of [99, 11, 0])
        assert.deepEqual(told(replaced, 1), [['duplicate-setting', 'of them the last counts: 1']]);
      // Whichever of them it is, a device refuses the file.
      assert.deepEqual(told('"3"', 1)[0], [
        'wrong-type',
        'the device does not take this file and keeps the policy it had',
      ]);
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
});
