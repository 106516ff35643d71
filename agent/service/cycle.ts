/**
 * One policy-processing cycle (spec 4.3), from 10003 to 10004 or 10005.
 *
 * Knows: the order of the steps. Promises: an open rotation is settled before policy is read (rotation.md 3, rule 3); a
 * request is met only by a secret drawn after it (rule 4); whatever goes wrong ends in events and an answer, with the
 * account still opening with a password the tenant holds. Must never: run beside another cycle; the daemon sees to that.
 */
import { errorTable, formatHresult, LapsError } from '../core/errors.ts';
import { joinHint } from '../core/failureHints.ts';
import {
  accountNameOf,
  ageRaised,
  asksForBackup,
  managementOf,
  policyEventFields,
  policySourceCode,
} from '../core/policy/effective.ts';
import { defaultOs, parseOs } from '../core/policy/os.ts';
import { policyOfFolder } from '../core/policy/read.ts';
import type { EffectivePolicy } from '../core/policy/resolve.ts';
import type { DeviceFacts } from '../core/ports.ts';
import { type Decision, decide } from '../core/rotation/decision.ts';
import type { JournalRecord } from '../core/rotation/journal.ts';
import { expiryInForce, readJournal, readState, release, remember, rememberThrown, wellAgain } from './deviceMemory.ts';
import { blocked, type CycleResult, type Ending, ofFailure } from './endings.ts';
import { builtIn, claim, examine, tellForeignChange } from './managedAccount.ts';
import { type CycleRequest, hintAsAsked, requestOf, type Trigger } from './request.ts';
import { rotate, rotated, settle } from './rotate.ts';
import { failureAt, type Ports, type Run, startRun } from './run.ts';
import type { WalkOrder } from './walk.ts';

async function readPolicy(run: Run, device: DeviceFacts): Promise<EffectivePolicy | Ending> {
  const reading = await policyOfFolder(await run.ports.policies.read(), parseOs(device.os) ?? defaultOs);
  if (reading.kind === 'policy') return reading.policy;
  const { path, line, column, problem, hint, code } = reading;
  const isContent = code === 'ERR_LAPS_POLICY_UNREADABLE' || code === 'ERR_LAPS_POLICY_INVALID';
  // A folder that is closed, or a file that is, has no line that anything could be wrong in.
  const where = isContent ? `${path}:${line}:${column}` : path;
  if (isContent) run.emit(50001, { Path: path, Line: line, Column: column, Problem: problem });
  else run.emit(50023, { Path: path, Problem: problem });
  return {
    ...blocked({ code, message: `${where}: ${problem}; the device keeps what it had`, hint }),
    outcome: 'failed',
  };
}

/** 10022 and 10010, or why nothing is managed (10007 and ours). */
async function announcePolicy(
  run: Run,
  policy: EffectivePolicy,
  device: DeviceFacts,
  trigger: Trigger,
): Promise<Ending | undefined> {
  const management = managementOf(policy, device.joinType);
  if (!management.manages) {
    const nothingAsked = !asksForBackup(policy);
    if (nothingAsked) run.emit(10007, {});
    else run.emit(50002, { Problem: management.why });
    await release(run);
    // Who asked for a reset is not to believe that there was one.
    return nothingAsked && requestOf(trigger) === undefined
      ? { outcome: 'unchanged', rotationId: null, passwordExpiry: null, accountName: null, error: null }
      : blocked({
          code: 'ERR_LAPS_NOT_MANAGED',
          message: management.why,
          hint: 'laps explain shows what the policy in force asks of this device',
        });
  }
  run.emit(10022, policyEventFields(policy));
  const raised = ageRaised(policy);
  if (raised !== undefined) run.emit(10058, raised);
  run.emit(10010, {});
  return undefined;
}

function announceTrigger(run: Run, trigger: Trigger): void {
  if (trigger === 'hourly') run.emit(10052, {});
  else if (trigger !== 'administrator') run.emit(50000, { Trigger: trigger });
}

function tellDecision(run: Run, decision: Decision): void {
  if (decision.kind === 'leave') run.emit(10016, {});
  else run.emit(10015, { Mask: decision.mask, Reasons: decision.reasons.join('; ') });
}

/** Steps 2 to 11 for a device whose identity is good. */
async function process(run: Run, device: DeviceFacts, request: CycleRequest): Promise<Ending> {
  const budget = device.historyDepth - 1;
  const record = await readJournal(run, budget);
  try {
    return await work(run, device, request, record);
  } catch (error) {
    if (error instanceof LapsError) await rememberThrown(run, error, budget);
    throw error;
  }
}

