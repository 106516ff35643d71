/**
 * What is remembered of post-authentication actions (spec 5): the deadline, what is being carried out, and how far the
 * machine's sign-in records were read.
 *
 * Knows: shapes and limits. Promises: one object, so that a sign-in is never marked as read without its deadline being
 * set. Must never: hold text from a record; times and the managed account's own name are enough.
 */

/** The account a deadline is about. */
export interface Whose {
  readonly sid: string;
  readonly name: string;
  readonly rid: number;
}

/** A deadline that stands: the password was used, and is to be replaced. */
export interface Armed extends Whose {
  /** Epoch ms; PostAuthResetAuthenticationTime. */
  readonly authenticatedAt: number;
  /** Epoch ms; PostAuthResetDeadline. */
  readonly deadlineAt: number;
  /** PostAuthActions: the policy's bits at the time of the sign-in (spec 5.1). */
  readonly actions: number;
  /** PostAuthResetRetryCount: failures since the deadline, within one boot. */
  readonly retryCount: number;
  /** Rotation that set the password which was used. */
  readonly rotationId: string;
  /** Boot that `retryCount` belongs to. */
  readonly bootId: string;
  /** Epoch ms the deadline was found to be over (10042); names the request that the rotation answers. */
  readonly dueAt: number | null;
  /** Epoch ms before which no further attempt is made. */
  readonly retryAt: number | null;
  /** Whether only root can have told of the sign-in; otherwise it is confirmed before anything is ended. */
  readonly vouched: boolean;
}

/**
 * confirm where the sign-in is hearsay, then warn, then grace until `until`, then signOut, then processes; or restart, then restarting until `until`. Each is
 * written down before it is done, so a start in between goes on from there.
 */
export type ActingStage = 'confirm' | 'warn' | 'grace' | 'signOut' | 'processes' | 'restart' | 'restarting';

/** The password was replaced; what else the policy asked for is under way. */
export interface Acting extends Whose {
  readonly actions: number;
  readonly stage: ActingStage;
  /** Epoch ms; of grace and restarting. */
  readonly until: number | null;
  /** Boot in which the password was replaced: a restart since then has ended every session and process. */
  readonly bootId: string;
  readonly retryCount: number;
  readonly retryAt: number | null;
}

/** Where the reading of sign-in records stands; `off` while the policy asks for no watching. */
export type Watch =
  | { readonly kind: 'off' }
  /**
   * `cursor` is the edge's own word for the place; it belongs to the account it was read for. `lookedAt`: epoch ms of a
   * look that found no more than it leads to; null: not known.
   */
  | { readonly kind: 'on'; readonly sid: string; readonly cursor: string; readonly lookedAt: number | null };

export interface PostAuthMemory {
  readonly armed: Armed | null;
  readonly acting: Acting | null;
  /** Null: never read. */
  readonly watch: Watch | null;
}

/** A look at the records that went through, for the account `sid`; epoch ms. */
export interface Look {
  readonly sid: string;
  readonly at: number;
}

/** The memory after a look that found nothing new, which is not worth being written down. */
export function lookedAgain(memory: PostAuthMemory, look: Look | undefined): PostAuthMemory {
  const { watch } = memory;
  if (look === undefined || watch?.kind !== 'on' || watch.sid !== look.sid) return memory;
  return { ...memory, watch: { ...watch, lookedAt: Math.max(look.at, watch.lookedAt ?? look.at) } };
}

export const nothingRemembered: PostAuthMemory = { armed: null, acting: null, watch: null };

/** Bits of PostAuthenticationActions (spec 5.2): 3 is reset and sign out, 5 reset and restart, 11 adds the processes. */
export const actionBits = { reset: 1, signOut: 2, restart: 4, processes: 8 } as const;

/** The time to save and sign out, fixed as in Windows (spec 5.2). */
export const graceMs = 120_000;
/** A machine that still runs this long after it was told to restart did not obey. */
export const restartPatienceMs = 5 * 60_000;
/** More failures than this within one boot, and nothing further is scheduled (10048). */
export const maxRetries = 100;

export type Given = Pick<Armed, 'retryCount'>;

/** Whether the retries of this boot are used up. */
export function isGivenUp({ retryCount }: Given): boolean {
  return retryCount > maxRetries;
}
