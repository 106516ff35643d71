/** What reaches nobody, because a member of an export is misspelt or missing: told once, at its place, with its setting. */
import assert from 'node:assert/strict';
import {
  choice,
  entry,
  nestedRead,
  nestedSettings,
  catalogPrefix as prefix,
  simple,
} from '../../../support/catalogExports.ts';
import { documentFrom } from '../../../support/readers.ts';

const read = (value: unknown) => documentFrom(JSON.stringify(value));
const settings = (value: unknown): unknown[] =>
  read(value).settings.map(({ name, value, intune }) => [name, value, intune?.parent]);

describe('a setting of an Intune export that no reader finds', () => {
  it('tells of a setting without its settingDefinitionId, where another member or its option says whose it is', () => {
    const id = `${prefix}passwordlength`;
    const other = read([
      entry(simple('backupdirectory', 1)),
      entry({ definitionId: id, simpleSettingValue: { value: 21 } }),
    ]);
    assert.deepEqual(
      other.strays?.map(({ where, name, meant }) => [where, name, meant]),
      [['definitionId', 'PasswordLength', 'settingDefinitionId']],
    );
    const option = (value: string): object => entry({ choiceSettingValue: { value, children: [] } });
    const nameless = read([entry(simple('backupdirectory', 1)), option(`${prefix}passwordcomplexity_4`)]);
    assert.match(nameless.problems[0]?.message ?? '', /option of PasswordComplexity lacks its settingDefinitionId/);
    assert.equal(nameless.problems[0]?.hint?.includes(`"${prefix}passwordcomplexity"`), true);
    const foreign = read([
      entry(simple('backupdirectory', 1)),
      option('device_vendor_msft_policy_config_devicelock_passwordlength_1'),
      entry({ definitionId: 'deviceConfiguration--x', simpleSettingValue: { value: 1 } }),
      entry({ settingDefinitonId: id, choiceSettingValue: { value: `${id}_4` } }),
    ]);
    assert.deepEqual([foreign.problems, foreign.strays?.length], [[], 1]);
  });

  const lost = (value: unknown): unknown => {
    const { strays = [], settings, problems } = read(value);
    assert.deepEqual(problems, []);
    return [
      strays.map(({ where, name, meant, missing, place }) => [where, name, meant ?? missing, place.pointer]),
      settings.map(({ name }) => name),
    ];
  };
  const parent = choice('backupdirectory', '1');
  const age = simple('passwordagedays_aad', 14);

  it('is told once where a member around it is misspelt, with the member that was meant', () => {
    const inside = (member: string, ...children: object[]): object =>
      entry({
        settingDefinitionId: `${prefix}backupdirectory`,
        choiceSettingValue: { value: `${prefix}backupdirectory_1`, [member]: children },
      });
    for (const member of ['childen', 'Children', 'childs', 'kids']) {
      const pointer = `/settings/1/settingInstance/choiceSettingValue/${member}`;
      const read = lost({ settings: [entry(simple('passwordlength', 20)), inside(member, age)] });
      const rest = ['PasswordLength', 'BackupDirectory'];
      assert.deepEqual(read, [[[member, 'PasswordAgeDays', 'children', pointer]], rest], member);
    }
    for (const member of ['setings', 'Settings', 'setting'])
      assert.deepEqual(lost({ [member]: nestedSettings }), [[[member, '', 'settings', `/${member}`]], []], member);
    const id = { settingDefinitonId: `${prefix}passwordlength`, simpleSettingValue: { value: 20 } };
    assert.deepEqual(lost([entry(id)]), [
      [['settingDefinitonId', 'PasswordLength', 'settingDefinitionId', '/0/settingInstance/settingDefinitonId']],
      [],
    ]);
  });

  it('is the outermost of those that are lost together, and none where they stand side by side', () => {
    const around = choice('backupdirectory', '1', [age, simple('passwordexpirationprotectionenabled', 'x')]);
    assert.deepEqual(lost([{ setingInstance: around }]), [
      [['setingInstance', 'BackupDirectory', 'settingInstance', '/0/setingInstance']],
      [],
    ]);
    const within = JSON.stringify({ settings: [{ setingInstance: parent }] });
    assert.deepEqual(lost({ 'a/b': within }), [
      [['setingInstance', 'BackupDirectory', 'settingInstance', '/a~1b/settings/0/setingInstance']],
      [],
    ]);
  });

  it('is one that stands bare in the settings of a policy, with all that stands inside it', () => {
    const settings = [entry(simple('passwordlength', 20)), choice('backupdirectory', '1', [age])];
    assert.deepEqual(lost({ name: 'x', settings }), [
      [['settings', 'BackupDirectory', 'settingInstance', '/settings/1/settingDefinitionId']],
      ['PasswordLength'],
    ]);
    // Such a list may be one of children, and nobody imports it by itself.
    assert.deepEqual(lost([parent]), [[], ['BackupDirectory']]);
    const compared = { settings: [{ settingDefinitionId: `${prefix}passwordlength`, value: 20 }] };
    assert.deepEqual(lost(compared), [[], ['PasswordLength']]);
  });

  it('is named, with the place, where only its value is lost', () => {
    const problem = (value: unknown): unknown => {
      const [{ setting, place } = { setting: 'none', place: undefined }] = read(value).problems;
      return [setting, place?.pointer];
    };
    assert.deepEqual(problem([{ settingDefinitionId: `${prefix}passwordlength`, simpleSettingValue: { Value: 9 } }]), [
      'PasswordLength',
      '/0/simpleSettingValue/Value',
    ]);
    const omaUri = './Device/Vendor/MSFT/LAPS/Policies/PasswordLength';
    assert.deepEqual(problem({ omaSettings: [{ omaUri, Value: 9 }] }), ['PasswordLength', '/omaSettings/0/Value']);
    assert.deepEqual(problem({ omaSettings: [{ omaUri }] }), ['PasswordLength', '/omaSettings/0/omaUri']);
    assert.deepEqual(lost({ omaSettings: [{ omaUrl: omaUri, value: 9 }] }), [
      [['omaUrl', 'PasswordLength', 'omaUri', '/omaSettings/0/omaUrl']],
      [],
    ]);
  });

  it('takes no wrapper of another tool for a misspelt member', () => {
    const policy = { name: 'x', settings: nestedSettings };
    for (const shape of [
      { values: [policy] },
      { Value: [policy] },
      { setting: { settings: nestedSettings } },
      { policySettings: { policies: [policy] } },
      { kids: [policy] },
    ])
      assert.deepEqual([settings(shape), read(shape).strays], [nestedRead, undefined], JSON.stringify(shape));
    const foreign = { settingDefinitonId: 'device_vendor_msft_policy_config_devicelock_passwordlength' };
    assert.equal(read({ settings: nestedSettings, childen: [foreign] }).strays, undefined);
  });

  it('names the member that was meant where a value is not found', () => {
    const id = { settingDefinitionId: `${prefix}passwordcomplexity` };
    const option = `${prefix}passwordcomplexity_6`;
    const child = simple('passphraselength', 5);
    for (const [written, meant, instance] of [
      ['choiceSettingVale', 'choiceSettingValue', { ...id, choiceSettingVale: { value: option, children: [child] } }],
      ['Value', 'value', { ...id, choiceSettingValue: { Value: option } }],
      ['vlaue', 'value', { settingDefinitionId: `${prefix}passwordlength`, simpleSettingValue: { vlaue: 9 } }],
    ] as const) {
      const { problems, strays } = read([{ settingInstance: instance }]);
      assert.equal(strays, undefined);
      assert.deepEqual(
        problems.map(({ message, hint }) => [message.includes(`"${written}"`), hint]),
        [[true, `write "${meant}"`]],
      );
    }
  });
});
