/** Intune's exports: parents, wrappers, definitions carried along, hidden values, JSON inside a string. */
import assert from 'node:assert/strict';
import { meantPlace } from '../../../../agent/core/policy/strays.ts';
import {
  choice,
  nestedRead,
  nestedSettings,
  catalogPrefix as prefix,
  simple,
} from '../../../support/catalogExports.ts';
import { documentFrom } from '../../../support/readers.ts';

const read = (value: unknown) => documentFrom(JSON.stringify(value));
const settings = (value: unknown): unknown[] =>
  read(value).settings.map(({ name, value, intune }) => [name, value, intune?.parent]);

describe('an Intune export', () => {
  it('is read alone, in a list, in a value wrapper, in any depth of wrapping, and as JSON in a string in JSON', () => {
    const policy = { name: 'x', settings: nestedSettings };
    for (const shape of [
      policy,
      nestedSettings,
      [policy],
      { value: [policy] },
      { a: { b: [{ c: policy }] } },
      JSON.stringify(policy),
      { json: JSON.stringify(policy) },
      [JSON.stringify(JSON.stringify(policy))],
    ])
      assert.deepEqual(settings(shape), nestedRead, JSON.stringify(shape));
  });

  it('keeps pointer and place, through escapes of an inner string too', () => {
    const inner = JSON.stringify({ settings: [{ settingInstance: simple('administratoraccountname', 'ä"b') }] });
    const text = JSON.stringify({ 'a/b': inner });
    const [setting] = documentFrom(text).settings;
    assert.equal(setting?.value, 'ä"b');
    assert.equal(setting?.pointer, '/a~1b/settings/0/settingInstance/simpleSettingValue/value');
    const { column = 0, endColumn = 0 } = setting?.valuePlace ?? {};
    assert.equal(text.slice(column - 1, endColumn - 1), '\\"ä\\\\\\"b\\"');
  });

  it('takes no value from the definitions that an export carries', () => {
    const definition = {
      settingDefinitionId: `${prefix}passwordlength`,
      id: 'x',
      defaultValue: { value: 14 },
      simpleSettingValue: { value: 9 },
    };
    const megabytes = Array.from({ length: 3000 }, () => ({ ...definition, description: 'x'.repeat(300) }));
    assert.deepEqual(
      settings({ settings: [{ ...nestedSettings[0], settingDefinitions: megabytes }] }),
      nestedRead.slice(0, 2),
    );
  });

  it('keeps wrong options, wrong types and unknown settings for the author', () => {
    const odd = [
      choice('backupdirectory', 'x'),
      simple('passwordlength', '14'),
      simple('passwordlenght', 14),
      { settingDefinitionId: `${prefix}passwordagedays`, simpleSettingValue: { value: { a: 1 } } },
    ];
    const document = read(odd.slice(0, 3).map((settingInstance) => ({ settingInstance })));
    assert.deepEqual(
      document.settings.map(({ name, value }) => [name, value]),
      [
        ['BackupDirectory', 'x'],
        ['PasswordLength', '14'],
        ['passwordlenght', 14],
      ],
    );
    assert.match(read([{ settingInstance: odd[3] }]).problems[0]?.message ?? '', /no value for PasswordAgeDays/);
  });

  it('reads both age definitions as one setting, and legacy LAPS by its ADMX ids', () => {
    const both = [choice('backupdirectory', '1', [simple('passwordagedays_aad', 14), simple('passwordagedays', 3)])];
    assert.deepEqual(settings([{ settingInstance: both[0] }]).slice(1), [
      ['PasswordAgeDays', 14, 'backupdirectory_1'],
      ['PasswordAgeDays', 3, 'backupdirectory_1'],
    ]);
    const legacy = 'device_vendor_msft_policy_config_admx_admpwd_pol_admpwd_enabled';
    const document = read([
      { settingInstance: { settingDefinitionId: legacy, choiceSettingValue: { value: `${legacy}_1` } } },
    ]);
    assert.deepEqual(
      [document.root, document.settings[0]?.name, document.settings[0]?.value],
      ['Legacy', 'AdmPwdEnabled', 1],
    );
  });

  it('keeps what stands under an id that is mistyped for one of LAPS, and no id of another product', () => {
    const one = (id: string): object => ({ settingDefinitionId: id, simpleSettingValue: { value: 20 } });
    const mistyped = [
      'device_vendor_msft_laps_passwordlength',
      'device_vendor_msft_laps_policy_passwordlength',
      'user_vendor_msft_laps_policies_passwordlength',
      'vendor_msft_laps_policies_passwordlength',
      'device_vendor_msft_lap_policies_passwordlength',
      'device_vendor_msft_policy_config_laps_passwordlength',
    ];
    for (const id of mistyped) {
      const { strays = [], settings } = read([simple('backupdirectory', 1), one(id)]);
      assert.deepEqual([strays.map(({ where }) => where), settings.length], [[id], 1]);
      assert.equal(meantPlace(id), `${prefix}passwordlength`);
    }
    assert.equal(meantPlace('device_vendor_msft_lap_policies_passwordagedays_aad'), `${prefix}passwordagedays_aad`);
    assert.equal(meantPlace('device_vendor_msft_laps_policy_passwordlenght'), `${prefix}passwordlength`);
    for (const id of [
      'device_vendor_msft_laps_actions_resetpassword',
      'device_vendor_msft_policy_config_devicelock_passwordlength',
      'device_vendor_msft_passportforwork_policies_pincomplexity',
    ])
      assert.equal(read([simple('backupdirectory', 1), one(id)]).strays, undefined, id);
  });

  it('has the options that the catalog has, and no other', () => {
    const one = (id: string, option: string): unknown => read([choice(id, option)]).settings[0]?.value;
    for (const [id, option, value] of [
      ['automaticaccountmanagementenabled', 'true', true],
      ['automaticaccountmanagementenabled', 'false', false],
      ['automaticaccountmanagementenabled', '1', '1'],
      ['automaticaccountmanagementenableaccount', '0', '0'],
      ['adpasswordencryptionenabled', '1', '1'],
      ['backupdirectory', '0', 0],
      ['backupdirectory', '01', '01'],
      ['backupdirectory', '3', 3],
      ['passwordcomplexity', '008', '008'],
    ] as const)
      assert.equal(one(id, option), value, `${id}_${option}`);
  });

  it('has values of the kind that it names them', () => {
    const kind = '#microsoft.graph.deviceManagementConfiguration';
    const named = (
      id: string,
      value: unknown,
      type: unknown,
      instance: unknown = `${kind}SimpleSettingInstance`,
    ): unknown =>
      read([
        {
          '@odata.type': instance,
          settingDefinitionId: prefix + id,
          simpleSettingValue: { value, '@odata.type': type },
        },
      ]).settings[0]?.value;
    const called = (given: string, wanted: string, shown: string): unknown => ({
      kind: 'catalog',
      member: 'simpleSettingValue',
      shown,
      called: { given, wanted: kind + wanted },
    });
    for (const type of [`${kind}IntegerSettingValue`, kind.slice(1).concat('IntegerSettingValue'), null, undefined])
      assert.equal(named('passwordlength', 18, type), 18, String(type));
    assert.deepEqual(
      named('passwordlength', 18, `${kind}StringSettingValue`),
      called('StringSettingValue', 'IntegerSettingValue', '18'),
    );
    assert.deepEqual(
      named('administratoraccountname', 'x', `${kind}IntegerSettingValue`),
      called('IntegerSettingValue', 'StringSettingValue', 'x'),
    );
    assert.deepEqual(
      named('passwordlength', 18, `${kind}IntegerSettingValue`, `${kind}ChoiceSettingInstance`),
      called('ChoiceSettingInstance', 'SimpleSettingInstance', '18'),
    );
    assert.equal(named('passwordlength', '18', `${kind}StringSettingValue`), '18');
    const whole = choice('backupdirectory', '1');
    Object.assign(Reflect.get(whole, 'choiceSettingValue'), { '@odata.type': `${kind}ChoiceSettingValue` });
    const setting = { '@odata.type': `${kind}Setting`, settingInstance: whole };
    assert.deepEqual(settings({ settings: [setting] }), [['BackupDirectory', 1, undefined]]);
  });

  it('says so where it is only a listing that counts its settings', () => {
    const listing = { name: 'LAPS', settingCount: 6, templateReference: { templateFamily: 'x' } };
    for (const shape of [
      listing,
      { ...listing, settings: [] },
      {
        '@odata.context': 'https://graph.microsoft.com/beta/$metadata#deviceManagement/configurationPolicies',
        value: [listing],
      },
    ]) {
      const [problem] = read(shape).problems;
      assert.match(problem?.message ?? '', /lacks the settings: it only says that there are 6/);
      assert.match(problem?.hint ?? '', /\$expand=settings/);
    }
    assert.deepEqual(read({ ...listing, settings: nestedSettings }).problems, []);
  });

  it('is bounded: more settings than any policy, more inner strings than any export', () => {
    assert.equal(read(Array.from({ length: 1100 }, () => simple('passwordlength', 8))).problems[0]?.kind, 'tooLarge');
    assert.equal(read(Array.from({ length: 200 }, () => '["omaUri"]')).problems[0]?.kind, 'tooLarge');
    assert.equal(read(Array.from({ length: 200_000 }, () => ({ settingDefinitionId: 'x' }))).problems.length, 0);
  });

  it('does not hide a native policy that only mentions its words', () => {
    const document = documentFrom('{ // not "settingDefinitionId"\n "BackupDirectory": 1 }');
    assert.deepEqual([document.format, document.settings.length], ['native', 1]);
  });
});

