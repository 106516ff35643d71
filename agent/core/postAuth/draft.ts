/**
 * A step in the making: what will be remembered and told, and the changes that more than one place makes.
 *
 * Knows: how a failure is counted, which action follows which. Must never: decide whether something is due.
 */
import type { EventFields } from '../events.ts';
import { msPerHour } from '../time.ts';
import {
  type Acting,
  type ActingStage,
  type Armed,
  actionBits,
  isGivenUp,
  type PostAuthMemory,
  type Whose,
} from './memory.ts';
import type { NoteId, PostAuthNote } from './step.ts';

export const whoseOf = ({ sid, name, rid }: Whose): Whose => ({ sid, name, rid });
export const told = ({ name, rid }: Whose): EventFields<10042> => ({ AccountName: name, Rid: rid });

/**
 * How long to wait after the n-th failure: a minute, doubling to an hour. Soon at first, for most troubles are short;
 * never more than the hour at which every device looks anyway, and 100 of them are four days, not two hours.
 */
export function backOffMs(retryCount: number): number {
  return Math.min(2 ** Math.min(Math.max(retryCount, 1) - 1, 10) * 60_000, msPerHour);
}

/** An instant to wait for that is further away than anybody can have asked for comes from a clock that was moved. */
export function nearer(at: number | null, now: number, mostMs: number): number | null {
  return at !== null && at - now > mostMs ? now + mostMs : at;
}

/** What comes after `stage`, by the bits; undefined when all is done. */
export function stageAfter(actions: number, stage: 'rotated' | 'signOut' | 'processes'): ActingStage | undefined {
  if (stage === 'rotated' && (actions & actionBits.signOut) !== 0) return 'warn';
  if (stage !== 'processes' && (actions & actionBits.processes) !== 0) return 'processes';
  return (actions & actionBits.restart) !== 0 ? 'restart' : undefined;
}

export class Draft {
  readonly notes: PostAuthNote[] = [];
  memory: PostAuthMemory;
  constructor(memory: PostAuthMemory) {
    this.memory = memory;
  }
  note<Id extends NoteId>(id: Id, fields: EventFields<Id>): void {
    // The parse boundary of a mapped union: id and fields belong together by the signature.
    this.notes.push({ id, fields } as PostAuthNote);
  }
  set(part: Partial<PostAuthMemory>): void {
    this.memory = { ...this.memory, ...part };
  }
}

export function failedOnce<T extends Armed | Acting>(draft: Draft, before: T, now: number, retryAt: number | null): T {
  const retryCount = before.retryCount + 1;
  const next = { ...before, retryCount, retryAt: Math.max(now + backOffMs(retryCount), retryAt ?? 0) };
  if (isGivenUp(next)) draft.note(10048, {});
  return next;
}

export function actingAt(draft: Draft, acting: Omit<Acting, 'stage'>, stage: ActingStage | undefined): void {
  if (stage === undefined) {
    draft.note(10044, told(acting));
    draft.set({ acting: null });
  } else draft.set({ acting: { ...acting, stage, until: null, retryAt: null } });
}

/** After the rotation. What any user may have made up ends nothing: where more is asked for, it is confirmed first. */
export function stageAfterRotation({ actions, vouched }: Pick<Armed, 'actions' | 'vouched'>): ActingStage | undefined {
  const next = stageAfter(actions, 'rotated');
  return next === undefined || vouched ? next : 'confirm';
}

/** ERROR_NO_SHUTDOWN_IN_PROGRESS as an HRESULT: the machine was told to restart and runs on. */
export const noRestartCame = 0x8007045c;

export function restartFailed(draft: Draft, acting: Acting, now: number, hresult: number): void {
  draft.note(10049, { HResult: hresult });
  draft.set({ acting: { ...failedOnce(draft, acting, now, null), stage: 'restart', until: null } });
}
