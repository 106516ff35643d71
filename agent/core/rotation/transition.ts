/**
 * The rotation's state machine: one pure function (rotation.md 1 to 3).
 *
 * Knows: where an open rotation stands (the journal record), what has just become known (the input), and what must be
 * written down and done next (the step). Promises: the record it returns is written durably *before* its effect is
 * carried out, and from any record that was written a later `resume` finishes the work. Must never: ask the time, draw
 * anything, or let a third post stand unanswered above the password that still opens the account.
 *
 * The explorer in `test/core/rotation/explorer.test.ts` walks this very function through every crash, loss and refusal.
 */
import { msPerDay } from '../time.ts';
import { type Failure, type Identity, idleRecord, type JournalRecord, type Pending } from './journal.ts';

/** How long a hold lasts before one more post is sent over a fresh connection (rotation.md 3). */
export const holdMs = msPerDay;
/** The longest that a tenant's Retry-After is obeyed, from when it is read (rotation.md 3, reply classes). */
export const patienceMs = msPerDay;

/** What does not change while one run walks the machine. */
export interface Context {
  /** Epoch ms. */
  readonly now: number;
  readonly identity: Identity;
  /** Posts that may be in doubt: H - 1 (rotation.md 1). */
  readonly budget: number;
  /** A person accepts that one post more may push the working password out of the tenant's history. */
  readonly acceptRisk: boolean;
  /** A person asks for another secret in place of one the account keeps refusing. */
  readonly redraw: boolean;
}

/** What has just become known. */
export type Input =
  /**
   * A run begins: at a start, a cycle or a reset. `account` is the pending secret's, looked up by SID; `elsewhere`: another
   * data folder has taken it over, and what is open here may no longer be set.
   */
  | { readonly kind: 'resume'; readonly account: AccountNow }
  /** At rest, and a new password is wanted: may one be drawn? Nothing was connected to or drawn yet. */
  | { readonly kind: 'wantDraw' }
  /** A secret was drawn, sealed and found acceptable; `above` and `granted` are what the draw was allowed with. */
  | ({ readonly kind: 'drawn'; readonly pending: Pending } & Allowed)
  | { readonly kind: 'notDrawn'; readonly failure: Failure }
  /** The pending secret cannot be unsealed, so nothing was sent. */
  | { readonly kind: 'postLost' }
  | { readonly kind: 'stored' }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly retryAt: number | null }
  | { readonly kind: 'notSent'; readonly failure: Failure; readonly retryAt: number | null }
  /** `retryAt`: whoever answered, be it something in between, asked to be left alone until then. Nothing is undone by it. */
  | { readonly kind: 'unclear'; readonly failure: Failure; readonly retryAt: number | null }
  | ({ readonly kind: 'probed' } & Probe)
  /** The pending secret was set, made durable, and opens the account. */
  | { readonly kind: 'proven'; readonly mark: string }
  | { readonly kind: 'accountRefused'; readonly failure: Failure }
  /** The set did not lead to a password that opens; the previous field was put back. */
  | { readonly kind: 'unverified'; readonly failure: Failure }
  | { readonly kind: 'saved' }
  | { readonly kind: 'forgotten' };

export interface Probe {
  /** Whether the pending secret opens the account; `lost`: it cannot be unsealed. */
  readonly opens: boolean | 'lost';
  /** Read just then. */
  readonly mark: string;
  readonly locked: boolean;
  /** Another account is the managed one still: its password is what the posts stand above, whatever became of this one's. */
  readonly otherManaged: boolean;
}

/** What a draw was allowed with, to be handed on to what was drawn. */
export interface Allowed {
  readonly above: number;
  /** Beyond the budget, by a person's word or a day's wait: for this one post, over a fresh connection. */
  readonly granted: boolean;
}

export type AccountNow = 'present' | 'missing' | 'elsewhere';

export type StopReason =
  | 'done'
  | 'idle'
  | 'refused'
  | 'notSent'
  | 'unclear'
  | 'throttled'
  | 'hold'
  | 'notDrawn'
  | 'accountRefused'
  | 'unverified'
  | 'abandoned';

