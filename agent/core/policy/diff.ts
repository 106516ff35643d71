/**
 * The difference between two policies in what a Windows device does, not in what the files say.
 *
 * Knows: which change rotates at the next cycle and for which reason (spec 4.5, "Policy changes"). Promises: a setting
 * that applies on neither side is no difference; the bits are those of event 10015 in Entra mode, and null where no
 * source tells them; what is not established is said to be open. Must never: compare texts.
 */
import type { JoinType } from '../ports.ts';
import { reasonBits } from '../rotation/decision.ts';
import { accountNameOf, type Management } from './effective.ts';
import type { EffectivePolicy, EffectiveSetting } from './resolve.ts';
import { type SettingName, type SettingValue, settingNames } from './settings.ts';
import { windowsDirectoryOf, windowsManagement } from './windowsDevice.ts';

/** One side of a changed setting. */
export interface Side {
  readonly value: SettingValue;
  readonly origin: EffectiveSetting['origin'];
  /** False: the device does not look at it. */
  readonly applies: boolean;
}

export interface SettingChange {
  readonly setting: SettingName;
  readonly before: Side;
  readonly after: Side;
}

export interface RotationOutlook {
  /** Whether the next cycle under the second policy makes a new password; `open` when no source establishes it. */
  readonly next: 'yes' | 'no' | 'open';
  /** The mask of event 10015 in Entra mode; null where it is not known, 0 when nothing rotates. */
  readonly mask: number | null;
  /** Why it rotates, or why that is open. */
  readonly reasons: readonly string[];
  /** What an author may expect to rotate and what does not. */
  readonly notes: readonly string[];
}

export interface PolicyDifference {
  readonly same: boolean;
  readonly source: { readonly before: EffectivePolicy['source']; readonly after: EffectivePolicy['source'] };
  readonly windows: { readonly before: Management; readonly after: Management };
  readonly changes: readonly SettingChange[];
  readonly rotation: RotationOutlook;
}

function sideOf(policy: EffectivePolicy, name: SettingName): Side {
  const { value, origin, applies } = policy.settings[name];
  return { value, origin, applies: applies && policy.source !== 'none' };
}

/** Values as a device compares them: the names of accounts and groups without regard to case. */
const asUsed = (name: SettingName, value: SettingValue): SettingValue =>
  name === 'AdministratorAccountName' || name === 'ADPasswordEncryptionPrincipal' ? String(value).toLowerCase() : value;

function changesBetween(before: EffectivePolicy, after: EffectivePolicy): readonly SettingChange[] {
  return settingNames.flatMap((setting) => {
    const [was, is] = [sideOf(before, setting), sideOf(after, setting)];
    const [used, uses] = [asUsed(setting, was.value), asUsed(setting, is.value)];
    const same = was.applies ? is.applies && used === uses : !is.applies;
    // No policy at all does as much as BackupDirectory 0: nothing.
    const idle = setting === 'BackupDirectory' && [before, after].every((each) => windowsDirectoryOf(each) === 'none');
    return same || idle ? [] : [{ setting, before: was, after: is }];
  });
}

const automatic = (policy: EffectivePolicy): boolean => policy.settings.AutomaticAccountManagementEnabled.value === 1;
const accountKey = (policy: EffectivePolicy): SettingValue =>
  asUsed('AdministratorAccountName', accountNameOf(policy) ?? '');

interface Reason {
  readonly bits: number | null;
  readonly text: string;
}

function reasonsFor(before: EffectivePolicy, after: EffectivePolicy): readonly Reason[] {
  const reasons: Reason[] = [];
  const inAd = windowsDirectoryOf(after) === 'AD';
  if (windowsDirectoryOf(before) !== windowsDirectoryOf(after))
    reasons.push({ bits: null, text: 'the backup directory changes: the new one holds no password of this device' });
  if (before.source !== after.source)
    reasons.push({
      bits: inAd ? null : reasonBits.authorityChanged,
      text: `the policy comes from another root: ${before.source}, then ${after.source}`,
    });
  if (!automatic(before) && !automatic(after) && accountKey(before) !== accountKey(after))
    reasons.push({
      bits: inAd ? null : reasonBits.accountChanged | reasonBits.stateMissing,
      text: 'another local account is managed',
    });
  const changed = (name: SettingName): boolean =>
    sideOf(after, name).applies &&
    asUsed(name, before.settings[name].value) !== asUsed(name, after.settings[name].value);
  if (inAd && windowsDirectoryOf(before) === 'AD') {
    if (changed('ADPasswordEncryptionEnabled') && after.settings.ADPasswordEncryptionEnabled.value === 1)
      reasons.push({ bits: null, text: 'encryption is switched on' });
    else if (changed('ADPasswordEncryptionPrincipal'))
      reasons.push({ bits: null, text: 'another principal may decrypt the password' });
  }
  return reasons;
}

