/**
 * Walks an open rotation through the world: writes each step down, then takes it (rotation.md 2 and 3).
 *
 * Knows: which port carries out which effect, and which event tells of it. Promises: no effect before its record is
 * durable; a secret lives only between the seal and the two places that need it. Must never: decide what comes next;
 * that is core/rotation/transition.ts.
 */
import { errorTable, isLapsError, LapsError } from '../core/errors.ts';
import type { BackupReply, DeviceState, KnownAccount, StateReading, WireFailure } from '../core/ports.ts';
import type { Failure, Identity, JournalRecord, Pending } from '../core/rotation/journal.ts';
import {
  type Allowed,
  advance,
  type Context,
  type Effect,
  type Input,
  type Note,
  type StopReason,
} from '../core/rotation/transition.ts';
import type { Secret } from '../core/secret.ts';
import { msPerDay } from '../core/time.ts';
import { draw } from './draw.ts';
import { failureAt, type Run, wireFailureAt } from './run.ts';

export interface WalkOrder {
  readonly identity: Identity;
  readonly historyDepth: number;
  readonly acceptRisk: boolean;
  readonly redraw: boolean;
}

export interface WalkEnd {
  readonly record: JournalRecord;
  readonly why: StopReason | 'parked';
  /** Of the secret last worked on. */
  readonly rotationId: string | null;
  readonly failure: Failure | null;
  /** More posts are in doubt than the tenant keeps credentials beside the one in use: a person accepted that risk. */
  readonly beyondBudget: boolean;
}

/** Longer than any lawful walk; a longer one is a defect and ends as one. */
const maxSteps = 40;

/** A wire failure's events: 10025, 10026 with 10032, or 10028, by the call that failed (spec 4.3, wire 2.4). */
export function tellWireFailure(emit: Run['emit'], failure: WireFailure): void {
  const { hresult: HResult, token } = failure;
  if (failure.code === 'ERR_LAPS_TENANT_LOST') emit(50080, { Problem: failure.message });
  // It keeps the embedded tenant from starting as well.
  if (failure.code === 'ERR_LAPS_DISK') emit(50019, { Problem: failure.message });
  if (failure.phase === 'discovery') emit(10025, { HResult });
  else if (failure.phase === 'token') {
    emit(10026, { HResult });
    if (token !== undefined)
      emit(10032, {
        HResult,
        ErrorText: failure.message,
        ServerCode: token.aadsts,
        HttpStatus: token.httpStatus,
        ServerText: token.text,
      });
  } else emit(10028, { HResult });
}

function unsealed(run: Run, pending: Pending): Promise<Secret | undefined> {
  const { tenantId, deviceId } = pending.identity;
  return run.ports.seal.open(pending.sealed, {
    tenantId,
    deviceId,
    sid: pending.account.sid,
    rotationId: pending.rotationId,
  });
}

/** Posts once (steps 8 to 10 of spec 4.3). A walk that was taken up again has no token yet: it is fetched first. */
async function post(run: Run, pending: Pending, fresh: boolean): Promise<Input> {
  const { ports } = run;
  const emit = run.emitFor(pending.rotationId);
  const onRequest = (url: string): void => emit(10030, { Url: url });
  let secret: Secret | undefined;
  try {
    secret = await unsealed(run, pending);
  } catch (error) {
    if (!isLapsError(error)) throw error;
    // The key cannot be read just now. Nothing was sent, so the send is not to count; the next cycle tries again.
    if (error.code === 'ERR_LAPS_DISK' || error.code === 'ERR_LAPS_PERMISSION') emit(50019, { Problem: error.message });
    if (error.hint !== undefined) run.hints.set(error.code, error.hint);
    return { kind: 'notSent', failure: failureAt(ports.clock.now(), error), retryAt: null };
  }
  if (secret === undefined) return { kind: 'postLost' };
  run.progress('connecting');
  const connected = await ports.client.connect({ fresh, leftMs: run.leftMs(), onRequest });
  if (connected.kind === 'failed') return notSent(run, emit, connected.failure);
  run.progress('sending');
  const { rotationId, body } = pending;
  const reply = await ports.client.backUp({ rotationId, body, secret, fresh, leftMs: run.leftMs(), onRequest });
  if (reply.kind === 'stored' && reply.backedUpAt !== undefined) run.backedUpAt.set(rotationId, reply.backedUpAt);
  return tellReply(run, emit, reply);
}

function notSent(run: Run, emit: Run['emit'], failure: WireFailure): Input {
  tellWireFailure(emit, failure);
  return { kind: 'notSent', failure: wireFailureAt(run, failure), retryAt: failure.retryAt ?? null };
}