/** What is to be carried out once the record is on disk. */
export type Effect =
  /** Draw, judge and seal a secret, for the same account where one is pending; answer `drawn` with what is allowed here. */
  | ({ readonly kind: 'draw' } & Allowed)
  | { readonly kind: 'post'; readonly fresh: boolean }
  /**
   * Make what the account database holds durable, then see whether the pending secret opens the account, and read the
   * mark. Durable first: a verdict about a write that a power cut may still undo would be wrong afterwards.
   */
  | { readonly kind: 'probe' }
  /** Set, make durable, verify; on a failed verification put the previous field back. */
  | { readonly kind: 'set' }
  | { readonly kind: 'saveState' }
  /** Of the whole device, or only where it is about the account of the open rotation: another one may be managed still. */
  | { readonly kind: 'forgetState'; readonly of: 'device' | 'account' }
  | { readonly kind: 'stop'; readonly why: StopReason };

/** What a person should be told, by the event that says it. */
export type Note =
  | 'holdEntered'
  | 'holdLeft'
  | 'foreignChange'
  | 'keyLost'
  | 'identityChanged'
  | 'accountGone'
  | 'accountElsewhere'
  | 'redrawn';

export interface Step {
  readonly record: JournalRecord;
  readonly effect: Effect;
  readonly notes: readonly Note[];
}

function stop(record: JournalRecord, why: StopReason, notes: readonly Note[] = []): Step {
  return { record, effect: { kind: 'stop', why }, notes };
}

/** Given up with its count: should the account come back as it was, the old password may open it still. */
function withoutPending(record: JournalRecord): JournalRecord {
  return { ...record, state: 'idle', pending: null };
}

/** Nothing pending and nothing in doubt any more; what the tenant asked of our patience and what last failed stay. */
function idleAfter(record: JournalRecord): JournalRecord {
  return { ...withoutPending(record), above: 0, heldSince: null };
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.tenantId === b.tenantId && a.deviceId === b.deviceId && a.machineId === b.machineId;
}

/**
 * Epoch ms until which the tenant is left alone, or null. A moment further away than it may ask for can only come from a
 * clock that was moved, be it by a second: the longest that may be asked for counts from now.
 */
export function patientUntil({ notBefore }: Pick<JournalRecord, 'notBefore'>, now: number): number | null {
  return notBefore === null || notBefore <= now ? null : Math.min(notBefore, now + patienceMs);
}

/** The stop while the tenant is left alone; written, so that a clock that was set back by a year does not count anew. */
function throttled(record: JournalRecord, context: Context): Step | undefined {
  const notBefore = patientUntil(record, context.now);
  if (notBefore === null) return undefined;
  return stop(notBefore === record.notBefore ? record : { ...record, notBefore }, 'throttled');
}

/** Epoch ms at which a hold ends by itself, or null when there is none. */
export function holdEndsAt(record: Pick<JournalRecord, 'heldSince'>): number | null {
  return record.heldSince === null ? null : record.heldSince + holdMs;
}

/**
 * May one more post be risked? `goOn` gets the record to write before it. Beyond the budget only a person's word or a
 * day's wait opens the way, and then for a single post, over a fresh connection.
 */
function ifOneMoreMayBeRisked(
  record: JournalRecord,
  context: Context,
  notes: readonly Note[],
  goOn: (record: JournalRecord, fresh: boolean, notes: readonly Note[]) => Step,
): Step {
  if (record.above + 1 <= context.budget) return goOn({ ...record, heldSince: null }, false, notes);
  // A hold that began in the future was dated by a clock that has since been set back: it begins now.
  const since = record.heldSince === null || record.heldSince > context.now ? null : record.heldSince;
  if (context.acceptRisk || (since !== null && context.now - since >= holdMs)) {
    return goOn({ ...record, heldSince: context.now }, true, [...notes, 'holdLeft']);
  }
  // What `notes` tell of has not come about: it is told when the way is open.
  return stop({ ...record, heldSince: since ?? context.now }, 'hold', since === null ? ['holdEntered'] : []);
}

