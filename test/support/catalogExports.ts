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