function openQuestions(before: EffectivePolicy, after: EffectivePolicy, changes: readonly SettingChange[]): string[] {
  const changed = (start: string): boolean => changes.some((change) => change.setting.startsWith(start));
  const open: string[] = [];
  if ((automatic(before) || automatic(after)) && changed('AutomaticAccountManagement'))
    open.push(
      'automatic account management changes: whether Windows makes a new password at once is documented nowhere',
    );
  if (windowsDirectoryOf(before) === 'AD' && windowsDirectoryOf(after) === 'AD') {
    const [was, is] = [before.settings.PasswordAgeDays.value, after.settings.PasswordAgeDays.value];
    if (is < was && after.settings.PasswordExpirationProtectionEnabled.value === 1)
      open.push(
        'the age becomes shorter under expiration protection: the sources disagree whether that replaces the password at once',
      );
    if (
      before.settings.ADPasswordEncryptionEnabled.value === 1 &&
      after.settings.ADPasswordEncryptionEnabled.value === 0
    )
      open.push('encryption is switched off: whether that replaces the password at once is documented nowhere');
  }
  return open;
}

const laterOnly: readonly SettingName[] = ['PasswordLength', 'PassphraseLength', 'PasswordComplexity'];

function notesOn(changes: readonly SettingChange[]): string[] {
  const changed = new Set(changes.map((change) => change.setting));
  const notes: string[] = [];
  if (changed.has('PasswordAgeDays'))
    notes.push('PasswordAgeDays: the present password keeps its expiry; the new age counts from the next rotation on');
  const later = laterOnly.filter((name) => changed.has(name));
  if (later.length > 0) notes.push(`${later.join(', ')}: used for the next password; the present one stays as it is`);
  return notes;
}

function rotationOf(difference: Omit<PolicyDifference, 'same' | 'rotation'>, policies: Policies): RotationOutlook {
  const { before, after } = policies;
  if (!difference.windows.after.manages) {
    const stops = difference.windows.before.manages;
    return {
      next: 'no',
      mask: 0,
      reasons: [],
      notes: stops ? ['the password is no longer managed and stays as it was set last'] : [],
    };
  }
  if (!difference.windows.before.manages) {
    const { expired, authorityChanged, stateMissing } = reasonBits;
    return {
      next: 'yes',
      mask: windowsDirectoryOf(after) === 'Entra' ? expired | authorityChanged | stateMissing : null,
      reasons: ['a password is managed that was not before'],
      notes: [],
    };
  }
  const reasons = reasonsFor(before, after);
  const notes = notesOn(difference.changes);
  if (reasons.length > 0) {
    const known = reasons.every((reason) => reason.bits !== null);
    return {
      next: 'yes',
      mask: known ? reasons.reduce((mask, reason) => mask | (reason.bits ?? 0), 0) : null,
      reasons: reasons.map((reason) => reason.text),
      // With a new password at hand, what the next one looks like is no longer a matter of waiting.
      notes: [],
    };
  }
  const open = openQuestions(before, after, difference.changes);
  if (open.length > 0) return { next: 'open', mask: null, reasons: open, notes };
  return { next: 'no', mask: 0, reasons: [], notes };
}

interface Policies {
  readonly before: EffectivePolicy;
  readonly after: EffectivePolicy;
}

/** Compares two policies for devices of one join type that have been under the first for a while. */
export function differenceOf(policies: Policies, joinType: JoinType): PolicyDifference {
  const { before, after } = policies;
  const facts = {
    source: { before: before.source, after: after.source },
    windows: { before: windowsManagement(before, joinType), after: windowsManagement(after, joinType) },
    changes: changesBetween(before, after),
  };
  const nothing = [before, after].every((each) => windowsDirectoryOf(each) === 'none');
  return {
    // Under no policy and under one that manages nothing a device does the same: nothing.
    same: facts.changes.length === 0 && (nothing || before.source === after.source),
    ...facts,
    rotation: rotationOf(facts, policies),
  };
}
