/**
 * A sign-in that a record tells of.
 *
 * Must never: hold anything of the record but who and when.
 */
import type { Authenticated } from '../../core/postAuth/pamSession.ts';
import type { SignIn } from '../../core/postAuth/step.ts';

/** `at`: the beginning of what the record's clock can tell apart. */
export interface FoundSignIn extends SignIn {
  /** How much that is, in ms. */
  readonly within: number;
  readonly who: Authenticated;
}

/** Whether it may have been at or after `since`, epoch ms: what cannot be told apart counts. */
export function isSince({ at, within }: FoundSignIn, since: number): boolean {
  return at + within > since;
}
