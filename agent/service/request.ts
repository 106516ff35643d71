/**
 * What starts a cycle, and what it asks for.
 *
 * Knows: which triggers ask for a new password and which only let the device decide (rotation.md 3, rule 4). Must never:
 * compare a request with a secret by the clock; one that was set back would make an old secret look newer.
 */
import type { LapsErrorCode } from '../core/errors.ts';
import type { Cause, CauseKind } from '../core/rotation/journal.ts';
import type { Stage } from './run.ts';

/** What started a cycle; the words of event 50000 where Windows has no number for it. */
export type Trigger =
  | 'hourly'
  | 'start'
  | 'late wake-up'
  | 'policy change'
  | 'account change'
  | 'process command'
  | 'administrator'
  | 'post-authentication';

/** The request a trigger makes for a new password, whatever the expiry (rotation.md 3, rule 4); else the device decides. */
export function requestOf(trigger: Trigger): Extract<CauseKind, Trigger> | undefined {
  return trigger === 'administrator' || trigger === 'post-authentication' ? trigger : undefined;
}

export interface CycleRequest {
  readonly trigger: Trigger;
  /** Epoch ms the request was made: only a secret drawn after it meets it. */
  readonly requestedAt: number;
  readonly acceptRisk: boolean;
  readonly redraw: boolean;
  /** The account is to be managed from here, also where another data folder has it; left out: no. */
  readonly takeOver?: boolean;
  readonly progress: (stage: Stage) => void;
  readonly parked: () => boolean;
}

/** Whether a secret with these causes was drawn by an earlier attempt at the same deadline, which keeps its time. */
export function isDrawnFor({ trigger, requestedAt }: CycleRequest, causes: readonly Cause[]): boolean {
  return trigger === 'post-authentication' && causes.some(({ kind, at }) => kind === trigger && at === requestedAt);
}

/**
 * What to do about a cycle that did not do what was asked, in the words of the command that asked. Nothing is kept of a
 * request whose rotation did not begin (no `rotationId`): the next cycle would not rotate for it, so it is made again.
 */
export function hintAsAsked(
  error: { readonly code: LapsErrorCode; readonly hint: string | null },
  { trigger }: Pick<CycleRequest, 'trigger'>,
  rotationId: string | null,
): string | null {
  const command = trigger === 'administrator' ? 'laps reset' : 'laps process';
  if (rotationId !== null) return error.hint;
  if (error.code === 'ERR_LAPS_INTERRUPTED') return `nothing was changed; run it again: ${command}`;
  return error.hint?.replaceAll('laps process', command) ?? null;
}
