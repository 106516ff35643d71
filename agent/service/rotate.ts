/**
 * The two ends of a rotation in a cycle: what an earlier run left open is settled, and a new one is begun (rotation.md 3).
 *
 * Promises: nothing is drawn before the budget, the account database and the tenant allow it; a rotation that was finished,
 * or could not be, comes back in words. Must never: read policy, or decide whether a password is needed.
 */
import { LapsError } from '../core/errors.ts';
import { ageDaysOf, passwordSpecOf } from '../core/policy/effective.ts';
import type { EffectivePolicy } from '../core/policy/resolve.ts';
import type { Account, DeviceFacts } from '../core/ports.ts';
import type { CauseKind, Failure, JournalRecord, Pending } from '../core/rotation/journal.ts';
import type { AccountNow } from '../core/rotation/transition.ts';
import { readState, remember } from './deviceMemory.ts';
import { draw } from './draw.ts';
import { knownOf, tellWireFailure } from './effects.ts';
import { type AboutAccount, blocked, type Ending, ofFailure, unfinished } from './endings.ts';
import { claimOpen } from './managedAccount.ts';
import { type CycleRequest, isDrawnFor } from './request.ts';
import { type Run, wireFailureAt } from './run.ts';
import { eraseKeys, mayDraw, type WalkEnd, type WalkOrder, walk, walkDrawn } from './walk.ts';

export interface Settled {
  readonly record: JournalRecord;
  /** Present: it could not be finished, and the cycle ends so. Absent: nothing is open and policy may be read. */
  readonly ending?: Ending;
  /** What was finished just now. `answers`: its secret was drawn after the request of this cycle. */
  readonly finished?: { readonly rotationId: string | null; readonly accountName: string; readonly answers: boolean };
}

/** Looked at for a hold alone. */
async function aboutAccount(run: Run, { account }: Pending, { why }: WalkEnd): Promise<AboutAccount> {
  const { name: accountName, sid } = account;
  if (why !== 'hold') return { accountName, mark: undefined, managedSid: undefined };
  const state = await readState(run);
  return { accountName, mark: await run.ports.accounts.mark(sid), managedSid: state?.accountSid };
}

/** Finishes what an earlier run began. */
export async function settle(
  run: Run,
  record: JournalRecord,
  order: WalkOrder,
  request: CycleRequest,
): Promise<Settled> {
  const { pending } = record;
  if (record.state === 'idle' || pending === null) {
    // A death between the last write and the erasing leaves a key behind.
    await eraseKeys(run, null);
    return { record };
  }
  run.emitFor(pending.rotationId)(50003, { State: record.state, Posts: pending.posts, Above: record.above });
  run.progress('settling');
  const found = await run.ports.accounts.bySid(pending.account.sid, knownOf(pending));
  let account: AccountNow = found === undefined ? 'missing' : 'present';
  if (found !== undefined) {
    const busy = await claimOpen(run, found, request.takeOver === true);
    if (busy === 'elsewhere') account = busy;
    else if (busy !== undefined)
      return { record, ending: blocked({ ...ofFailure(run, busy.failure), hint: busy.hint }) };
    else await assertWritable(run);
  }
  const end = await walk(run, record, { kind: 'resume', account }, order);
  if (end.why === 'done') {
    const { rotationId, record: rested } = end;
    const answers = rotationId !== pending.rotationId || isDrawnFor(request, pending.causes);
    return { record: rested, finished: { rotationId, accountName: pending.account.name, answers } };
  }
  if (end.why === 'abandoned' || end.why === 'idle') return { record: end.record };
  return { record: end.record, ending: unfinished(run, end, await aboutAccount(run, pending, end)) };
}

async function assertWritable(run: Run): Promise<void> {
  const problem = await run.ports.accounts.writable();
  if (problem !== undefined)
    throw new LapsError('ERR_LAPS_DISK', {
      message: `the account database cannot be written: ${problem}`,
      hint: 'mend that (a full disk has to be freed, a program that keeps the files has to end), then run: laps process',
    });
}

export interface Wanted {
  readonly policy: EffectivePolicy;
  readonly account: Account;
  readonly device: DeviceFacts;
  readonly source: 1 | 2 | 3 | 4;
  readonly cause: CauseKind;
}

/** Token in hand, secret drawn and acceptable, then the walk (rotation.md 3, row idle). */
export async function rotate(run: Run, record: JournalRecord, wanted: Wanted, request: CycleRequest): Promise<Ending> {
  const { ports } = run;
  const { account, device, policy } = wanted;
  const order: WalkOrder = {
    identity: device.identity,
    historyDepth: device.historyDepth,
    acceptRisk: request.acceptRisk,
    redraw: false,
  };
  const may = await mayDraw(run, record, order);
  const about = { accountName: account.name, mark: undefined, managedSid: undefined };
  if (!('kind' in may)) return { ...unfinished(run, may, about), accountName: account.name };
  await assertWritable(run);
  run.progress('connecting');
  const connected = await ports.client.connect({
    fresh: may.granted,
    leftMs: run.leftMs(),
    onRequest: (url) => run.emit(10030, { Url: url }),
  });
  const failing = async (failure: Failure, retryAt: number | null): Promise<Ending> => {
    await remember(run, record, failure, retryAt);
    return {
      outcome: 'failed',
      rotationId: null,
      passwordExpiry: null,
      accountName: account.name,
      error: ofFailure(run, failure, retryAt),
      hresult: failure.hresult,
    };
  };
  if (connected.kind === 'failed') {
    tellWireFailure(run.emit, connected.failure);
    return failing(wireFailureAt(run, connected.failure), connected.failure.retryAt ?? null);
  }
  if (run.parked())
    return blocked({ code: 'ERR_LAPS_INTERRUPTED', message: 'interrupted before anything was sent', hint: null });
  const drawn = await draw(run, {
    spec: passwordSpecOf(policy),
    account,
    ageDays: ageDaysOf(policy),
    identity: device.identity,
    policySource: wanted.source,
    causes: [{ kind: wanted.cause, at: request.requestedAt }],
  });
  if (!('rotationId' in drawn)) return failing(drawn, null);
  const end = await walkDrawn(run, may, drawn, order);
  if (end.why !== 'done') return { ...unfinished(run, end, about), accountName: account.name };
  return rotated(run, end.rotationId, account.name);
}

export async function rotated(run: Run, rotationId: string | null, accountName: string): Promise<Ending> {
  const state = await run.ports.state.read();
  const passwordExpiry = state.kind === 'state' ? state.state.AzurePasswordExpiryTime : null;
  return { outcome: 'rotated', rotationId, passwordExpiry, accountName, error: null };
}
