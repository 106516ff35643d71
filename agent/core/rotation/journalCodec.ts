/**
 * The journal record as text and back (rotation.md 2).
 *
 * Knows: every member, its bounds and which go together in which state. Promises: what it prints it reads back; what it
 * did not print itself (a member more, a number out of bounds, another order, a state without its facts) it refuses as a
 * whole; nothing it prints is longer than `maxJournalTextBytes`. Must never: repair, default or guess a member.
 */
import { errorTable, LapsError, type LapsErrorCode } from '../errors.ts';
import type { PasswordSpec } from '../password/spec.ts';
import {
  accountName,
  base64,
  flag,
  guid,
  instant,
  listOf,
  Misfit,
  matching,
  object,
  oneOf,
  orNull,
  type Reader,
  sid,
  wholeNumber,
} from '../strictReader.ts';
import { isoOf } from '../time.ts';
import type { BackupBody, Cause, Failure, Identity, JournalRecord, Pending, RotationState, Sealed } from './journal.ts';

/** What the text may take of the 4 KiB a journal file may have; the rest is the edge's seal over it. */
export const maxJournalTextBytes = 3900;
/** Characters of a failure's message that are kept; the event log has the whole. */
export const maxFailureMessage = 240;
/** Causes kept for one rotation: what matters of them is their kinds and the earliest and latest of each. */
export const maxCauses = 16;

export type ParsedJournal =
  | { readonly kind: 'record'; readonly record: JournalRecord }
  /** Written by a later program: not ours to judge. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'invalid'; readonly problem: string };

// --- reading ----------------------------------------------------------------------------------------------------

const mark = matching(/^[A-Za-z0-9+/=_-]{16,128}$/, 'mark');
const machineId = matching(/^[\w.:-]{1,128}$/, 'machine id');
const count = wholeNumber(0, 1_000_000_000);
const message = matching(new RegExp(`^[^\\p{Cc}\\p{Cs}]{0,${maxFailureMessage}}$`, 'u'), 'message');
const stateName: Reader<RotationState> = oneOf(['idle', 'prepared', 'escrowed', 'applied']);

function isErrorCode(value: unknown): value is LapsErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

const errorCode: Reader<LapsErrorCode> = (value, path) => {
  if (isErrorCode(value)) return value;
  throw new Misfit(`${path} is no error code`);
};

const identity: Reader<Identity> = object({ tenantId: guid, deviceId: guid, machineId });

const body: Reader<BackupBody> = object({
  AccountName: accountName,
  AccountSid: sid,
  PasswordAgeDays: wholeNumber(1, 365),
});

const sealed: Reader<Sealed> = object({
  iv: base64(16, 16),
  tag: base64(24, 24),
  // 256 characters, the longest password the tenant takes (contract 5); those drawn are ASCII (spec 3).
  data: base64(4, 512),
});

const passwordSpec = object({
  kind: oneOf(['password']),
  complexity: oneOf([1, 2, 3, 4, 5]),
  length: wholeNumber(1, 256),
});
const passphraseSpec = object({
  kind: oneOf(['passphrase']),
  complexity: oneOf([6, 7, 8]),
  words: wholeNumber(1, 64),
});
const spec: Reader<PasswordSpec> = (value, path) =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'passphrase'
    ? passphraseSpec(value, path)
    : passwordSpec(value, path);

const cause: Reader<Cause> = object({
  kind: oneOf(['background', 'administrator', 'post-authentication']),
  at: instant,
});

const failure: Reader<Failure> = object({
  code: errorCode,
  message,
  hresult: wholeNumber(0, 0xffff_ffff),
  at: instant,
});

const pending: Reader<Pending> = object({
  rotationId: guid,
  identity,
  account: object({ sid, name: accountName }),
  body,
  sealed,
  spec,
  drawnAt: instant,
  posts: count,
  before: mark,
  after: orNull(mark),
  acceptedAt: orNull(instant),
  causes: listOf(cause, maxCauses),
  policySource: oneOf([1, 2, 3, 4]),
  wasLocked: flag,
});

const wholeRecord: Reader<JournalRecord> = object({
  version: oneOf([1]),
  state: stateName,
  pending: orNull(pending),
  above: count,
  heldSince: orNull(instant),
  notBefore: orNull(instant),
  attempts: count,
  lastFailure: orNull(failure),
});

/** The members that a state must or must not have; also what keeps a stitched-together record out. */
function checkState(record: JournalRecord): void {
  const open = record.pending;
  if (record.state === 'idle') {
    if (open !== null) throw new Misfit('idle, yet something is pending');
    return;
  }
  if (open === null) throw new Misfit(`${record.state}, yet nothing is pending`);
  if ((record.state === 'prepared') !== (open.acceptedAt === null)) {
    throw new Misfit(`${record.state} and acceptedAt contradict each other`);
  }
  if ((record.state === 'applied') !== (open.after !== null)) {
    throw new Misfit(`${record.state} and after contradict each other`);
  }
  if (open.account.sid !== open.body.AccountSid) throw new Misfit('the account and the body name different SIDs');
}