describe('an Intune custom profile', () => {
  const row = (type: string, name: string, value: unknown, more: object = {}): object => ({
    '@odata.type': `#microsoft.graph.omaSetting${type}`,
    omaUri: `./Device/Vendor/MSFT/LAPS/Policies/${name}`,
    value,
    ...more,
  });
  const profile = (...omaSettings: object[]): object => ({
    '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
    omaSettings,
  });

  it('reads integers, texts, booleans and base64 texts, each as its own type', () => {
    const document = read(
      profile(
        row('Integer', 'BackupDirectory', 1),
        row('Boolean', 'AutomaticAccountManagementEnabled', true),
        row('String', 'PasswordLength', '14'),
        row('Base64', 'AdministratorAccountName', Buffer.from('jürgen').toString('base64')),
      ),
    );
    assert.equal(document.format, 'omauri');
    assert.deepEqual(
      document.settings.map(({ value, storedAs }) => [value, storedAs]),
      [
        [1, 'omaSettingInteger'],
        [true, 'omaSettingBoolean'],
        ['14', 'omaSettingString'],
        ['jürgen', 'omaSettingBase64'],
      ],
    );
  });

  it('refuses a value that the export hides rather than take asterisks for a name', () => {
    const hidden = profile(row('String', 'AdministratorAccountName', '****', { isEncrypted: true }));
    assert.match(read(hidden).problems[0]?.message ?? '', /hides the value of AdministratorAccountName/);
  });

  it('tells a URI that is nearly one of LAPS', () => {
    const near = profile({ ...row('Integer', 'x', 1), omaUri: './Device/Vendor/MSFT/LAPS/PasswordLength' });
    assert.deepEqual(
      read(near).strays?.map((each) => each.name),
      ['PasswordLength'],
    );
  });
  it('takes no URI with a space or a slash at its end for the one without', () => {
    const uri = './Device/Vendor/MSFT/LAPS/Policies/PasswordLength';
    for (const omaUri of [`${uri} `, `${uri}/`, ` ${uri}`]) {
      const { strays = [], settings } = read(profile({ ...row('Integer', 'x', 1), omaUri }));
      assert.deepEqual([strays.map(({ where }) => where), settings], [[omaUri], []]);
      assert.equal(meantPlace(omaUri), uri);
    }
  });
});
