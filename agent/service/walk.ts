/**
 * Walks an open rotation through the world: writes each step down, then takes it (rotation.md 2 and 3).
 *
 * Knows: the journal, and what a person is told of a turn. Promises: no effect (effects.ts) before its record is durable; a
 * polite end parks between two steps. Must never: decide what comes next; that is core/rotation/transition.ts.
 */
import { isLapsError } from '../core/errors.ts';
import type { Failure, Identity, JournalRecord, Pending } from '../core/rotation/journal.ts';
import {
  type Allowed,
  advance,
  type Context,
  type Input,
  type Note,
  type StopReason,
} from '../core/rotation/transition.ts';
import { perform, ridOf } from './effects.ts';
import type { Run } from './run.ts';

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
  /** Posts that may be in doubt, as many as the tenant keeps credentials beside the one in use. */
  readonly budget: number;
}

/** Longer than any lawful walk; a longer one is a defect and ends as one. */
const maxSteps = 40;

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

/** `rotationId`: of the secret last worked on. */
function endOf(
  record: JournalRecord,
  why: WalkEnd['why'],
  { rotationId, order }: { readonly rotationId: string | null; readonly order: WalkOrder },
): WalkEnd {
  return { record, why, rotationId, failure: record.lastFailure, budget: order.historyDepth - 1 };
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
  return endOf(next, effect.why, { rotationId: null, order });
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
  const ended = (why: WalkEnd['why']): WalkEnd => endOf(current, why, { rotationId, order });
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
