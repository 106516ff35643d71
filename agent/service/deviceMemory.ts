/**
 * What the device remembers between cycles: the journal and the state, as a cycle reads and puts them.
 *
 * Knows: the events that tell of a damaged one. Promises: a journal that was lost is replaced with care, before the state is
 * believed; a failure is remembered for `status`. Must never: decide, or set a password.
 */
import { LapsError } from '../core/errors.ts';
import type { DeviceState, StateReading } from '../core/ports.ts';
import { type Failure, idleRecord, type JournalRecord } from '../core/rotation/journal.ts';
import { failureAt, type Run } from './run.ts';

/** Reads the journal; one that is damaged, or gone while the state says it must be there, starts over with care. */
export async function readJournal(run: Run, budget: number): Promise<JournalRecord> {
  const reading = await run.ports.journal.read();
  if (reading.kind === 'record') return reading.record;
  const state = await readingOfState(run);
  if (reading.kind === 'absent' && state.kind === 'absent') return idleRecord;
  const [problem, quarantine] =
    reading.kind === 'damaged' ? [reading.problem, reading.quarantine] : ['it is missing', 'nothing'];
  run.emit(50009, { Problem: problem, Quarantine: quarantine });
  // How much is in doubt is forgotten with it: allow one post, no more, before a hold.
  const careful: JournalRecord = { ...idleRecord, above: Math.max(0, budget - 1) };
  // The journal first: it alone says that something is in doubt, and until it is at rest the state is not believed.
  await run.ports.journal.write(careful);
  await run.ports.state.clear();
  return careful;
}

/** The state as it stands; a damaged one is told of (50010). */
export async function readingOfState(run: Run): Promise<StateReading> {
  const reading = await run.ports.state.read();
  if (reading.kind === 'damaged') run.emit(50010, { Problem: reading.problem, Quarantine: reading.quarantine });
  return reading;
}

export async function readState(run: Run): Promise<DeviceState | undefined> {
  const reading = await readingOfState(run);
  return reading.kind === 'state' ? reading.state : undefined;
}

/**
 * Lets the account go: its password stays as it was last set, others may change it again, and what was remembered of it
 * is forgotten, so that a policy that comes back rotates at once (spec 4.7).
 */
export async function release(run: Run): Promise<void> {
  const { accounts, state } = run.ports;
  const reading = await readingOfState(run);
  await accounts.guard(null);
  if (reading.kind !== 'state') return;
  await state.clear();
  run.emit(50017, { AccountName: reading.state.accountName, Rid: reading.state.LastAccountRidUpdated });
}

/** All is well now, whatever failed before: `status` goes on showing the failure, but no longer as a trouble. */
export async function wellAgain(run: Run, record: JournalRecord): Promise<void> {
  if (record.attempts > 0) await run.ports.journal.write({ ...record, attempts: 0 });
}

/** A failure with nothing pending is remembered too, for `status`. */
export async function remember(
  run: Run,
  record: JournalRecord,
  failure: Failure,
  retryAt: number | null,
): Promise<void> {
  await run.ports.journal.write({ ...record, attempts: record.attempts + 1, lastFailure: failure, notBefore: retryAt });
}

/** What ended a cycle in the middle, as a disk that refused, is remembered where there is still a place for it. */
export async function rememberThrown(run: Run, error: LapsError, budget: number): Promise<void> {
  const { code, message, hresult } = error;
  try {
    const record = await readJournal(run, budget);
    const failure = failureAt(run.ports.clock.now(), { code, message, hresult });
    await remember(run, record, failure, record.notBefore);
  } catch (second) {
    // The failure that led here is the one to tell, and the answer and its event do.
    if (!(second instanceof LapsError)) throw second;
  }
}

/** When the password in use expires, as far as the device knows; null also where its memory cannot be read now. */
export async function expiryInForce(run: Run): Promise<number | null> {
  try {
    const state = await readState(run);
    return state?.AzurePasswordExpiryTime ?? null;
  } catch (error) {
    // The failure that led here is the one to tell.
    if (error instanceof LapsError) return null;
    throw error;
  }
}
