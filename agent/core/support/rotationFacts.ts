/**
 * Journal and state as a bundle for support tells them: member by member, so that what is added to either stays out
 * until it is named here.
 *
 * Must never: name what is sealed, a mark of the account's password field, or the machine's own id.
 */
import type { DeviceState, StateReading } from '../ports.ts';
import type { JournalRecord, Pending } from '../rotation/journal.ts';
import { isoOf } from '../time.ts';

const whenOf = (at: number | null | undefined): string | null => (at === null || at === undefined ? null : isoOf(at));

function pendingFacts(pending: Pending) {
  const { rotationId, identity, account, body, spec, drawnAt, posts, acceptedAt, causes, policySource, wasLocked } =
    pending;
  const { tenantId, deviceId } = identity;
  return {
    rotationId,
    tenantId,
    deviceId,
    account: { name: account.name, sid: account.sid },
    sentFor: { AccountName: body.AccountName, AccountSid: body.AccountSid, PasswordAgeDays: body.PasswordAgeDays },
    kindOfPassword: spec.kind,
    drawn: whenOf(drawnAt),
    posts,
    accepted: whenOf(acceptedAt),
    causes: causes.map(({ kind, at }) => ({ kind, at: whenOf(at) })),
    policySource,
    wasLocked,
  };
}

/** The journal, or in a word why there is none. */
export function journalFacts(record: JournalRecord | 'absent' | 'damaged') {
  if (typeof record === 'string') return record;
  const { state, pending, above, heldSince, notBefore, attempts, lastFailure } = record;
  return {
    state,
    pending: pending === null ? null : pendingFacts(pending),
    above,
    heldSince: whenOf(heldSince),
    notBefore: whenOf(notBefore),
    attempts,
    lastFailure:
      lastFailure === null
        ? null
        : {
            code: lastFailure.code,
            message: lastFailure.message,
            hresult: lastFailure.hresult,
            at: whenOf(lastFailure.at),
          },
  };
}

function remembered(state: DeviceState) {
  return {
    PolicySource: state.PolicySource,
    LastPasswordUpdateTime: whenOf(state.LastPasswordUpdateTime),
    AzurePasswordExpiryTime: whenOf(state.AzurePasswordExpiryTime),
    LastAccountRidUpdated: state.LastAccountRidUpdated,
    accountSid: state.accountSid,
    accountName: state.accountName,
    passwordAgeDays: state.passwordAgeDays,
    tenantId: state.identity.tenantId,
    deviceId: state.identity.deviceId,
    rotationId: state.rotationId,
    backedUp: whenOf(state.backedUpAt),
    foreignChangeTold: state.foreignMark !== undefined,
  };
}

/** What the device remembers, or in a word why it does not. */
export function stateFacts(reading: StateReading) {
  if (reading.kind === 'state') return remembered(reading.state);
  return reading.kind === 'absent' ? reading.kind : { damaged: reading.problem };
}
