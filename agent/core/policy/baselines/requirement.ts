/**
 * A requirement of a baseline as a rule like any other: asked, told, accepted and documented in the same way.
 *
 * Knows: how a requirement is judged. Promises: judged is what the device uses, so a default that satisfies it needs no
 * line; a setting that does not apply is not asked for. Must never: know a baseline by its name.
 */
import { entropyBits } from '../../password/entropy.ts';
import { passwordSpecOf } from '../effective.ts';
import {
  anchorOf,
  bitsText,
  brokenCondition,
  givenSetting,
  lengthText,
  setsSomething,
  specText,
  strongEnough,
} from '../rules/facts.ts';
import type { FileView, Report, Rule, RuleContext } from '../rules/rule.ts';
import { isLegacyName, type SettingName, settingNames, settingRows, valueText } from '../settings.ts';
import { givenText } from '../values.ts';
import type { Baseline, BitsRequirement, Requirement, SettingRequirement } from './form.ts';
import { missingHint, requiredHint, requiredText, satisfies } from './required.ts';

/**
 * Whether a requirement is asked for: BackupDirectory always, everything else where the device would look at it. A delay
 * of 0, which idles the actions, is no excuse for them: it is a fault itself.
 */
function applies(view: FileView, name: SettingName): boolean {
  // To a Windows without LAPS the file asks for nothing; that is a finding of its own (LAPS070).
  if (view.policy.withoutLaps !== undefined && view.root !== 'Legacy') return false;
  if (name === 'BackupDirectory' || view.policy.settings[name].applies) return true;
  const broken = brokenCondition(view, name);
  const isManaged = view.policy.settings.PasswordAgeDays.applies;
  return isManaged && broken?.setting === 'PostAuthenticationResetDelay';
}

/** What a policy of legacy LAPS shares with one of Windows LAPS, by name and by meaning. */
const shared: ReadonlySet<SettingName> = new Set(settingNames.filter((name) => isLegacyName(name)));

/**
 * A policy of legacy LAPS is held to what it shares, and it chooses no directory of Windows LAPS. Where a root above it
 * sets anything, no device looks at it.
 */
function legacyReports(context: RuleContext, required: SettingRequirement, told: string): Report[] {
  const { setting } = required;
  const isLength = setting === 'PasswordLength' && context.policy.settings.PasswordLength.origin === 'default';
  if (setting !== 'BackupDirectory' && !isLength) {
    return shared.has(setting) ? settingReports(context, required, told) : [];
  }
  const nothing = settingRows.BackupDirectory.default;
  if (isLength ? !applies(context, setting) : satisfies(nothing, required) && required.explicit !== true) return [];
  const wants = `${told} wants ${requiredText(required)}`;
  return [
    {
      setting,
      message: isLength
        ? `PasswordLength is not set, and no source says which length a legacy policy then has; ${wants}`
        : `a policy of legacy LAPS has no BackupDirectory; ${wants}`,
      ...(required.because !== undefined && { effect: `required: ${required.because}` }),
      hint: isLength
        ? `write PasswordLength ${requiredText(required)}`
        : `write a policy of Windows LAPS with BackupDirectory ${requiredText(required)}`,
      place: anchorOf(context),
    },
  ];
}

const isShadowed = ({ neighbours }: RuleContext): boolean =>
  neighbours.roots.some((other) => other.root !== 'Legacy' && setsSomething(other));

function settingReports(view: RuleContext, required: SettingRequirement, told: string): Report[] {
  const { setting } = required;
  const { value, origin, given: instead } = view.policy.settings[setting];
  if (!applies(view, setting)) return [];
  const isMissing = required.explicit === true && origin === 'default';
  if (satisfies(value, required) && !isMissing) return [];
  const given = givenSetting(view, setting);
  const used = valueText(settingRows[setting], value);
  const whence =
    instead === undefined ? (origin === 'set' ? '' : ' by default') : `, used instead of ${givenText(instead)}`;
  const hasBound = satisfies(value, required);
  return [
    {
      setting,
      message: hasBound
        ? `${setting} is not set by the file itself, as ${told} wants`
        : `${setting} is ${used}${whence}; ${told} wants ${requiredText(required)}`,
      ...(required.because !== undefined && { effect: `required: ${required.because}` }),
      hint: hasBound ? missingHint(required, value) : requiredHint(view, required, told),
      place: given?.valuePlace ?? anchorOf(view),
    },
  ];
}

function bitsReports(view: FileView, required: BitsRequirement, told: string): Report[] {
  const spec = passwordSpecOf(view.policy);
  const name = spec.kind === 'passphrase' ? 'PassphraseLength' : 'PasswordLength';
  const bits = entropyBits(spec);
  if (!applies(view, name) || (required.when !== undefined && required.when !== spec.kind)) return [];
  if (bits >= required.minimumBits) return [];
  const better = strongEnough(spec, required.minimumBits);
  const blamed = givenSetting(view, name) ?? givenSetting(view, 'PasswordComplexity');
  return [
    {
      setting: name,
      message: `${specText(spec)} hold ${bitsText(bits)}; ${told} wants ${required.minimumBits}`,
      ...(required.because !== undefined && { effect: `required: ${required.because}` }),
      hint: better === undefined ? 'choose another PasswordComplexity' : `write ${lengthText(better)}`,
      place: blamed?.valuePlace ?? anchorOf(view),
    },
  ];
}

function ruleOfRequirement(required: Requirement, baseline: Baseline): Rule {
  const id = `${baseline.name}/${required.id}`;
  const told = `${baseline.name} ${required.id}`;
  const source = required.source ?? baseline.source;
  const isSetting = 'setting' in required;
  const wants = isSetting
    ? `${required.setting}: ${requiredText(required)}`
    : `${required.minimumBits} bits or more${required.when === undefined ? '' : ` for a ${required.when}`}`;
  return {
    id,
    name: isSetting ? `${baseline.name}-${required.setting}` : `${baseline.name}-strength-${required.id}`,
    severity: required.severity ?? 'warning',
    summary: `${baseline.title ?? baseline.name}: ${wants}.`,
    hint: `${baseline.name} wants ${wants}`,
    documentation: [
      required.because === undefined ? '' : `Required is: ${required.because}.`,
      source === undefined ? '' : `Source: ${source}${required.source === undefined ? `, ${required.id}` : ''}.`,
      'Judged is what the device uses, so a default that satisfies it needs no line of its own; a setting that does not apply (for Active Directory with Entra ID, a password length beside a passphrase) is not asked for. A policy of legacy LAPS is held to the length, the complexity, the age and the strength, and it chooses no backup directory.',
    ]
      .filter((part) => part !== '')
      .join(' '),
    ...(source !== undefined && { source }),
    roots: 'all',
    check(context) {
      if (context.document.problems.length > 0 || !setsSomething(context)) return [];
      if (context.root === 'Legacy') {
        if (isShadowed(context)) return [];
        if (isSetting) return legacyReports(context, required, told);
        if (context.policy.settings.PasswordLength.origin === 'default') return [];
      }
      return isSetting ? settingReports(context, required, told) : bitsReports(context, required, told);
    },
  };
}

/** One rule for each requirement, in the order of the file. */
export const baselineRules = (baseline: Baseline): readonly Rule[] =>
  baseline.requirements.map((required) => ruleOfRequirement(required, baseline));