async function work(run: Run, device: DeviceFacts, request: CycleRequest, record: JournalRecord): Promise<Ending> {
  const { ports } = run;
  const order: WalkOrder = {
    identity: device.identity,
    historyDepth: device.historyDepth,
    acceptRisk: request.acceptRisk,
    redraw: request.redraw,
  };
  const settled = await settle(run, record, order, request);
  if (settled.ending !== undefined) return settled.ending;

  const policy = await readPolicy(run, device);
  const { finished } = settled;
  if ('outcome' in policy) return { ...policy, rotationId: finished?.rotationId ?? null };
  const unmanaged = await announcePolicy(run, policy, device, request.trigger);
  if (unmanaged !== undefined) {
    if (unmanaged.error === null) await wellAgain(run, settled.record);
    if (finished === undefined) return unmanaged;
    const { rotationId, accountName } = finished;
    return { ...unmanaged, outcome: unmanaged.error === null ? 'rotated' : unmanaged.outcome, rotationId, accountName };
  }
  announceTrigger(run, request.trigger);

  const name = accountNameOf(policy);
  const examined = await examine(run, name);
  if (examined.kind === 'barred') {
    await remember(run, settled.record, examined.failure, settled.record.notBefore);
    return blocked({ ...ofFailure(run, examined.failure), hint: examined.hint });
  }
  const { account } = examined;
  const mark = account === undefined ? undefined : await ports.accounts.mark(account.sid);
  if (account === undefined || mark === undefined) {
    const asked = name ?? builtIn;
    const { hresult } = errorTable.ERR_LAPS_ACCOUNT_MISSING;
    run.emit(10013, { AccountName: asked, HResult: hresult });
    const failure = failureAt(ports.clock.now(), {
      code: 'ERR_LAPS_ACCOUNT_MISSING',
      message: `the account "${asked}" does not exist on this machine`,
      hresult,
    });
    await remember(run, settled.record, failure, settled.record.notBefore);
    return { ...blocked(ofFailure(run, failure)), outcome: 'failed', hresult };
  }
  const busy = await claim(run, account, request.takeOver === true ? 'takeOver' : 'manage');
  if (busy !== undefined) {
    await remember(run, settled.record, busy.failure, settled.record.notBefore);
    return blocked({ ...ofFailure(run, busy.failure), hint: busy.hint });
  }
  const source = policySourceCode(policy);
  if (source === 0) throw new Error('a policy that manages has a source');
  const remembered = await readState(run);
  if (remembered !== undefined) await ports.accounts.guard(remembered.accountSid);
  // At rest with a post in doubt: the journal was lost, or the rotation's account was away for a while. What is remembered
  // may be older than either.
  const state = settled.record.above > 0 ? undefined : remembered;

  // Never by the clock: one that was set back would make an old secret look newer than the request.
  const cause = finished?.answers === true ? undefined : requestOf(request.trigger);
  // 10042 was told when the deadline was over, by whoever watches it: once, not by each attempt.
  if (cause === 'administrator') run.emit(10014, {});
  if (cause === undefined) {
    const decision = decide({
      now: ports.clock.now(),
      policySource: source,
      identity: device.identity,
      account: { sid: account.sid, name: account.name, mark },
      state,
      onForeignChange: ports.onForeignChange,
    });
    if (decision.foreignChange && state !== undefined) await tellForeignChange(run, account, state, mark);
    tellDecision(run, decision);
    if (decision.kind === 'leave') {
      // What was settled a moment ago is this cycle's rotation.
      if (finished !== undefined) return rotated(run, finished.rotationId, account.name);
      await wellAgain(run, settled.record);
      return {
        outcome: 'unchanged',
        rotationId: null,
        passwordExpiry: decision.until,
        accountName: account.name,
        error: null,
      };
    }
  }
  return rotate(run, settled.record, { policy, account, device, source, cause: cause ?? 'background' }, request);
}

async function withIdentity(run: Run, request: CycleRequest): Promise<Ending> {
  const identity = await run.ports.identity.read();
  if (identity.kind === 'joined') return process(run, identity.device, request);
  if (identity.kind === 'none') {
    run.emit(50002, { Problem: 'this device is not joined to a tenant' });
    return blocked({
      code: 'ERR_LAPS_NOT_JOINED',
      message: 'this device is not joined to a tenant',
      hint: joinHint(run.ports.tenant),
    });
  }
  run.emit(50013, { Problem: identity.problem });
  return blocked({
    code: identity.kind === 'refused' ? 'ERR_LAPS_IDENTITY_COPIED' : 'ERR_LAPS_DATA_DAMAGED',
    message: identity.problem,
    hint: identity.hint,
  });
}

/** Runs one cycle to its end. Throws only what is a defect; every trouble of the world is in the result. */
export async function runCycle(ports: Ports, request: CycleRequest): Promise<CycleResult> {
  const run = startRun({ ports, progress: request.progress, parked: request.parked });
  run.emit(10003, {});
  let ending: Ending;
  try {
    ending = await withIdentity(run, request);
  } catch (error) {
    if (!(error instanceof LapsError)) throw error;
    if (error.code === 'ERR_LAPS_DISK' || error.code === 'ERR_LAPS_PERMISSION')
      run.emit(50019, { Problem: error.message });
    if (error.code === 'ERR_LAPS_ACCOUNTS_SHUT') run.emit(50092, { Problem: error.message });
    ending = {
      outcome: 'failed',
      rotationId: null,
      passwordExpiry: null,
      accountName: null,
      error: { code: error.code, message: error.message, hint: error.hint ?? null },
      hresult: error.hresult,
    };
  }
  // What went wrong leaves the present password as it is, and its expiry with it.
  if (ending.error !== null && ending.passwordExpiry === null)
    ending = { ...ending, passwordExpiry: await expiryInForce(run) };
  const { hresult, ...rest } = ending;
  let { error } = ending;
  if (error === null) run.emit(10004, {});
  else {
    const HResult = hresult ?? errorTable[error.code].hresult;
    run.emit(10005, { HResult });
    error = { ...error, hint: hintAsAsked(error, request, ending.rotationId), hresult: formatHresult(HResult) };
  }
  await ports.log.flush();
  return { ...rest, error, events: run.trail };
}
