/**
 * Every event this program may write, in one table (spec 8, design 7).
 *
 * Knows: name, Windows id, level, the exact fields and the sentence. Promises: the compiler checks the fields; ids below
 * 50000 are Windows' own and mean what Windows means; ours start there. Must never: hold an id whose meaning the spec
 * could not establish, or a field that could carry a secret.
 */

import { account, type EventRow, type FieldKind, type Fields } from './eventRow.ts';
import { isoOf } from './time.ts';
import { windowsEvents } from './windowsEvents.ts';

export const eventTable = {
  ...windowsEvents,

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
    fields: { Above: 'number', Until: 'instant', AccountName: 'text' },
    sentence:
      'on hold: {Above} backups were sent, and none of their passwords is in use yet; no further one is sent and the password of {AccountName} stays as it is before {Until}, unless a person ends the hold (laps reset --accept-risk)',
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
    sentence: 'the journal cannot be used: {Problem}; a fresh rotation follows; put aside: {Quarantine}',
  },
  50010: {
    name: 'StateDamaged',
    level: 'error',
    fields: { Problem: 'text', Quarantine: 'text' },
    sentence: 'the local state cannot be used: {Problem}; put aside: {Quarantine}',
  },
  50011: {
    name: 'ForeignChange',
    level: 'warning',
    fields: account,
    sentence:
      'the password of {AccountName} (RID {Rid}) is not known to be the one that LAPS set: something other than LAPS changed it, or files of the data folder were lost or put back to an earlier state',
  },
  50012: {
    name: 'VerificationFailed',
    level: 'error',
    fields: account,
    sentence: 'the new password of {AccountName} (RID {Rid}) did not open it; the previous one is in force',
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
    sentence: '{AccountName} (RID {Rid}) is no longer managed; if it is still there, it keeps its last password',
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
    sentence: 'what is kept on the disk could not be used: {Problem}; the next cycle goes on from here',
  },
  50020: {
    name: 'ClockJumped',
    level: 'warning',
    fields: { ByMs: 'number', By: 'text' },
    sentence: 'the clock or the machine jumped {By}; a cycle runs now',
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
  50050: {
    name: 'DaemonStuck',
    level: 'error',
    fields: { Problem: 'text' },
    sentence: 'the daemon gives no sign of life to the service manager, which will restart it: {Problem}',
  },
  50023: {
    name: 'PoliciesOutOfReach',
    level: 'error',
    fields: { Path: 'text', Problem: 'text' },
    sentence: '{Path}: {Problem}; the device keeps what it had',
  },
  50030: {
    name: 'AccountProtected',
    level: 'error',
    fields: { AccountName: 'text', Problem: 'text' },
    sentence: '{AccountName} is not managed: {Problem}',
  },
  50031: {
    name: 'AccountNotLocal',
    level: 'error',
    fields: { AccountName: 'text', Problem: 'text' },
    sentence: '{AccountName} is not managed: {Problem}',
  },
  50032: {
    name: 'AccountRenamed',
    level: 'warning',
    fields: { ...account, PreviousName: 'text' },
    sentence: 'the managed account {PreviousName} is called {AccountName} now (RID {Rid}) and managed as that',
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
  50038: {
    name: 'AccountsSwitched',
    level: 'info',
    fields: { Kind: 'text' },
    sentence: 'from now on the accounts managed here are {Kind} ones',
  },
  50040: {
    name: 'PostAuthTakenBack',
    level: 'info',
    fields: { ...account, Problem: 'text' },
    sentence: 'nothing is done any more about the sign-in with {AccountName} (RID {Rid}): {Problem}',
  },
  50041: {
    name: 'TerminalsWarned',
    level: 'info',
    fields: { ...account, Terminals: 'number', Until: 'instant' },
    sentence: '{Terminals} terminals of {AccountName} (RID {Rid}) were warned; its sessions are ended at {Until}',
  },
  50042: {
    name: 'SessionsEnded',
    level: 'info',
    fields: { ...account, Count: 'number' },
    sentence: '{Count} sessions of {AccountName} (RID {Rid}) were ended',
  },
  50043: {
    name: 'ProcessesEnded',
    level: 'info',
    fields: { ...account, Count: 'number' },
    sentence: '{Count} further processes of {AccountName} (RID {Rid}) were ended',
  },
  50044: {
    name: 'PostAuthActionFailed',
    level: 'warning',
    fields: { ...account, Problem: 'text' },
    sentence: 'not everything of {AccountName} (RID {Rid}) could be ended: {Problem}',
  },
  50045: {
    name: 'SignInRecordsUnreadable',
    level: 'warning',
    fields: { Problem: 'text' },
    sentence: 'sign-ins are missed: {Problem}',
  },
  50046: {
    name: 'RestartOrdered',
    level: 'warning',
    fields: account,
    sentence: 'this machine restarts in one minute, because the password of {AccountName} (RID {Rid}) was used',
  },
  50047: {
    name: 'PostAuthMemoryDamaged',
    level: 'warning',
    fields: { Problem: 'text', Quarantine: 'text' },
    sentence:
      'what was remembered of sign-ins cannot be used: {Problem}; the records are read anew; put aside: {Quarantine}',
  },
  50048: {
    name: 'RestartSimulated',
    level: 'info',
    fields: account,
    sentence:
      'a machine with {AccountName} (RID {Rid}) would restart now; the accounts are simulated, and nothing was restarted',
  },
  50060: {
    name: 'AccountTakenOver',
    level: 'warning',
    fields: { ...account, PreviousData: 'text', Problem: 'text' },
    sentence: '{AccountName} (RID {Rid}) is managed from here now and no longer from {PreviousData}: {Problem}',
  },
  50070: {
    name: 'SignInUnconfirmed',
    level: 'warning',
    fields: account,
    sentence:
      '{AccountName} (RID {Rid}): only a record that any user can write tells of the sign-in, and nobody is signed in now; nothing is ended or restarted',
  },
  50080: { name: 'TenantLost', level: 'error', fields: { Problem: 'text' }, sentence: '{Problem}' },
  50081: {
    name: 'ClosedToOthers',
    level: 'warning',
    fields: { Paths: 'text' },
    sentence: 'found open to other users of this machine or in the hands of one, and closed: {Paths}',
  },
  50082: {
    name: 'ConfigurationLost',
    level: 'warning',
    fields: { Path: 'text', Was: 'text' },
    sentence: 'the configuration {Path} {Was} and was written anew from what the rest of the data tells',
  },
  50083: {
    name: 'StartDelayed',
    level: 'error',
    fields: { Problem: 'text' },
    sentence: 'the daemon cannot work yet: {Problem}; it tries again by itself, at least once a minute',
  },
  50084: {
    name: 'AccountNoteReplaced',
    level: 'warning',
    fields: { ...account, Path: 'text', Problem: 'text' },
    sentence:
      'the note {Path} of which data folder manages {AccountName} (RID {Rid}) was not believed: {Problem}; it was written anew, for this one',
  },
  50088: {
    name: 'PasswordAgedOut',
    level: 'warning',
    fields: account,
    sentence: 'the password of {AccountName} (RID {Rid}) has aged out on this machine: nobody can sign in with it',
  },
  50089: {
    name: 'AccountShellMissing',
    level: 'warning',
    fields: account,
    sentence: '{AccountName} (RID {Rid}) has a shell that does not exist: its password is kept fresh all the same',
  },
  50092: {
    name: 'AccountFilesShut',
    level: 'error',
    fields: { Problem: 'text' },
    sentence: 'the accounts of this machine cannot be worked with: {Problem}; nothing was changed',
  },
  50093: {
    name: 'SignInHindered',
    level: 'warning',
    fields: { ...account, Problem: 'text' },
    sentence: '{AccountName} (RID {Rid}): {Problem}',
  },
  50094: { name: 'AuthorityTaken', level: 'info', fields: { Outcome: 'text' }, sentence: '{Outcome}' },
  50095: {
    name: 'AuthorityNotTaken',
    level: 'warning',
    fields: { Path: 'text', Problem: 'text' },
    sentence: 'caFile {Path} is not taken up: {Problem}; what this device trusted before goes on',
  },
  50096: {
    name: 'DiskShort',
    level: 'warning',
    fields: { Problem: 'text', Hint: 'text' },
    sentence: 'the next rotation may fail: {Problem}; {Hint}',
  },
  50104: { name: 'SocketLost', level: 'warning', fields: { Problem: 'text' }, sentence: '{Problem}' },
  50105: { name: 'SocketBack', level: 'warning', fields: { Path: 'text' }, sentence: 'the lost {Path} is bound anew' },
  50106: {
    name: 'MarkKeyLost',
    level: 'warning',
    fields: { Path: 'text' },
    sentence:
      'the key {Path}, by which LAPS knows the password that it set, was lost; a new one was made, and until the next rotation nobody can tell whether something else changed the password',
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
    if (kind === undefined || value === undefined) return '';
    // An empty text in the middle of a sentence reads as a defect; the field itself stays as Windows has it.
    return value === '' ? '(not set)' : formatField(kind, value);
  });
}
