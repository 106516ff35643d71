/** A cycle's result as every door gives it out (contract 3). Never a secret. */
import { isoOf } from '../core/time.ts';
import type { CycleError, CycleResult } from './endings.ts';

/** The JSON of `reset` and `process`. */
export interface Answer {
  readonly outcome: CycleResult['outcome'];
  readonly rotationId: string | null;
  readonly events: readonly number[];
  /** ISO text. */
  readonly passwordExpiry: string | null;
  readonly accountName: string | null;
  readonly error: CycleError | null;
}

export function answerOf(result: CycleResult): Answer {
  const { outcome, rotationId, events, accountName, error } = result;
  const passwordExpiry = result.passwordExpiry === null ? null : isoOf(result.passwordExpiry);
  return { outcome, rotationId, events, passwordExpiry, accountName, error };
}
