/**
 * Draws a secret for an account (step 7 of spec 4.3): asked for by policy, acceptable to the machine, sealed at once.
 *
 * Promises: nothing is sent and nothing is written to the journal here. Must never: let a candidate out that was turned
 * down, or keep one in the clear.
 */
import { errorTable, type LapsErrorCode } from '../core/errors.ts';
import { drawAcceptable, drawBound } from '../core/password/draw.ts';
import type { PasswordSpec } from '../core/password/spec.ts';
import type { Account } from '../core/ports.ts';
import type { BackupBody, Cause, Failure, Identity, Pending } from '../core/rotation/journal.ts';
import { failureAt, type Run } from './run.ts';

/** What a draw needs to know besides the machine it is for. */
export interface DrawOrder {
  readonly spec: PasswordSpec;
  readonly account: Account;
  readonly ageDays: number;
  readonly identity: Identity;
  readonly policySource: 1 | 2 | 3 | 4;
  readonly causes: readonly Cause[];
}

/**
 * Draws a secret that the policy asks for and this machine accepts, and seals it (event 10027 when there is none).
 * Nothing is sent and nothing is written to the journal here.
 */
export async function draw(run: Run, order: DrawOrder): Promise<Pending | Failure> {
  const { ports } = run;
  run.progress('drawing');
  const { account, identity } = order;
  const secret = await drawAcceptable({
    source: ports.passwords,
    spec: order.spec,
    accepts: (candidate) => ports.accounts.accepts(account.sid, candidate),
    bound: drawBound,
  });
  const rotationId = ports.ids.newId();
  // Durable first: a rotation that was given up may have left a set that a power cut would still undo, and the password
  // of before would then look like one that somebody else set.
  await ports.accounts.sync(account.sid);
  const before = await ports.accounts.mark(account.sid);
  if (secret === undefined || before === undefined) {
    const code: LapsErrorCode = secret === undefined ? 'ERR_LAPS_NO_ACCEPTABLE_PASSWORD' : 'ERR_LAPS_ACCOUNT_MISSING';
    const { hresult } = errorTable[code];
    if (secret === undefined) run.emit(10027, { HResult: hresult });
    else run.emit(10013, { AccountName: account.name, HResult: hresult });
    const message =
      secret === undefined
        ? "no password the policy allows is acceptable to this machine's own password policy"
        : `the account ${account.name} is gone`;
    return failureAt(ports.clock.now(), { code, message, hresult });
  }
  const body: BackupBody = { AccountName: account.name, AccountSid: account.sid, PasswordAgeDays: order.ageDays };
  const sealed = await ports.seal.seal(secret, {
    tenantId: identity.tenantId,
    deviceId: identity.deviceId,
    sid: account.sid,
    rotationId,
  });
  return {
    rotationId,
    identity,
    account: { sid: account.sid, name: account.name },
    body,
    sealed,
    spec: order.spec,
    drawnAt: ports.clock.now(),
    posts: 0,
    before,
    after: null,
    acceptedAt: null,
    causes: order.causes,
    policySource: order.policySource,
    wasLocked: account.locked,
  };
}