function tellReply(run: Run, emit: Run['emit'], reply: BackupReply): Input {
  if (reply.kind === 'stored') {
    emit(10029, {});
    return { kind: 'stored' };
  }
  if (reply.kind === 'notSent') return notSent(run, emit, reply.failure);
  const failure = wireFailureAt(run, reply.failure);
  if (reply.kind === 'unclear') {
    emit(50008, { Problem: reply.failure.message });
    emit(10028, { HResult: reply.failure.hresult });
    return { kind: 'unclear', failure };
  }
  emit(10059, { HttpStatus: reply.httpStatus, ResponseText: reply.text });
  emit(10028, { HResult: reply.failure.hresult });
  return { kind: 'refused', failure, retryAt: reply.failure.retryAt ?? null };
}

function ridOf(sid: string): number {
  return Number(sid.slice(sid.lastIndexOf('-') + 1));
}

/** The account went away under our hands (10013); the next run finds it missing and gives the rotation up by name. */
function accountGone(run: Run, pending: Pending): LapsError {
  const { name } = pending.account;
  run.emitFor(pending.rotationId)(10013, {
    AccountName: name,
    HResult: errorTable.ERR_LAPS_ACCOUNT_MISSING.hresult,
  });
  return new LapsError('ERR_LAPS_ACCOUNT_MISSING', {
    message: `the account ${name} is gone`,
    hint: 'the next cycle gives this rotation up and looks for the account the policy names',
  });
}

async function markOf(run: Run, pending: Pending): Promise<string> {
  const mark = await run.ports.accounts.mark(pending.account.sid);
  if (mark === undefined) throw accountGone(run, pending);
  return mark;
}

/** How the account of an open rotation is told from another one with its number. */
export function knownOf({ account, before, after }: Pending): KnownAccount {
  return { name: account.name, marks: after === null ? [before] : [before, after] };
}

async function isLocked(run: Run, pending: Pending): Promise<boolean> {
  return (await run.ports.accounts.bySid(pending.account.sid))?.locked ?? false;
}

async function probe(run: Run, pending: Pending): Promise<Input> {
  const { accounts } = run.ports;
  const { sid } = pending.account;
  await accounts.sync(sid);
  const secret = await unsealed(run, pending);
  // A field that is as it was before the draw needs no proof; a real machine would log one that fails as a failed sign-in.
  const untouched = (await markOf(run, pending)) === pending.before;
  const opens = secret === undefined ? 'lost' : !untouched && (await accounts.opens(sid, secret));
  const mark = await markOf(run, pending);
  if (opens === true && mark !== pending.before) {
    if (pending.wasLocked) await accounts.relock(sid);
    if (pending.after === null) tellSet(run, pending);
  }
  return probedAs(run, pending, opens, mark);
}

async function probedAs(run: Run, pending: Pending, opens: boolean | 'lost', mark: string): Promise<Input> {
  // Only a password that something else set raises the question.
  const otherManaged = mark !== pending.before && opens !== true && (await isOtherManaged(run, pending));
  return { kind: 'probed', opens, mark, locked: await isLocked(run, pending), otherManaged };
}

/** Whether the state tells of another account; one that cannot be believed may have. */
async function isOtherManaged(run: Run, pending: Pending): Promise<boolean> {
  const reading = await readingOfState(run);
  return reading.kind === 'damaged' || (reading.kind === 'state' && !isAbout(reading.state, pending));
}

function isAbout(state: DeviceState, { account }: Pending): boolean {
  return state.accountSid === account.sid;
}

/** The state as it stands; a damaged one is told of (50010). */
async function readingOfState(run: Run): Promise<StateReading> {
  const reading = await run.ports.state.read();
  if (reading.kind === 'damaged') run.emit(50010, { Problem: reading.problem, Quarantine: reading.quarantine });
  return reading;
}

function tellSet(run: Run, pending: Pending): void {
  run.emitFor(pending.rotationId)(10020, { AccountName: pending.account.name, Rid: ridOf(pending.account.sid) });
}

