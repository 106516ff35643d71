/** Two legacy values are switches of the old template only; emulation reads neither (spec 1.4). */
import { takenSetting } from './facts.ts';
import type { Report, Rule } from './rule.ts';

const belongsTo = { AdminNameConfigured: 'AdminAccountName', AdmPwdConfigured: 'the password settings' } as const;

export const legacySwitchIgnored: Rule = {
  id: 'LAPS041',
  name: 'legacy-switch-ignored',
  severity: 'info',
  summary: 'AdminNameConfigured 0 or AdmPwdConfigured 0 beside values that it seems to switch off.',
  hint: 'remove the values themselves to switch them off',
  documentation:
    'The legacy template writes AdmPwdConfigured and AdminNameConfigured to remember which of its two policies is configured. Emulation feeds AdmPwdEnabled, PasswordComplexity, PasswordLength, PasswordAgeDays, AdminAccountName and PwdExpirationProtectionEnabled, and nothing else: a 0 here takes none of them away.',
  roots: 'legacy',
  check(context) {
    return (['AdminNameConfigured', 'AdmPwdConfigured'] as const).flatMap((name): Report[] => {
      const taken = takenSetting(context, name);
      const fed =
        name === 'AdminNameConfigured'
          ? takenSetting(context, 'AdminAccountName') !== undefined
          : (['PasswordComplexity', 'PasswordLength', 'PasswordAgeDays'] as const).some(
              (each) => takenSetting(context, each) !== undefined,
            );
      if (taken?.value !== 0 || !fed) return [];
      return [
        {
          setting: name,
          message: `${name} 0 does not switch ${belongsTo[name]} off`,
          effect: 'legacy emulation does not read it and uses the values beside it',
          place: taken.setting.namePlace,
        },
      ];
    });
  },
};