/** Past H the number says nothing more: the working password may be gone already, and the hold stays either way. */
function counted(above: number, context: Context): number {
  return Math.min(above + 1, context.budget + 1);
}

/** Count first, send second (rotation.md 2, `above`). */
function sendAgain(record: JournalRecord, pending: Pending, context: Context, notes: readonly Note[] = []): Step {
  return ifOneMoreMayBeRisked(record, context, notes, (granted, fresh, told) => ({
    record: {
      ...granted,
      state: 'prepared',
      pending: { ...pending, posts: pending.posts + 1, acceptedAt: null, after: null },
      above: counted(granted.above, context),
    },
    effect: { kind: 'post', fresh },
    notes: told,
  }));
}

/** Another secret; what stands above the working password keeps counting. */
function drawAnother(record: JournalRecord, context: Context, notes: readonly Note[]): Step {
  return ifOneMoreMayBeRisked(record, context, notes, (allowed, granted, told) => ({
    record: allowed,
    effect: { kind: 'draw', above: allowed.above, granted },
    notes: told,
  }));
}

/** At rest something may be in doubt still: its account was away for a while, or the journal was lost. */
function wantDraw(record: JournalRecord, context: Context): Step {
  if (record.state !== 'idle') throw new Error('a rotation is open');
  return throttled(record, context) ?? drawAnother(record, context, []);
}

function drawn(record: JournalRecord, input: { readonly pending: Pending } & Allowed, context: Context): Step {
  const { pending, above, granted } = input;
  if (above + 1 > context.budget && !granted) throw new Error('drawn beyond the budget, without a word or a wait');
  return {
    record: {
      ...record,
      state: 'prepared',
      pending: { ...pending, posts: 1 },
      above: counted(above, context),
      notBefore: null,
    },
    effect: { kind: 'post', fresh: granted },
    notes: [],
  };
}

/** The account was changed by something else, so no post stands above a password of its own that is worth protecting. */
function afterForeignChange(record: JournalRecord, { otherManaged }: Probe): JournalRecord {
  return otherManaged ? record : { ...record, above: 0 };
}

function resume(record: JournalRecord, account: AccountNow, context: Context): Step {
  const { pending } = record;
  if (record.state === 'idle' || pending === null) return stop(record, 'idle');
  const gone = !sameIdentity(pending.identity, context.identity)
    ? 'identityChanged'
    : account === 'missing'
      ? 'accountGone'
      : null;
  if (gone !== null) {
    const of = gone === 'accountGone' ? 'account' : 'device';
    return { record, effect: { kind: 'forgetState', of }, notes: [gone] };
  }
  if (account === 'elsewhere') return stop(withoutPending(record), 'abandoned', ['accountElsewhere']);
  if (record.state === 'prepared') {
    const again = () =>
      context.redraw ? drawAnother(record, context, ['redrawn']) : sendAgain(record, pending, context);
    return throttled(record, context) ?? again();
  }
  return { record, effect: { kind: 'probe' }, notes: [] };
}

/** The send did not happen or was plainly refused: its count is undone, and only that count (rotation.md 3, rule 1). */
function undoSend(
  record: JournalRecord,
  pending: Pending,
  input: { readonly failure: Failure; readonly retryAt: number | null },
  context: Context,
  why: 'refused' | 'notSent',
): Step {
  const above = Math.max(0, record.above - 1);
  const undone: JournalRecord = {
    ...record,
    above,
    pending: { ...pending, posts: Math.max(0, pending.posts - 1) },
    heldSince: above + 1 > context.budget ? record.heldSince : null,
    notBefore: input.retryAt,
    attempts: record.attempts + 1,
    lastFailure: input.failure,
  };
  return stop(above === 0 ? idleAfter(undone) : undone, why);
}

function applied(record: JournalRecord, pending: Pending, mark: string): Step {
  return {
    record: { ...record, state: 'applied', pending: { ...pending, after: mark } },
    effect: { kind: 'saveState' },
    notes: [],
  };
}