/** Sets, proves, and puts the old field back when the proof fails (step 11 of spec 4.3). */
async function set(run: Run, pending: Pending): Promise<Input> {
  const { accounts, clock } = run.ports;
  const { sid, name } = pending.account;
  const emit = run.emitFor(pending.rotationId);
  run.progress('setting');
  const secret = await unsealed(run, pending);
  const snapshot = await accounts.snapshot(sid);
  if (snapshot === undefined) throw accountGone(run, pending);
  if (secret === undefined) return probedAs(run, pending, 'lost', await markOf(run, pending));
  const outcome = await accounts.set(sid, secret);
  if (outcome.kind === 'refused') {
    emit(10019, { AccountName: name, Rid: ridOf(sid), HResult: outcome.hresult });
    const message = `the account ${name} did not take its new password: ${outcome.problem}`;
    return {
      kind: 'accountRefused',
      failure: failureAt(clock.now(), { code: 'ERR_LAPS_ACCOUNT_REFUSED', message, hresult: outcome.hresult }),
    };
  }
  const opens = await accounts.opens(sid, secret);
  const mark = await markOf(run, pending);
  // A set that changed nothing is none, whatever the proof says.
  if (!opens || mark === pending.before) {
    await accounts.putBack(snapshot);
    const { hresult } = errorTable.ERR_LAPS_ACCOUNT_UNVERIFIED;
    emit(50012, { AccountName: name, Rid: ridOf(sid) });
    emit(10019, { AccountName: name, Rid: ridOf(sid), HResult: hresult });
    const message = `the new password did not open ${name}; the previous one was put back`;
    return {
      kind: 'unverified',
      failure: failureAt(clock.now(), { code: 'ERR_LAPS_ACCOUNT_UNVERIFIED', message, hresult }),
    };
  }
  tellSet(run, pending);
  return { kind: 'proven', mark };
}

/** What the device remembers of a rotation that is applied; dates come from the tenant's yes, so a replay gives the same. */
function stateOf(pending: Pending, backedUpAt: number | undefined): DeviceState {
  const updatedAt = pending.acceptedAt ?? pending.drawnAt;
  const { PasswordAgeDays } = pending.body;
  return {
    PolicySource: pending.policySource,
    LastPasswordUpdateTime: updatedAt,
    AzurePasswordExpiryTime: updatedAt + PasswordAgeDays * msPerDay,
    LastAccountRidUpdated: ridOf(pending.account.sid),
    accountSid: pending.account.sid,
    accountName: pending.account.name,
    passwordAgeDays: PasswordAgeDays,
    identity: pending.identity,
    mark: pending.after ?? '',
    rotationId: pending.rotationId,
    ...(backedUpAt === undefined ? {} : { backedUpAt }),
  };
}

/** Writes the state and hands the guard from the account that was managed to the one that now is (spec 4.5). */
async function saveState(run: Run, pending: Pending): Promise<Input> {
  const { state, accounts } = run.ports;
  run.progress('recording');
  const previous = await readingOfState(run);
  await state.write(stateOf(pending, run.backedUpAt.get(pending.rotationId)));
  await accounts.guard(pending.account.sid);
  if (previous.kind === 'state' && !isAbout(previous.state, pending))
    run.emit(50017, { AccountName: previous.state.accountName, Rid: previous.state.LastAccountRidUpdated });
  return { kind: 'saved' };
}

async function perform(run: Run, record: JournalRecord, effect: Exclude<Effect, { kind: 'stop' }>): Promise<Input> {
  const { pending } = record;
  if (pending === null) throw new Error(`nothing is pending for ${effect.kind}`);
  switch (effect.kind) {
    case 'forgetState':
      if (effect.of === 'device' || !(await isOtherManaged(run, pending))) await run.ports.state.clear();
      return { kind: 'forgotten' };
    case 'draw': {
      const account = await run.ports.accounts.bySid(pending.account.sid, knownOf(pending));
      const gone = failureAt(run.ports.clock.now(), {
        code: 'ERR_LAPS_ACCOUNT_MISSING',
        message: `the account ${pending.account.name} is gone`,
        hresult: errorTable.ERR_LAPS_ACCOUNT_MISSING.hresult,
      });
      if (account === undefined) return { kind: 'notDrawn', failure: gone };
      const { spec, identity, policySource, causes, body } = pending;
      const drawn = await draw(run, { spec, account, identity, policySource, causes, ageDays: body.PasswordAgeDays });
      return 'rotationId' in drawn
        ? { kind: 'drawn', pending: drawn, above: effect.above, granted: effect.granted }
        : { kind: 'notDrawn', failure: drawn };
    }
    case 'post':
      return post(run, pending, effect.fresh);
    case 'probe':
      return probe(run, pending);
    case 'set':
      return set(run, pending);
    case 'saveState':
      return saveState(run, pending);
  }
}

const noteWords: Readonly<Record<Exclude<Note, 'holdEntered' | 'holdLeft' | 'foreignChange'>, string>> = {
  keyLost: 'its sealed secret can no longer be opened',
  identityChanged: 'the device has another identity now',
  accountGone: 'its account no longer exists',
  accountElsewhere: 'its account was taken over by another data folder',
  redrawn: 'an administrator asked for another password in its place',
};

