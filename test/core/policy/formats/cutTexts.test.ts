/** Exports that PowerShell's ConvertTo-Json has cut: never a policy with a part of its settings. */
import assert from 'node:assert/strict';
import { isPolicyCandidate } from '../../../../agent/core/policy/candidates.ts';
import { choice, entry, catalogPrefix as prefix, simple } from '../../../support/catalogExports.ts';
import { documentFrom } from '../../../support/readers.ts';

const stub = (id: string): string => `@{@odata.type=#x; settingDefinitionId=${id}; simpleSettingValue=}`;
const parent = (children: unknown): object => ({
  settingDefinitionId: `${prefix}backupdirectory`,
  choiceSettingValue: { value: `${prefix}backupdirectory_1`, children },
});
const told = (value: unknown): unknown => {
  const { problems, settings } = documentFrom(JSON.stringify(value));
  assert.equal(problems.length === 0 || settings.length === 0, true);
  return problems.map(({ setting, place, hint }) => [setting, place.pointer, hint?.includes('-Depth 20')]);
};

describe('an export that PowerShell has cut', () => {
  const length = entry(simple('passwordlength', 18));

  it('is refused with the setting that has become a text, at any depth', () => {
    const below = '/settings/1/settingInstance/choiceSettingValue';
    for (const [instance, name, pointer] of [
      [parent([stub(`${prefix}passwordagedays_aad`)]), 'PasswordAgeDays', `${below}/children/0`],
      [parent('System.Object[]'), undefined, `${below}/children`],
      [stub(`${prefix}backupdirectory`), 'BackupDirectory', '/settings/1/settingInstance'],
      [
        {
          choiceSettingValue: `@{value=${prefix}backupdirectory_1; children=System.Object[]}`,
          settingDefinitionId: `${prefix}backupdirectory`,
        },
        undefined,
        below,
      ],
    ] as const) {
      const policy = { name: 'x', settings: [length, { settingInstance: instance }] };
      assert.deepEqual(told(policy), [[name, pointer, true]]);
    }
  });

  it('is refused once where nothing of its settings is left, however many it counts', () => {
    const context = 'x/$metadata#deviceManagement/configurationPolicies/$entity';
    const head = { '@odata.context': context, settingCount: 2, templateReference: '@{templateDisplayName=LAPS}' };
    for (const [settings, pointer] of [
      ['System.Object[]', '/settings'],
      ['@{id=0; settingInstance=} @{id=1; settingInstance=}', '/settings'],
      [['@{id=0; settingInstance=}', '@{id=1; settingInstance=}'], '/settings/0'],
    ] as const)
      assert.deepEqual(told({ ...head, settings }), [[undefined, pointer, true]]);
    const uri = './Device/Vendor/MSFT/LAPS/Policies/BackupDirectory';
    assert.deepEqual(told({ omaSettings: [`@{omaUri=${uri}; value=1}`] }), [
      ['BackupDirectory', '/omaSettings/0', true],
    ]);
    assert.deepEqual(told({ displayName: 'LAPS', omaSettings: 'System.Object[]' }), [
      [undefined, '/omaSettings', true],
    ]);
  });

  it('is none where the text was a setting of another product, or a policy of its own beside ours', () => {
    const ours = { name: 'x', settings: [entry(choice('backupdirectory', '1')), length] };
    const other = 'device_vendor_msft_policy_config_devicelock_minlength';
    for (const value of [
      { ...ours, settings: [...ours.settings, { settingInstance: stub(other) }] },
      {
        ...ours,
        settings: [...ours.settings, entry({ settingDefinitionId: other, choiceSettingValue: '@{value=1}' })],
      },
      { ...ours, description: '@{a=1}', assignments: 'System.Object[]' },
      [ours, { name: 'y', settings: [{ settingInstance: stub(other) }] }],
      [ours, { name: 'y', settings: 'System.Object[]' }],
    ])
      assert.deepEqual(told(value), [], JSON.stringify(value));
  });

  it('is met in a folder as well, where its name or a text in it speaks of LAPS', () => {
    const isCandidate = (value: unknown): boolean =>
      isPolicyCandidate('x.json', new TextEncoder().encode(JSON.stringify(value, undefined, 2)));
    assert.equal(isCandidate({ displayName: 'LAPS', omaSettings: 'System.Object[]' }), true);
    assert.equal(isCandidate({ omaSettings: ['@{omaUri=./Device/Vendor/MSFT/LAPS/Policies/BackupDirectory}'] }), true);
    assert.equal(isCandidate({ templateReference: 'Windows LAPS', settings: ['@{id=0; settingInstance=}'] }), true);
    assert.equal(isCandidate({ displayName: 'Edge', settings: 'System.Object[]' }), false);
    assert.equal(isCandidate({ about: 'LAPS', settings: ['System tray'] }), false);
  });
});

describe('an export whose lists are none', () => {
  const age = simple('passwordagedays_aad', 14);
  const whole = choice('backupdirectory', '1', [age]);
  const told = (value: unknown): unknown => {
    const { problems, settings } = documentFrom(JSON.stringify(value));
    assert.equal(problems.length === 0 || settings.length === 0, true);
    return problems.map(({ message, place }) => [message.split(',')[0], place.pointer]);
  };

  it('is refused where one setting stands without its list, as PowerShell unrolls it', () => {
    const value = '/settings/0/settingInstance/choiceSettingValue/children';
    assert.deepEqual(told({ settings: [entry(parent(age))] }), [['"children" is an object', value]]);
    assert.deepEqual(told({ settings: entry(whole) }), [['"settings" is an object', '/settings']]);
    const omaUri = './Device/Vendor/MSFT/LAPS/Policies/BackupDirectory';
    assert.deepEqual(told({ displayName: 'x', omaSettings: { omaUri, value: 1 } }), [
      ['"omaSettings" is an object', '/omaSettings'],
    ]);
  });

  it('is refused where its entries stand in an object, and where a list stands for an object', () => {
    const length = entry(simple('passwordlength', 18));
    assert.deepEqual(told({ settings: { 0: entry(whole), 1: length } }), [['"settings" is an object', '/settings']]);
    assert.deepEqual(told({ settings: [{ settingInstance: [whole] }, length] }), [
      ['"settingInstance" is a list', '/settings/0/settingInstance'],
    ]);
  });

  it('is none where a tool puts a policy into a wrapper of its own, or the setting is another product’s', () => {
    const foreign = { settingDefinitionId: 'device_vendor_msft_bitlocker_x', simpleSettingValue: { value: 1 } };
    for (const value of [
      { settings: { policies: [{ settings: [entry(whole)] }] } },
      { settings: { settings: [entry(whole)] } },
      { policy: { settingInstance: whole } },
      [whole],
      [{ name: 'y', settings: entry(foreign) }, { settings: [entry(whole)] }],
    ])
      assert.deepEqual(told(value), [], JSON.stringify(value));
  });
});
