/**
 * Every event this program may write, in one table (spec 8, design 7).
 *
 * Knows: name, Windows id, level, the exact fields and the sentence. Promises: the compiler checks the fields; ids below
 * 50000 are Windows' own and mean what Windows means; ours start there. Must never: hold an id whose meaning the spec
 * could not establish, or a field that could carry a secret.
 */

import { isoOf } from './time.ts';

/** How a field is written: `hex` as 0x…, `instant` epoch milliseconds shown as ISO text. */
type FieldKind = 'text' | 'number' | 'hex' | 'instant';
type Fields = Readonly<Record<string, FieldKind>>;
export type EventLevel = 'info' | 'warning' | 'error';

interface EventRow {
  readonly name: string;
  readonly level: EventLevel;
  readonly fields: Fields;
  /** The sentence; `{Field}` is replaced by the formatted field. */
  readonly sentence: string;
}

const none = {} as const;
const account = { AccountName: 'text', Rid: 'hex' } as const;

export const eventTable = {
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

  // Ours: Windows has no event for these, or has one whose meaning is not public.
  50000: {
    name: 'CycleTrigger',
    level: 'info',
    fields: { Trigger: 'text' },
    sentence: 'this cycle was started by {Trigger}',
  },
  50001: {
    name: 'PolicyUnreadable',
    level: 'error',
    fields: { Path: 'text', Line: 'number', Column: 'number', Problem: 'text' },
    sentence: '{Path}:{Line}:{Column}: {Problem}; the device keeps what it had',
  },
  50002: {
    name: 'NotManaged',
    level: 'warning',
    fields: { Problem: 'text' },
    sentence: 'the device is not managed: {Problem}',
  },
  50003: {
    name: 'RotationResumed',
    level: 'info',
    fields: { State: 'text', Posts: 'number', Above: 'number' },
    sentence: 'an open rotation is taken up again ({State}, sent {Posts} times)',
  },
  50004: {
    name: 'RotationAbandoned',
    level: 'warning',
    fields: { State: 'text', Problem: 'text' },
    sentence: 'an open rotation was given up: {Problem}',
  },
  50005: {
    name: 'Hold',
    level: 'error',
    fields: { Above: 'number', Until: 'instant' },
    sentence:
      'on hold: {Above} backups may already stand above the password that opens the account; no further one is sent before {Until} unless a person accepts the risk',
  },
  50006: { name: 'HoldLeft', level: 'warning', fields: { Problem: 'text' }, sentence: 'the hold ends: {Problem}' },
  50007: {
    name: 'Throttled',
    level: 'warning',
    fields: { Until: 'instant' },
    sentence: 'the tenant asked for patience until {Until}',
  },
  50008: {
    name: 'BackupUnclear',
    level: 'warning',
    fields: { Problem: 'text' },
    sentence: 'it is unclear whether the backup was stored: {Problem}; the same password will be sent again',
  },
  50009: {
    name: 'JournalDamaged',
    level: 'error',
    fields: { Problem: 'text', Quarantine: 'text' },
    sentence: 'the journal was damaged ({Problem}) and put aside as {Quarantine}; a fresh rotation follows',
  },
  50010: {
    name: 'StateDamaged',
    level: 'error',
    fields: { Problem: 'text', Quarantine: 'text' },
    sentence: 'the local state was damaged ({Problem}) and put aside as {Quarantine}',
  },
  50011: {
    name: 'ForeignChange',
    level: 'warning',
    fields: account,
    sentence: 'the password of {AccountName} (RID {Rid}) was changed by something other than LAPS',
  },
  50012: {
    name: 'VerificationFailed',
    level: 'error',
    fields: account,
    sentence: 'the new password of {AccountName} (RID {Rid}) did not open it; the previous one was put back',
  },
  50013: {
    name: 'IdentityRefused',
    level: 'error',
    fields: { Problem: 'text' },
    sentence: 'this device identity is refused: {Problem}',
  },
  50014: {
    name: 'Joined',
    level: 'info',
    fields: { DeviceId: 'text', TenantId: 'text', JoinType: 'text' },
    sentence: 'joined tenant {TenantId} as {DeviceId} ({JoinType})',
  },
  50015: {
    name: 'Left',
    level: 'info',
    fields: { DeviceId: 'text', TenantId: 'text' },
    sentence: 'device {DeviceId} left tenant {TenantId}',
  },
  50017: {
    name: 'AccountReleased',
    level: 'info',
    fields: account,
    sentence: '{AccountName} (RID {Rid}) is no longer managed; its password stays as it was last set',
  },
  50018: {
    name: 'TenantAnswers',
    level: 'info',
    fields: { Url: 'text', Kind: 'text' },
    sentence: 'the tenant answers at {Url} ({Kind})',
  },
  50019: {
    name: 'DiskTrouble',
    level: 'error',
    fields: { Problem: 'text' },
    sentence: 'the data folder could not be written: {Problem}; the next cycle goes on from here',
  },
  50020: {
    name: 'ClockJumped',
    level: 'warning',
    fields: { ByMs: 'number' },
    sentence: 'the clock or the machine jumped by {ByMs} ms; a cycle runs now',
  },
  50021: {
    name: 'RepairStarted',
    level: 'info',
    fields: { Quarantine: 'text' },
    sentence: 'repair asked for; put aside: {Quarantine}',
  },
  50022: {
    name: 'ScheduleOverridden',
    level: 'warning',
    fields: { Schedule: 'text' },
    sentence: 'cycles follow "{Schedule}" instead of Windows\' fixed hour',
  },
  50030: {
    name: 'AccountProtected',
    level: 'error',
    fields: { AccountName: 'text', Problem: 'text' },
    sentence: 'the account {AccountName} is not managed: {Problem}',
  },
  50031: {
    name: 'AccountNotLocal',
    level: 'error',
    fields: { AccountName: 'text', Problem: 'text' },
    sentence: 'the account {AccountName} is not managed: {Problem}',
  },
  50032: {
    name: 'AccountRenamed',
    level: 'warning',
    fields: { ...account, PreviousName: 'text' },
    sentence:
      'the managed account {PreviousName} is called {AccountName} now (RID {Rid}); it is managed under that name',
  },
  50033: {
    name: 'AccountIdReused',
    level: 'error',
    fields: { ...account, PreviousName: 'text' },
    sentence:
      'the number of the managed account {PreviousName} belongs to {AccountName} now (RID {Rid}); that account is left alone',
  },
  50034: {
    name: 'AccountLocked',
    level: 'warning',
    fields: account,
    sentence: '{AccountName} (RID {Rid}) is locked: its password is kept fresh, but nobody can sign in with it',
  },
  50035: {
    name: 'AccountExpired',
    level: 'warning',
    fields: account,
    sentence: '{AccountName} (RID {Rid}) has expired: its password is kept fresh, but nobody can sign in with it',
  },
  50036: {
    name: 'AccountWithoutShell',
    level: 'warning',
    fields: account,
    sentence: '{AccountName} (RID {Rid}) has no shell to sign in to: its password is kept fresh all the same',
  },
  50037: {
    name: 'AccountBusy',
    level: 'error',
    fields: { ...account, Problem: 'text' },
    sentence: '{AccountName} (RID {Rid}) is left alone: {Problem}',
  },
} as const satisfies Record<number, EventRow>;