function readRecord(value: unknown): JournalRecord {
  const record = wholeRecord(value, 'record');
  checkState(record);
  return record;
}

function versionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('version' in value)) return undefined;
  return typeof value.version === 'number' && Number.isSafeInteger(value.version) ? value.version : undefined;
}

/** Reads what {@link printJournal} wrote, and nothing else. The problem named never quotes the text. */
export function parseJournal(text: string): ParsedJournal {
  if (text.length > maxJournalTextBytes) return { kind: 'invalid', problem: 'it is too long' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'invalid', problem: 'it is not JSON' };
  }
  const version = versionOf(value);
  if (version !== undefined && version > 1) return { kind: 'newer', version };
  try {
    const record = readRecord(value);
    // The readers build members in one order, so printing again shows any other spelling: doubled names, spaces, 1e3.
    if (JSON.stringify(record) !== text) return { kind: 'invalid', problem: 'it is not in canonical form' };
    return { kind: 'record', record };
  } catch (error) {
    if (error instanceof Misfit) return { kind: 'invalid', problem: error.message };
    throw error;
  }
}

// --- writing ----------------------------------------------------------------------------------------------------

function shorten(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}]/gu, ' ');
  return [...clean].slice(0, maxFailureMessage).join('');
}

/** Of too many causes the first and the last of each kind stay: they are what events and rule 4 look at. */
function fewCauses(all: readonly Cause[]): readonly Cause[] {
  if (all.length <= maxCauses) return all;
  const kept = all.filter((each, index) => {
    const sameKind = (other: Cause) => other.kind === each.kind;
    return all.findIndex(sameKind) === index || all.findLastIndex(sameKind) === index;
  });
  return kept;
}

function bounded(record: JournalRecord): JournalRecord {
  const { pending: open, lastFailure } = record;
  return {
    ...record,
    pending: open === null ? null : { ...open, causes: fewCauses(open.causes) },
    lastFailure: lastFailure === null ? null : { ...lastFailure, message: shorten(lastFailure.message) },
  };
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const each of text) {
    const point = each.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * The record as canonical text. A failure's message is cut and cleaned, superfluous causes are left out; a record that
 * {@link parseJournal} would refuse is a defect of this program and throws ERR_LAPS_INTERNAL, before anything is sent.
 */
export function printJournal(record: JournalRecord): string {
  try {
    const text = JSON.stringify(readRecord(bounded(record)));
    if (byteLength(text) > maxJournalTextBytes) throw new Misfit('the record is too long');
    return text;
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new LapsError('ERR_LAPS_INTERNAL', {
      message: `the journal record to be written (${isoOf(record.pending?.drawnAt ?? Number.NaN) ?? 'none drawn'}) is not lawful: ${error.message}`,
      hint: 'this is a defect of laps-agent; nothing was sent or changed',
    });
  }
}
