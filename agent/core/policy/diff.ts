/**
 * The difference between two policies in what a Windows device does, not in what the files say.
 *
 * Knows: which change rotates at the next cycle and for which reason (spec 4.5, "Policy changes"). Promises: a setting
 * that applies on neither side is no difference, nor is anything where nothing is managed on either; the bits are those of event 10015 in Entra mode, and null where no
 * source tells them; what is not established is said to be open. Must never: compare texts.
 */
import type { JoinType } from '../ports.ts';
import { reasonBits } from '../rotation/decision.ts';
import { isBuiltInName } from './accountName.ts';
import { accountNameOf } from './effective.ts';
import type { EffectivePolicy, EffectiveSetting } from './resolve.ts';
import { type SettingName, type SettingValue, settingNames } from './settings.ts';
import { inQuotes } from './text.ts';
import { isExpiryProtected } from './told.ts';
import { asCompared } from './values.ts';
import { settingsOn, type WindowsManagement, windowsDirectoryOf, windowsManagement } from './windowsDevice.ts';

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
  readonly windows: { readonly before: WindowsManagement; readonly after: WindowsManagement };
  readonly changes: readonly SettingChange[];
  readonly rotation: RotationOutlook;
}

function sideOf(policy: EffectivePolicy, name: SettingName): Side {
  const { value, origin, applies } = policy.settings[name];
  return { value, origin, applies: applies && policy.source !== 'none' };
}

type BothWindows = PolicyDifference['windows'];

/** Whether nobody does anything under either policy, whatever the reasons: then nothing that they say is a difference. */
const isNothing = ({ before, after }: BothWindows): boolean =>
  [before, after].every(({ manages, elsewhere }) => !manages && elsewhere === undefined);

/**
 * A policy as a device of that join type uses it: where nothing is managed, the directory is looked at, and no other
 * setting comes to use. What another program may follow stays as it is.
 */
function asFollowed(policy: EffectivePolicy, { elsewhere }: WindowsManagement, joinType: JoinType): EffectivePolicy {
  if (elsewhere !== undefined) return policy;
  const { BackupDirectory } = policy.settings;
  return { ...policy, settings: { ...settingsOn(policy, joinType), BackupDirectory } };
}

function changesBetween(before: EffectivePolicy, after: EffectivePolicy): readonly SettingChange[] {
  return settingNames.flatMap((setting) => {
    const [was, is] = [sideOf(before, setting), sideOf(after, setting)];
    const [used, uses] = [asCompared(setting, was.value), asCompared(setting, is.value)];
    const same = was.applies ? is.applies && used === uses : !is.applies;
    return same ? [] : [{ setting, before: was, after: is }];
  });
}

const automatic = (policy: EffectivePolicy): boolean => policy.settings.AutomaticAccountManagementEnabled.value === 1;
const accountKey = (policy: EffectivePolicy): SettingValue =>
  asCompared('AdministratorAccountName', accountNameOf(policy) ?? '');

/** Whether another account is asked for, as the files say it. */
const accountChanges = (before: EffectivePolicy, after: EffectivePolicy): boolean =>
  !automatic(before) && !automatic(after) && accountKey(before) !== accountKey(after);

/** Whether the built-in Administrator is asked for by its RID and by what may be its name: LAPS029, seen from here. */
function mayBeOneAccount(before: EffectivePolicy, after: EffectivePolicy): boolean {
  const [was, is] = [accountNameOf(before), accountNameOf(after)];
  return (was === undefined) !== (is === undefined) && isBuiltInName(was ?? is ?? '');
}

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
  if (accountChanges(before, after) && !mayBeOneAccount(before, after)) {
    const name = accountNameOf(after);
    const where = name === undefined ? '' : `, where there is one called ${inQuotes(name)}`;
    reasons.push({
      bits: inAd ? null : reasonBits.accountChanged | reasonBits.stateMissing,
      text: `another local account is managed${where}`,
    });
  }
  const changed = (name: SettingName): boolean =>
    sideOf(after, name).applies &&
    asCompared(name, before.settings[name].value) !== asCompared(name, after.settings[name].value);
  if (inAd && windowsDirectoryOf(before) === 'AD') {
    if (changed('ADPasswordEncryptionEnabled') && after.settings.ADPasswordEncryptionEnabled.value === 1)
      reasons.push({ bits: null, text: 'encryption is switched on' });
    else if (changed('ADPasswordEncryptionPrincipal'))
      reasons.push({ bits: null, text: 'another principal may decrypt the password' });
  }
  return reasons;
}

/** Whether the account is another one, where only the device can tell. */
function accountQuestion(before: EffectivePolicy, after: EffectivePolicy): string[] {
  if (!accountChanges(before, after) || !mayBeOneAccount(before, after)) return [];
  const name = inQuotes(accountNameOf(before) ?? accountNameOf(after) ?? '');
  const otherwise =
    accountNameOf(after) === undefined
      ? 'elsewhere the built-in Administrator is taken over with a new password'
      : 'elsewhere no such account is found, and nothing is backed up (event 10013)';
  return [
    `where the built-in Administrator is called ${name}, as in some languages of Windows, the account stays the same; ${otherwise}`,
  ];
}