function probed(record: JournalRecord, pending: Pending, input: Probe, context: Context): Step {
  const untouched = input.mark === pending.before;
  // A field that has not changed since before the draw cannot open with the drawn secret: who says so is mistaken once.
  if (input.opens === true && !untouched) return applied(record, pending, input.mark);
  if (input.opens === 'lost') {
    // Applied and unchanged since: it was proven while the key was there, and nothing is given up.
    if (pending.after !== null && input.mark === pending.after)
      return { record, effect: { kind: 'saveState' }, notes: [] };
    // Otherwise the account holds either the secret the tenant has on top or something foreign: nothing stands above it.
    return drawAnother(untouched ? record : afterForeignChange(record, input), context, ['keyLost']);
  }
  if (!untouched)
    return sendAgain(afterForeignChange(record, input), { ...pending, before: input.mark }, context, ['foreignChange']);
  if (context.redraw) return drawAnother(record, context, ['redrawn']);
  // In `applied` this is a set that a power cut undid: the tenant still has the secret on top, so setting it again is enough.
  return {
    // Nothing was set yet, so the lock is as people left it; a set that is cut short must not be believed about it later.
    record: { ...record, state: 'escrowed', pending: { ...pending, after: null, wasLocked: input.locked } },
    effect: { kind: 'set' },
    notes: [],
  };
}

/** The one post that was granted goes to another secret; with nothing in doubt the next decision draws it. */
function afterLostKey(record: JournalRecord): Step {
  const above = Math.max(0, record.above - 1);
  if (above === 0) return stop(idleAfter(record), 'abandoned', ['keyLost']);
  return {
    record: { ...record, above },
    effect: { kind: 'draw', above, granted: record.heldSince !== null },
    notes: ['keyLost'],
  };
}

function accepted(record: JournalRecord, pending: Pending, context: Context): Step {
  return {
    record: {
      ...record,
      state: 'escrowed',
      pending: { ...pending, acceptedAt: context.now },
      heldSince: null,
      notBefore: null,
    },
    effect: { kind: 'probe' },
    notes: [],
  };
}

function openOf(record: JournalRecord): Pending {
  if (record.pending === null) throw new Error('no rotation is open');
  return record.pending;
}

/** Another device or tenant has none of what was sent; an account that is gone may come back. */
function forgotten(record: JournalRecord, context: Context): JournalRecord {
  return sameIdentity(openOf(record).identity, context.identity) ? withoutPending(record) : idleAfter(record);
}

function failed(record: JournalRecord, failure: Failure, why: StopReason): Step {
  return stop({ ...record, attempts: record.attempts + 1, lastFailure: failure }, why);
}

/**
 * The one transition function. Give it the record as read back from disk, what has become known and the run's context;
 * write the record it returns (when it differs) durably; then carry out its effect and come back with what that showed.
 * An input that cannot belong to the record's state is a defect of the caller and throws.
 */
export function advance(record: JournalRecord, input: Input, context: Context): Step {
  switch (input.kind) {
    case 'resume':
      return resume(record, input.account, context);
    case 'wantDraw':
      return wantDraw(record, context);
    case 'drawn':
      return drawn(record, input, context);
    case 'notDrawn':
    case 'accountRefused':
    case 'unverified':
      return failed(record, input.failure, input.kind);
    case 'unclear':
      return failed({ ...record, notBefore: input.retryAt }, input.failure, input.kind);
    case 'postLost':
      return afterLostKey(record);
    case 'stored':
      return accepted(record, openOf(record), context);
    case 'refused':
    case 'notSent':
      return undoSend(record, openOf(record), input, context, input.kind);
    case 'probed':
      return probed(record, openOf(record), input, context);
    case 'proven':
      return applied(record, openOf(record), input.mark);
    case 'saved':
      return stop({ ...idleRecord }, 'done');
    case 'forgotten':
      return stop(forgotten(record, context), 'abandoned');
  }
}
