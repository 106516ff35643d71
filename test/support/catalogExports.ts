/** Instances of an Intune export (spec 12.4), as short as they can be. Must never: be more lenient than an export is. */

export const catalogPrefix = 'device_vendor_msft_laps_policies_';

export const choice = (id: string, option: string, children: unknown[] = []): object => ({
  settingDefinitionId: catalogPrefix + id,
  choiceSettingValue: { children, value: `${catalogPrefix}${id}_${option}` },
});

export const simple = (id: string, value: unknown): object => ({
  simpleSettingValue: { value },
  settingDefinitionId: catalogPrefix + id,
});

/** An entry of a policy's settings. */
export const entry = (settingInstance: object): object => ({ settingInstance });

/** Two settings that hold one child each, and what a reader makes of them: name, value, the option they hang on. */
export const nestedSettings = [
  entry(choice('backupdirectory', '1', [simple('passwordagedays_aad', 14)])),
  entry(choice('passwordcomplexity', '6', [simple('passphraselength', 5)])),
];
export const nestedRead = [
  ['BackupDirectory', 1, undefined],
  ['PasswordAgeDays', 14, 'backupdirectory_1'],
  ['PasswordComplexity', 6, undefined],
  ['PassphraseLength', 5, 'passwordcomplexity_6'],
];
