/**
 * Windows' own events (spec 8): the part of the table below 50000.
 *
 * Knows: name, id, level, fields and sentence. Promises: each means what Windows means by it. Must never: hold an id whose
 * meaning the spec could not establish; a guess in an event log is a lie.
 */
import { account, type EventRow, none } from './eventRow.ts';

export const windowsEvents = {
  10000: { name: 'Started', level: 'info', fields: none, sentence: 'laps-agent started' },
  10002: { name: 'Stopped', level: 'info', fields: none, sentence: 'laps-agent stopped' },
  10003: { name: 'CycleStarted', level: 'info', fields: none, sentence: 'policy processing starts' },
  10004: { name: 'CycleSucceeded', level: 'info', fields: none, sentence: 'policy processing succeeded' },
  10005: {
    name: 'CycleFailed',
    level: 'info',
    fields: { HResult: 'hex' },
    sentence: 'policy processing failed with {HResult}',
  },
  10007: {
    name: 'NotConfigured',
    level: 'warning',
    fields: none,
    sentence: 'LAPS is not configured to manage any account',
  },
  10010: { name: 'TargetEntra', level: 'info', fields: none, sentence: 'passwords are backed up to Entra ID' },
  10013: {
    name: 'AccountNotFound',
    level: 'error',
    fields: { AccountName: 'text', HResult: 'hex' },
    sentence: 'the managed account {AccountName} was not found ({HResult})',
  },
  10014: {
    name: 'ResetByAdministrator',
    level: 'info',
    fields: none,
    sentence: 'the password is being updated because an administrator asked',
  },
  10015: {
    name: 'UpdateNeeded',
    level: 'info',
    fields: { Mask: 'hex', Reasons: 'text' },
    sentence: 'a new password is needed ({Mask}): {Reasons}',
  },
  10016: { name: 'UpdateNotNeeded', level: 'info', fields: none, sentence: 'no new password is needed' },
  10019: {
    name: 'LocalUpdateFailed',
    level: 'error',
    fields: { ...account, HResult: 'hex' },
    sentence: 'the password of {AccountName} (RID {Rid}) could not be set ({HResult})',
  },
  10020: {
    name: 'LocalUpdated',
    level: 'info',
    fields: account,
    sentence: 'the password of {AccountName} (RID {Rid}) was set and verified',
  },
  10022: {
    name: 'PolicyEntra',
    level: 'info',
    fields: {
      PolicySource: 'text',
      BackupDirectory: 'text',
      AdminAccountName: 'text',
      PasswordAgeDays: 'number',
      PasswordComplexity: 'number',
      PasswordLength: 'number',
      PostAuthResetDelay: 'number',
      PostAuthActions: 'hex',
      AutomaticAccountManagementEnabled: 'number',
      AutomaticAccountManagementTarget: 'text',
      AutomaticAccountManagementNameOrPrefix: 'text',
      AutomaticAccountManagementEnableAccount: 'number',
      AutomaticAccountManagementRandomizeName: 'number',
    },
    sentence:
      'policy from {PolicySource}: {BackupDirectory}, account "{AdminAccountName}", age {PasswordAgeDays} days, complexity {PasswordComplexity}, length {PasswordLength}',
  },
  10025: {
    name: 'DiscoveryFailed',
    level: 'error',
    fields: { HResult: 'hex' },
    sentence: 'the Entra endpoints could not be discovered ({HResult})',
  },
  10026: {
    name: 'DeviceAuthenticationFailed',
    level: 'error',
    fields: { HResult: 'hex' },
    sentence: 'the device could not authenticate to Entra ({HResult})',
  },
  10027: {
    name: 'NoAcceptablePassword',
    level: 'error',
    fields: { HResult: 'hex' },
    sentence: "no password could be made that this machine's own password policy accepts ({HResult})",
  },
  10028: {
    name: 'BackupFailed',
    level: 'error',
    fields: { HResult: 'hex' },
    sentence: 'the backup to Entra ID failed ({HResult})',
  },
  10029: { name: 'BackedUp', level: 'info', fields: none, sentence: 'the password was backed up to Entra ID' },
  10030: { name: 'Request', level: 'info', fields: { Url: 'text' }, sentence: 'asking {Url}' },
  10031: {
    name: 'ForeignChangeBlocked',
    level: 'warning',
    fields: account,
    sentence: 'a change of the password of {AccountName} (RID {Rid}) by something other than LAPS was blocked',
  },
  10032: {
    name: 'DeviceAuthenticationDetail',
    level: 'error',
    fields: { HResult: 'hex', ErrorText: 'text', ServerCode: 'hex', HttpStatus: 'hex', ServerText: 'text' },
    sentence: 'the device could not authenticate to Entra ({HResult}): {ErrorText}: {ServerText}',
  },
  10041: {
    name: 'SignInSeen',
    level: 'info',
    fields: { ...account, Deadline: 'instant' },
    sentence: 'a sign-in with {AccountName} (RID {Rid}) was seen; its password is replaced by {Deadline}',
  },
  10042: {
    name: 'DeadlineReached',
    level: 'info',
    fields: account,
    sentence: 'the time after the sign-in with {AccountName} (RID {Rid}) is over; its password is replaced now',
  },
  10043: {
    name: 'PostAuthRotationFailed',
    level: 'warning',
    fields: { ...account, RetryCount: 'number', HResult: 'hex' },
    sentence:
      'the password of {AccountName} (RID {Rid}) could not be replaced after its use ({HResult}), {RetryCount} times so far; it is tried again',
  },
  10044: {
    name: 'PostAuthDone',
    level: 'info',
    fields: account,
    sentence: 'the password of {AccountName} (RID {Rid}) was replaced after its use, and every action is done',
  },
  10048: {
    name: 'PostAuthGivenUp',
    level: 'error',
    fields: none,
    sentence:
      'the actions after a sign-in failed more than 100 times since this boot; they are not tried again before the next one',
  },
  10049: {
    name: 'RestartFailed',
    level: 'error',
    fields: { HResult: 'hex' },
    sentence:
      'this machine could not be restarted by its own command, shutdown -r +1 ({HResult}); it is tried again by itself, and anybody may restart it by hand',
  },
  10052: { name: 'BackgroundCycle', level: 'info', fields: none, sentence: 'this is the hourly background cycle' },
  10058: {
    name: 'AgeRaised',
    level: 'warning',
    fields: { ConfiguredDays: 'number', UsedDays: 'number' },
    sentence: 'PasswordAgeDays {ConfiguredDays} is below what Entra ID allows; {UsedDays} is used',
  },
  10059: {
    name: 'TenantFailure',
    level: 'error',
    fields: { HttpStatus: 'number', ResponseText: 'text' },
    sentence: 'Entra ID answered {HttpStatus}: {ResponseText}',
  },
} as const satisfies Record<number, EventRow>;
