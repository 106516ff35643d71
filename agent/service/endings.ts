/**
 * How a cycle ends: the answer's shape, and each trouble in words with what to do about it.
 *
 * Promises: every unfinished rotation says that the password in use still stands. Must never: hold a secret.
 */
import { errorTable, type LapsErrorCode } from '../core/errors.ts';
import type { EventId } from '../core/events.ts';
import { failureHints, hintOf } from '../core/failureHints.ts';
import { type HoldFacts, holdWords, unclearHint } from '../core/rotation/hold.ts';
import type { Failure } from '../core/rotation/journal.ts';
import { holdEndsAt } from '../core/rotation/transition.ts';
import { isoOf } from '../core/time.ts';
import { failureAt, type Run } from './run.ts';
import type { WalkEnd } from './walk.ts';

export interface CycleError {
  readonly code: LapsErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** What 10005 carried, `0x80070190`. */
  readonly hresult?: string;
}

/** What `reset` and `process` answer with (contract 3). Never a secret. */
export interface CycleResult {
  readonly outcome: 'rotated' | 'unchanged' | 'blocked' | 'failed';
  readonly rotationId: string | null;
  readonly events: readonly EventId[];
  /** Epoch ms. */
  readonly passwordExpiry: number | null;
  readonly accountName: string | null;
  readonly error: CycleError | null;
}

/** A result before its trail of events is known; `hresult` is what 10005 tells. */
export type Ending = Omit<CycleResult, 'events'> & { readonly hresult?: number };

/** Nothing was tried, or nothing further. */
export function blocked(error: CycleError, rest: Partial<Ending> = {}): Ending {
  return { outcome: 'blocked', rotationId: null, passwordExpiry: null, accountName: null, error, ...rest };
}

function errorOf(code: LapsErrorCode, message: string): CycleError {
  return { code, message, hint: failureHints[code] ?? null };
}

/** A failure as a person is told it, with what to do. `retryAt`, epoch ms: the tenant asked to be left alone until then. */
export function ofFailure(run: Run, failure: Failure, retryAt: number | null = null): CycleError {
  const { code, message } = failure;
  const until = retryAt === null ? null : isoOf(retryAt);
  const told = errorOf(code, until === null ? message : `${message}; throttled until ${until}`);
  return { ...told, hint: run.hints.get(code) ?? hintOf(failure, true) };
}

/** Event 50007 and its ending. */
export function throttledEnding(run: Run, until: number): Ending {
  run.emit(50007, { Until: until });
  return blocked(errorOf('ERR_LAPS_THROTTLED_UNTIL', `the tenant asked for patience until ${isoOf(until) ?? 'later'}`));
}

/** Event 50005 and its ending, by every cycle that ends on hold. */
function holdEnding(run: Run, end: WalkEnd, about: AboutAccount): Ending {
  const { record } = end;
  const isBeyond = record.above > end.budget;
  const now = run.ports.clock.now();
  run.emit(50005, {
    Above: record.above,
    Until: holdEndsAt(record) ?? now,
    AccountName: record.pending?.account.name ?? about.accountName,
  });
  const words = holdWords({ now, record, isBeyond, ...about });
  return blocked({ code: 'ERR_LAPS_HOLD', ...words }, { rotationId: end.rotationId });
}

/** What of the account a hold is told with. */
export type AboutAccount = Pick<HoldFacts, 'accountName' | 'mark' | 'managedSid'>;

/** Failures of a post itself: what it asked of our patience came with it. */
const ofPatience: readonly LapsErrorCode[] = ['ERR_LAPS_TENANT_THROTTLED', 'ERR_LAPS_TENANT_UNCLEAR'];

/** Where what is in doubt decides what comes next, and not the failure alone. */
function hintAfter({ record, budget }: WalkEnd, failure: Failure): string | null {
  const { above, notBefore } = record;
  if (failure.code === 'ERR_LAPS_TENANT_UNCLEAR')
    return unclearHint({ above, budget, isThrottled: notBefore !== null });
  return failure.code === 'ERR_LAPS_ACCOUNT_REFUSED' ? hintOf(failure, above + 1 <= budget) : null;
}

/** How a walk that did not reach its end is told. */
export function unfinished(run: Run, end: WalkEnd, about: AboutAccount): Ending {
  const { record } = end;
  if (end.why === 'hold') return holdEnding(run, end, about);
  if (end.why === 'throttled') return throttledEnding(run, record.notBefore ?? 0);
  if (end.why === 'parked')
    return {
      ...blocked(errorOf('ERR_LAPS_INTERRUPTED', 'interrupted: the rotation is parked where it was')),
      rotationId: end.rotationId,
    };
  const failure =
    end.failure ??
    failureAt(run.ports.clock.now(), {
      code: 'ERR_LAPS_INTERNAL',
      message: `the rotation stopped: ${end.why}`,
      hresult: errorTable.ERR_LAPS_INTERNAL.hresult,
    });
  const error = ofFailure(run, failure, ofPatience.includes(failure.code) ? record.notBefore : null);
  return {
    outcome: 'failed',
    rotationId: end.rotationId,
    passwordExpiry: null,
    accountName: null,
    error: { ...error, hint: hintAfter(end, failure) ?? error.hint },
    hresult: failure.hresult,
  };
}
