/**
 * A hold in words for a person: for the cycle that ends on it, `laps status` and `laps doctor`; and what leads to one.
 *
 * Promises: what is held, until when, what opens the account meanwhile, and how a person ends it. Must never: say that a
 * password can be recovered which something else has replaced.
 */
import { refusalHint } from '../failureHints.ts';
import { isoOf } from '../time.ts';
import type { JournalRecord } from './journal.ts';
import { holdEndsAt, patientUntil } from './transition.ts';

export interface HoldFacts {
  /** Epoch ms. */
  readonly now: number;
  readonly record: Pick<JournalRecord, 'state' | 'pending' | 'above' | 'heldSince' | 'notBefore' | 'lastFailure'>;
  /** More backups stand above the password in use than the tenant keeps beside it: a person accepted that risk. */
  readonly isBeyond: boolean;
  /** Whose password is to be replaced, where no rotation is open. */
  readonly accountName: string;
  /** Of the password field of the open rotation's account, as it is now; undefined where that was not looked at. */
  readonly mark: string | undefined;
  /** The account that is managed so far. */
  readonly managedSid: string | undefined;
}

/** The account's own password was replaced while its rotation waited, so that no backup stands above one worth keeping. */
function isChanged({ record: { state, pending }, mark, managedSid }: HoldFacts): boolean {
  if (pending === null || state !== 'prepared' || mark === undefined) return false;
  return mark !== pending.before && (managedSid === undefined || managedSid === pending.account.sid);
}

const recoverWith = 'laps recover DEVICE --as-plain-text --include-history';

/**
 * What follows an answer that leaves open whether a backup was stored, and what to do.
 * @param above with that backup. @param budget how many may be in doubt. @param isThrottled a moment to wait for was told.
 */
export function unclearHint(options: {
  readonly above: number;
  readonly budget: number;
  readonly isThrottled: boolean;
}): string {
  const { above, budget, isThrottled } = options;
  const next = isThrottled ? 'the next cycle after that moment' : 'the next cycle';
  const stays = 'the one in use stays as it is';
  if (above < budget)
    return `${next} sends the same password again, and ${stays}${isThrottled ? '' : '; check the network and run: laps process'}`;
  if (above === budget)
    return `${next} sends nothing: a hold of a day begins, for one backup more may push the password in use out of the tenant's history. After it the same password is sent once more; ${stays}`;
  return `another hold of a day has begun, and after it the same password is sent once more; the one in use may have left the tenant's history: ${recoverWith} shows what is there`;
}

/** What the account said to a password that is backed up: it is set as soon as the account lets it be, hold or not. */
function refusalOf({ state, pending, lastFailure }: HoldFacts['record']): HoldFacts['record']['lastFailure'] {
  const isBackedUp = pending !== null && (state === 'escrowed' || state === 'applied');
  const isRefusal =
    lastFailure?.code === 'ERR_LAPS_ACCOUNT_REFUSED' || lastFailure?.code === 'ERR_LAPS_ACCOUNT_UNVERIFIED';
  return isBackedUp && isRefusal ? lastFailure : null;
}

export function holdWords(facts: HoldFacts): { readonly message: string; readonly hint: string } {
  const { now, record, isBeyond } = facts;
  const name = record.pending?.account.name ?? facts.accountName;
  const endsAt = holdEndsAt(record) ?? now;
  const until = isoOf(endsAt) ?? 'later';
  const isOver = endsAt <= now;
  const sent = `${record.above} backups were sent, and none of their passwords is in use yet`;
  const refusal = refusalOf(record);
  const shows = `${recoverWith} shows`;
  const stands = isBeyond
    ? `the password in use may have left the tenant's history: ${shows} what is there`
    : `the password in use is in the tenant's history: ${shows} it`;
  if (refusal !== null) {
    const another = `for another one ${isOver ? '' : 'before then '}run: laps reset --redraw`;
    const risk = ' --accept-risk (it may push the password in use out of that history)';
    return {
      message: isOver
        ? `the hold is over since ${until} (${sent}); ${refusal.message}`
        : `on hold until ${until}: ${sent}, so no other one is sent before then; ${refusal.message}`,
      hint: `${refusalHint(refusal)}; ${stands}; ${another}${isOver ? '' : risk}`,
    };
  }
  const message = isOver
    ? `the hold is over since ${until} (${sent}): the next cycle sends one more for ${name}`
    : `on hold until ${until}: ${sent}, so no further one is sent and the password of ${name} stays as it is before then`;
  const end = isOver ? 'laps process' : 'laps reset --accept-risk';
  // Nobody's word goes before what the tenant asked for.
  const patience = patientUntil(record, now);
  const moment = patience === null ? 'at once' : `after ${isoOf(patience)}, for the tenant asked for patience,`;
  if (isChanged(facts))
    return {
      message,
      hint: `something other than LAPS changed the password of ${name} meanwhile: none in the tenant is known to open it, so nothing is at risk; for a new one ${moment} run: ${end}`,
    };
  return {
    message,
    hint: isOver
      ? `${stands}; to go on ${moment} run: ${end}`
      : `${stands}; the hold ends by itself then, or ${moment} with: ${end} (one more may push that password out of the history)`,
  };
}
