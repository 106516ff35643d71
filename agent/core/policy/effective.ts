/**
 * What the rest of the agent asks of an effective policy.
 *
 * Knows: the settings by name and the fields of event 10022. Promises: numbers are numbers and texts are texts, whatever
 * a file held. Must never: re-judge a value; resolve.ts has done that.
 */
import type { EventFields } from '../events.ts';
import type { PasswordSpec } from '../password/spec.ts';
import type { JoinType } from '../ports.ts';
import type { PostAuthPolicy } from '../postAuth/step.ts';
import type { EffectivePolicy } from './resolve.ts';
import { rootRows, type SettingName, settingRows, valueText } from './settings.ts';
import { inQuotes } from './text.ts';

function numberOf(policy: EffectivePolicy, name: SettingName): number {
  const { value } = policy.settings[name];
  const fallback = settingRows[name].default;
  if (typeof value === 'number') return value;
  return typeof fallback === 'number' ? fallback : 0;
}

function textOf(policy: EffectivePolicy, name: SettingName): string {
  const { value } = policy.settings[name];
  return typeof value === 'string' ? value : '';
}

/** Where passwords go; `none` when BackupDirectory is 0, absent, or the active root cannot be acted on. */
export function backupDirectoryOf(policy: EffectivePolicy): 'none' | 'Entra' | 'AD' {
  const value = numberOf(policy, 'BackupDirectory');
  if (policy.notSupported !== undefined || policy.withoutLaps !== undefined) return 'none';
  return value === 1 ? 'Entra' : value === 2 ? 'AD' : 'none';
}

/** The account to manage by name; undefined asks for the built-in Administrator, RID 500 (spec 2.3). */
export function accountNameOf(policy: EffectivePolicy): string | undefined {
  const name = textOf(policy, 'AdministratorAccountName');
  return name === '' ? undefined : name;
}

/** PasswordAgeDays as the device uses it, in days. */
export function ageDaysOf(policy: EffectivePolicy): number {
  return numberOf(policy, 'PasswordAgeDays');
}

/** What event 10058 tells: the age was below the Entra minimum and was raised. Undefined when it was not. */
export function ageRaised(policy: EffectivePolicy): EventFields<10058> | undefined {
  const { given, value, origin } = policy.settings.PasswordAgeDays;
  const floor = settingRows.PasswordAgeDays.entraMinimum;
  const least = settingRows.PasswordAgeDays.minimum ?? 1;
  if (origin !== 'adjusted' || typeof given !== 'number' || typeof value !== 'number') return undefined;
  return floor !== undefined && value === floor && given >= least && given < floor
    ? { ConfiguredDays: given, UsedDays: value }
    : undefined;
}

/** What the policy asks of a password. */
export function passwordSpecOf(policy: EffectivePolicy): PasswordSpec {
  const complexity = numberOf(policy, 'PasswordComplexity');
  if (complexity === 6 || complexity === 7 || complexity === 8)
    return { kind: 'passphrase', complexity, words: numberOf(policy, 'PassphraseLength') };
  const lawful = complexity === 1 || complexity === 2 || complexity === 3 || complexity === 5 ? complexity : 4;
  return { kind: 'password', complexity: lawful, length: numberOf(policy, 'PasswordLength') };
}

/** PolicySource of the State key (spec 10); 0 when there is no policy. */
export function policySourceCode(policy: EffectivePolicy): 0 | 1 | 2 | 3 | 4 {
  return policy.source === 'none' ? 0 : rootRows[policy.source].code;
}

/** The fields of event 10022, in the order of spec 8.5. The text for the root Local is ours (spec O3). */
export function policyEventFields(policy: EffectivePolicy): EventFields<10022> {
  return {
    PolicySource: policy.source === 'none' ? 'none' : rootRows[policy.source].eventText,
    BackupDirectory: 'Azure AD',
    AdminAccountName: textOf(policy, 'AdministratorAccountName'),
    PasswordAgeDays: ageDaysOf(policy),
    PasswordComplexity: numberOf(policy, 'PasswordComplexity'),
    PasswordLength: numberOf(policy, 'PasswordLength'),
    PostAuthResetDelay: numberOf(policy, 'PostAuthenticationResetDelay'),
    PostAuthActions: numberOf(policy, 'PostAuthenticationActions'),
    AutomaticAccountManagementEnabled: numberOf(policy, 'AutomaticAccountManagementEnabled'),
    AutomaticAccountManagementTarget: valueText(
      settingRows.AutomaticAccountManagementTarget,
      numberOf(policy, 'AutomaticAccountManagementTarget'),
    ),
    AutomaticAccountManagementNameOrPrefix: textOf(policy, 'AutomaticAccountManagementNameOrPrefix'),
    AutomaticAccountManagementEnableAccount: numberOf(policy, 'AutomaticAccountManagementEnableAccount'),
    AutomaticAccountManagementRandomizeName: numberOf(policy, 'AutomaticAccountManagementRandomizeName'),
  };
}

/**
 * Whether a policy asks for passwords to be backed up anywhere. Where none does, a device that manages nothing does as it
 * is told, and every command judges it so: nothing is wrong.
 */
export function asksForBackup(policy: EffectivePolicy): boolean {
  return policy.source !== 'none' && policy.settings.BackupDirectory.value !== 0;
}

export type Management = { readonly manages: boolean; readonly why: string };

/** Whether a device manages a password under this policy, and why (spec 4.2, 4.9; event 10007 when nothing is asked). */
export function managementOf(policy: EffectivePolicy, joinType: JoinType | 'none'): Management {
  const no = (why: string): Management => ({ manages: false, why });
  if (policy.withoutLaps !== undefined) return no(policy.withoutLaps);
  if (policy.source === 'none') return no('no policy: no root sets anything');
  if (policy.notSupported !== undefined) return no(policy.notSupported);
  const directory = backupDirectoryOf(policy);
  if (directory === 'none') return no('BackupDirectory is 0: nothing is backed up or managed');
  if (joinType === 'none') return no('the device is not joined to a directory');
  if (joinType === 'registered')
    return no('the device is only registered with Entra ID, which Windows LAPS does not support');
  if (directory === 'AD')
    return no(
      joinType === 'entra'
        ? 'the policy backs up to Active Directory, but the device is joined to Entra ID only'
        : 'backup to Active Directory is not supported by this program',
    );
  if (numberOf(policy, 'AutomaticAccountManagementEnabled') === 1)
    return no('automatic account management is not supported by this version');
  const name = accountNameOf(policy);
  return {
    manages: true,
    why: `backs up to Entra ID the password of ${name === undefined ? 'the built-in Administrator (RID 500)' : inQuotes(name)}`,
  };
}

/** What a sign-in with the managed account leads to: delay 0, or actions 0, means no watching at all (spec 5.1). */
export function postAuthOf(policy: EffectivePolicy, joinType: JoinType | 'none'): PostAuthPolicy {
  const { manages, why } = managementOf(policy, joinType);
  if (!manages) return { kind: 'off', why };
  const delayHours = numberOf(policy, 'PostAuthenticationResetDelay');
  const actions = numberOf(policy, 'PostAuthenticationActions');
  if (delayHours === 0) return { kind: 'off', why: 'PostAuthenticationResetDelay is 0' };
  return actions === 0 ? { kind: 'off', why: 'PostAuthenticationActions is 0' } : { kind: 'on', delayHours, actions };
}
