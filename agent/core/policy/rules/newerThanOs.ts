/** A setting or value that came with a later Windows: the policy is lawful, this device just does not know it yet. */
import { judgedDocument } from '../drafts.ts';
import { passwordSpecOf } from '../effective.ts';
import { osWords } from '../os.ts';
import { policyAlone } from '../resolve.ts';
import { isSettingName, settingRows, valueText } from '../settings.ts';
import { givenText } from '../values.ts';
import type { Report, Rule, RuleContext } from './rule.ts';

/**
 * What differs for the length of a passphrase that no build of the run makes: the editor of Group Policy writes it beside
 * the other length (LAPS012), and whether a Windows knows it changes nothing.
 */
function unchosenLength({ root, document, given, builds }: RuleContext, name: string): Partial<Report> | undefined {
  if (root !== 'GPO' || name !== 'PassphraseLength' || !given.has('PasswordLength')) return undefined;
  const specs = builds.map((os) => passwordSpecOf(policyAlone(judgedDocument({ root, document }, os), os)));
  if (specs.some(({ kind }) => kind === 'passphrase')) return undefined;
  return {
    severity: 'info',
    effect:
      'an older Windows ignores it, and none makes a passphrase here: the Group Policy editor writes both lengths',
    hint: 'nothing need be done',
  };
}

export const newerThanOs: Rule = {
  id: 'LAPS011',
  name: 'newer-than-os',
  severity: 'warning',
  summary: 'The setting or the value needs a later Windows than the one judged for (--os).',
  hint: 'keep it for the builds that know it, and give the older ones a policy of their own',
  documentation:
    'PasswordComplexity 5 to 8, PassphraseLength, PostAuthenticationActions 11 and automatic account management came with Windows 11 24H2 and Server 2025 (build 26100). An older Windows ignores the setting, or uses the default instead of the value. The policy itself is lawful, so this is a warning; with several builds the finding says which it concerns. The editor of Group Policy writes PassphraseLength beside every PasswordLength; where none of the builds makes a passphrase, that is no more than an info.',
  roots: 'modern',
  check(context) {
    const { odd, policy } = context;
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
          ...unchosenLength(context, setting.name),
          place: isValue ? setting.valuePlace : setting.namePlace,
        },
      ];
    });
  },
};
