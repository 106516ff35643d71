/**
 * What the walk of a rotation does to the world, one effect at a time (rotation.md 3).
 *
 * Knows: the ports, and which event tells of what came of each (spec 4.3). Promises: what an effect showed comes back as one
 * input of the machine; a set is proven before it is called one, and a failed one is put back. Must never: write the
 * journal, decide what comes next, or hold a secret longer than the effect takes.
 */
import { errorTable, isLapsError, LapsError } from '../core/errors.ts';
import type { BackupReply, DeviceState, KnownAccount, WireFailure } from '../core/ports.ts';
import type { JournalRecord, Pending } from '../core/rotation/journal.ts';
import type { Effect, Input } from '../core/rotation/transition.ts';
import type { Secret } from '../core/secret.ts';
import { msPerDay } from '../core/time.ts';
import { readingOfState } from './deviceMemory.ts';
import { draw } from './draw.ts';
import { failureAt, type Run, wireFailureAt } from './run.ts';

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
        ErrorText: token.problem,
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
    return { kind: 'unclear', failure, retryAt: reply.failure.retryAt ?? null };
  }
  emit(10059, { HttpStatus: reply.httpStatus, ResponseText: reply.text });
  emit(10028, { HResult: reply.failure.hresult });
  return { kind: 'refused', failure, retryAt: reply.failure.retryAt ?? null };
}

export function ridOf(sid: string): number {
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
    const message =
      mark === pending.before
        ? `the account ${name} said that it took its new password, and nothing of it was changed`
        : `the new password did not open ${name}; the previous one was put back`;
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

/** Carries one effect out and says what that showed. */
export async function perform(
  run: Run,
  record: JournalRecord,
  effect: Exclude<Effect, { kind: 'stop' }>,
): Promise<Input> {
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
