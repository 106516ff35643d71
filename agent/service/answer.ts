/**
 * A cycle's result as every door gives it out (contract 3): the socket, `reset`, `process`, `run --once`.
 *
 * Promises: the same words whoever did the work; instants as ISO text. Must never: hold a secret.
 */
import { isoOf } from '../core/time.ts';
import type { CycleResult } from './cycle.ts';

/** The JSON of contract 3 for `laps reset` and `laps process`. */
export interface Answer {
  readonly outcome: CycleResult['outcome'];
  readonly rotationId: string | null;
  readonly events: readonly number[];
  readonly passwordExpiry: string | null;
  readonly accountName: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

/** Turns a cycle's result into its answer. */
export function answerOf(result: CycleResult): Answer {
  const { outcome, rotationId, events, accountName, error } = result;
  return {
    outcome,
    rotationId,
    events,
    accountName,
    passwordExpiry: result.passwordExpiry === null ? null : isoOf(result.passwordExpiry),
    error,
  };
}
