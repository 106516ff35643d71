/** A setting or value that came with a later Windows: the policy is lawful, this device just does not know it yet. */
import { osWords } from '../os.ts';
import { isSettingName, settingRows, valueText } from '../settings.ts';
import { givenText } from '../values.ts';
import type { Rule } from './rule.ts';

export const newerThanOs: Rule = {
  id: 'LAPS011',
  name: 'newer-than-os',
  severity: 'warning',
  summary: 'The setting or the value needs a later Windows than the one judged for (--os).',
  hint: 'keep it for the builds that know it, and give the older ones a policy of their own',
  documentation:
    'PasswordComplexity 5 to 8, PassphraseLength, PostAuthenticationActions 11 and automatic account management came with Windows 11 24H2 and Server 2025 (build 26100). An older Windows ignores the setting, or uses the default instead of the value. The policy itself is lawful, so this is a warning; with several builds the finding says which it concerns.',
  roots: 'modern',
  check({ odd, policy }) {
    // To a Windows without LAPS every setting is a new one; that is told once (LAPS070).
    if (policy.withoutLaps !== undefined) return [];
    return odd.flatMap(({ setting, verdict }) => {
      if ((verdict.kind !== 'newerValue' && verdict.kind !== 'newerSetting') || !isSettingName(setting.name)) return [];
      const row = settingRows[setting.name];
      const isValue = verdict.kind === 'newerValue';
      return [
        {
          setting: setting.name,
          message: `${setting.name}${isValue ? ` ${givenText(setting.value)}` : ''} needs ${osWords(verdict.since)}`,
          effect: isValue
            ? `an older Windows uses the default instead: ${valueText(row, row.default)}`
            : 'an older Windows ignores it',
          place: isValue ? setting.valuePlace : setting.namePlace,
        },
      ];
    });
  },
};