/** Whether a shorter age may replace the password by itself: in Active Directory, under protection (spec 13 row 12). */
function isShortened(before: EffectivePolicy, after: EffectivePolicy): boolean {
  const [was, is] = [before.settings.PasswordAgeDays.value, after.settings.PasswordAgeDays.value];
  return is < was && windowsDirectoryOf(before) === 'AD' && isExpiryProtected(after);
}

function openQuestions(before: EffectivePolicy, after: EffectivePolicy, changes: readonly SettingChange[]): string[] {
  const changed = (start: string): boolean => changes.some((change) => change.setting.startsWith(start));
  const open = accountQuestion(before, after);
  if ((automatic(before) || automatic(after)) && changed('AutomaticAccountManagement'))
    open.push(
      'automatic account management changes: whether Windows makes a new password at once is documented nowhere',
    );
  if (windowsDirectoryOf(before) === 'AD' && windowsDirectoryOf(after) === 'AD') {
    if (isShortened(before, after))
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

function notesOn(changes: readonly SettingChange[], isAgeOpen: boolean): string[] {
  const changed = new Set(changes.map((change) => change.setting));
  const notes: string[] = [];
  // What is open is told as such, and nothing beside it.
  if (changed.has('PasswordAgeDays') && !isAgeOpen)
    notes.push('PasswordAgeDays: the present password keeps its expiry; the new age counts from the next rotation on');
  const later = laterOnly.filter((name) => changed.has(name));
  if (later.length > 0) notes.push(`${later.join(', ')}: used for the next password; the present one stays as it is`);
  return notes;
}

function rotationOf(difference: Omit<PolicyDifference, 'same' | 'rotation'>, policies: Policies): RotationOutlook {
  const { before, after } = policies;
  const { windows } = difference;
  if (windows.after.elsewhere !== undefined && difference.changes.length > 0) {
    const { elsewhere } = windows.after;
    const own = `Windows LAPS makes none, and what ${elsewhere} does, where it is installed, is not judged here`;
    return { next: 'open', mask: null, reasons: [own], notes: [] };
  }
  if (!windows.after.manages) {
    const stays = 'nothing is backed up under the second policy: the present password stays as it was set last';
    const managed = windows.before.manages || windows.before.elsewhere !== undefined;
    const note = managed ? `${stays}, also past its expiry` : 'nothing is backed up under either policy';
    return { next: 'no', mask: 0, reasons: [], notes: [note] };
  }
  const reasons = windows.before.manages ? reasonsFor(before, after) : [beginning(before, after)];
  const open = openQuestions(before, after, difference.changes);
  if (reasons.length > 0) {
    const known = reasons.every((reason) => reason.bits !== null);
    const told = reasons.map((reason) => reason.text);
    if (windows.after.doubt !== undefined)
      return {
        next: 'open',
        mask: null,
        reasons: [windows.after.doubt],
        notes: [`if it can, it does: ${told.join('; ')}`],
      };
    return {
      next: 'yes',
      mask: known ? reasons.reduce((mask, reason) => mask | (reason.bits ?? 0), 0) : null,
      reasons: told,
      // With a new password at hand, what the next one looks like is no longer a matter of waiting.
      notes: windows.before.manages ? accountQuestion(before, after) : [],
    };
  }
  const notes = notesOn(difference.changes, isShortened(before, after));
  if (open.length > 0) return { next: 'open', mask: null, reasons: open, notes };
  return { next: 'no', mask: 0, reasons: [], notes };
}

/** What a device finds that has managed nothing so far; where it was asked to, what it remembers is not known. */
function beginning(before: EffectivePolicy, after: EffectivePolicy): Reason {
  const { expired, authorityChanged, stateMissing } = reasonBits;
  const isFirst = windowsDirectoryOf(before) === 'none' && windowsDirectoryOf(after) === 'Entra';
  return {
    bits: isFirst ? expired | authorityChanged | stateMissing : null,
    text: 'a password is managed that was not before',
  };
}

interface Policies {
  readonly before: EffectivePolicy;
  readonly after: EffectivePolicy;
}

/** Compares two policies for devices of one join type that have been under the first for a while. */
export function differenceOf(policies: Policies, joinType: JoinType): PolicyDifference {
  const { before, after } = policies;
  const windows = { before: windowsManagement(before, joinType), after: windowsManagement(after, joinType) };
  const nothing = isNothing(windows);
  const facts = {
    source: { before: before.source, after: after.source },
    windows,
    changes: nothing
      ? []
      : changesBetween(asFollowed(before, windows.before, joinType), asFollowed(after, windows.after, joinType)),
  };
  return {
    // Under no policy, and under any two that a device cannot follow, it does the same: nothing.
    same: facts.changes.length === 0 && (nothing || before.source === after.source),
    ...facts,
    rotation: rotationOf(facts, policies),
  };
}