function tellNotes(run: Run, before: JournalRecord, notes: readonly Note[]): void {
  const { pending } = before;
  for (const note of notes) {
    // A hold is told by every cycle that ends on it (endings.ts).
    if (note === 'holdEntered') continue;
    if (note === 'holdLeft') run.emit(50006, { Problem: 'one more backup is sent over a fresh connection' });
    else if (pending === null) continue;
    else if (note === 'foreignChange')
      run.emit(50011, { AccountName: pending.account.name, Rid: ridOf(pending.account.sid) });
    else run.emit(50004, { State: before.state, Problem: noteWords[note] });
  }
}

/**
 * Erases every rotation key but this one's. A key that stays opens nothing once its sealed blob is overwritten, so a
 * disk that refuses does not undo what was done: it is told (50019) and tried again by the next cycle.
 */
export async function eraseKeys(run: Run, keep: string | null): Promise<void> {
  try {
    await run.ports.seal.keepOnly(keep);
  } catch (error) {
    if (!isLapsError(error)) throw error;
    run.emit(50019, { Problem: error.message });
  }
}

function contextOf(run: Run, order: WalkOrder): Context {
  const { identity, historyDepth, acceptRisk, redraw } = order;
  return { now: run.ports.clock.now(), identity, budget: historyDepth - 1, acceptRisk, redraw };
}

/** What a draw at rest is allowed with; `record` belongs to it and is written only with what was drawn. */
export interface MayDraw extends Allowed {
  readonly kind: 'may';
  readonly record: JournalRecord;
  /** To be told once something was drawn. */
  readonly notes: readonly Note[];
}

/** Whether a password may be drawn from rest, or why not: what was given up with its account stays in doubt (rotation.md 3). */
export async function mayDraw(run: Run, record: JournalRecord, order: WalkOrder): Promise<MayDraw | WalkEnd> {
  const { record: next, effect, notes } = advance(record, { kind: 'wantDraw' }, contextOf(run, order));
  // A grant that comes to nothing, for want of a tenant, is not used up: nothing is written yet.
  if (effect.kind === 'draw') return { kind: 'may', record: next, notes, above: effect.above, granted: effect.granted };
  if (effect.kind !== 'stop') throw new Error(`${effect.kind} before anything is drawn`);
  if (next !== record) await run.ports.journal.write(next);
  return {
    record: next,
    why: effect.why,
    rotationId: null,
    failure: next.lastFailure,
    beyondBudget: next.above > order.historyDepth - 1,
  };
}

/** Walks from rest with what was drawn. */
export function walkDrawn(run: Run, may: MayDraw, pending: Pending, order: WalkOrder): Promise<WalkEnd> {
  tellNotes(run, may.record, may.notes);
  return walk(run, may.record, { kind: 'drawn', pending, above: may.above, granted: may.granted }, order);
}

/** Walks from `record` with `first` until the machine stops or the work is parked between two steps. */
export async function walk(run: Run, record: JournalRecord, first: Input, order: WalkOrder): Promise<WalkEnd> {
  const { journal } = run.ports;
  let current = record;
  let input = first;
  let wish = order;
  let rotationId = first.kind === 'drawn' ? first.pending.rotationId : (record.pending?.rotationId ?? null);
  const ended = (why: WalkEnd['why']): WalkEnd => ({
    record: current,
    why,
    rotationId,
    failure: current.lastFailure,
    beyondBudget: current.above > order.historyDepth - 1,
  });
  for (let steps = 0; steps < maxSteps; steps++) {
    const step = advance(current, input, contextOf(run, wish));
    // Parked before a send: its count is not written either, or every polite end would use up the budget.
    if (run.parked() && step.effect.kind === 'post') return ended('parked');
    if (step.record !== current) await journal.write(step.record);
    tellNotes(run, current, step.notes);
    current = step.record;
    rotationId = current.pending?.rotationId ?? rotationId;
    if (step.effect.kind === 'stop') {
      await eraseKeys(run, current.pending?.rotationId ?? null);
      return ended(step.effect.why);
    }
    if (run.parked()) return ended('parked');
    input = await perform(run, current, step.effect);
    // A person's word counts for one post and one draw.
    if (step.effect.kind === 'post') wish = { ...wish, acceptRisk: false };
    if (step.effect.kind === 'draw') wish = { ...wish, redraw: false };
  }
  throw new Error('a rotation walked in circles');
}
