/**
 * What is asked and answered when a cycle claims an account for itself, away from every other laps-agent of the machine.
 *
 * Promises: shapes alone. Must never: say how that is kept.
 */

/** What a cycle wants an account for. */
export type ClaimPurpose =
  /**
   * To finish a rotation that is open: `kept` only where another data folder has plainly taken the account over; notes
   * that are damaged or cannot be written are no reason to leave it open.
   */
  | 'finish'
  /** To manage it from now on. */
  | 'manage'
  /** The same, also where another data folder has it: a person asked for that. */
  | 'takeOver';

/** What a claim finds of the notes of who manages what. */
export interface ClaimFindings {
  /** What was open to others and was closed. */
  readonly closed?: readonly string[];
  /** A note that was damaged, or that others had or could have written: replaced. */
  readonly disbelieved?: { readonly path: string; readonly problem: string };
}

export type ClaimOutcome =
  /** `from`: the data folder that had it until now, and why it has it no longer, in words. */
  | ({
      readonly kind: 'held';
      readonly from: { readonly data: string; readonly why: string } | undefined;
    } & ClaimFindings)
  /** Another laps-agent is at work on it, in words. */
  | { readonly kind: 'busy'; readonly problem: string }
  /** The data folder `data` manages it, whether or not it is at work. */
  | ({ readonly kind: 'kept'; readonly data: string } & ClaimFindings)
  /** Somebody else could say who manages it, or something stands there that cannot be replaced: nothing is believed. */
  | ({ readonly kind: 'unsafe'; readonly problem: string; readonly hint: string } & ClaimFindings);