export type EventId = keyof typeof eventTable;
type ValueOf<K> = K extends 'text' ? string : number;
/** The exact fields event `Id` carries. */
export type EventFields<Id extends EventId> = {
  readonly [F in keyof (typeof eventTable)[Id]['fields']]: ValueOf<(typeof eventTable)[Id]['fields'][F]>;
};

/** One event as written and as `laps events --json` prints it (contract 3). */
export interface LapsEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly id: EventId;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly cycleId?: string;
  readonly rotationId?: string;
}

/** Emits one event; the compiler checks that its fields are exactly those of the table. */
export type Emit = <Id extends EventId>(id: Id, fields: EventFields<Id>) => void;

function formatField(kind: FieldKind, value: string | number): string {
  if (kind === 'hex' && typeof value === 'number') return `0x${(value >>> 0).toString(16).toUpperCase()}`;
  if (kind === 'instant' && typeof value === 'number') return isoOf(value) ?? String(value);
  return String(value);
}

/** Fields that the table does not declare for this event, or of the wrong kind: always a defect. */
export function undeclaredFields(event: LapsEvent): string[] {
  const declared: Fields = eventTable[event.id].fields;
  return Object.keys(event.fields).filter((name) => declared[name] === undefined);
}

/** The event's sentence, for people; tests never compare it. */
export function sentenceOf(event: LapsEvent): string {
  const row: EventRow = eventTable[event.id];
  return row.sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
    const kind = row.fields[name];
    const value = event.fields[name];
    return kind === undefined || value === undefined ? '' : formatField(kind, value);
  });
}
