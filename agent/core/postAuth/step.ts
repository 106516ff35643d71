/**
 * The words in which post-authentication actions are decided: facts and news in, events and effects out.
 *
 * Knows: shapes only. Must never: carry a secret, or text from a record.
 */
import type { EventFields } from '../events.ts';
import type { PostAuthMemory, Whose } from './memory.ts';

/** What the policy in force says; `unknown` when it cannot be read. */
export type PostAuthPolicy =
  | { readonly kind: 'on'; readonly delayHours: number; readonly actions: number }
  | { readonly kind: 'off'; readonly why: string }
  | { readonly kind: 'unknown' };

/** The account whose password LAPS has set; `unknown` when the local state is damaged. */
export type ManagedFact =
  /** `setAt`: epoch ms its password was last replaced. */
  | ({ readonly kind: 'managed'; readonly rotationId: string; readonly setAt: number } & Whose)
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' };

export interface PostAuthFacts {
  /** Epoch ms. */
  readonly now: number;
  readonly bootId: string;
  readonly policy: PostAuthPolicy;
  readonly account: ManagedFact;
}

/** A sign-in that a record tells of. */
export interface SignIn {
  /** Epoch ms. */
  readonly at: number;
  /** Nobody but root can have written the record; otherwise any user of the machine may have. */
  readonly vouched: boolean;
}

/** Who was there to be warned. */
export interface Warned {
  /** How many took the warning. */
  readonly terminals: number;
  /** Whether there is a session of the account at all. */
  readonly anyone: boolean;
  /** Whether anything runs under the account, in a session or not. */
  readonly anything: boolean;
}

export type PostAuthInput =
  /** A look at the records: the managed account's sign-ins that were new, and where reading stands now. */
  | { readonly kind: 'looked'; readonly signIns: readonly SignIn[]; readonly cursor: string | null }
  /** A password is in force that was drawn after a request of this time, epoch ms: the deadline's, or a person's. */
  | { readonly kind: 'rotated'; readonly requestedAt: number }
  /** `retryAt`: epoch ms the tenant or a hold asks to wait for. */
  | { readonly kind: 'notRotated'; readonly hresult: number; readonly retryAt: number | null }
  /** The cycle found that the account is no longer managed. */
  | { readonly kind: 'released'; readonly why: string }
  /** The daemon is ending; the next start goes on. */
  | { readonly kind: 'parked' }
  /** Whether somebody is signed in, which no record is needed for. */
  | { readonly kind: 'confirmed'; readonly isSignedIn: boolean }
  | ({ readonly kind: 'warned' } & Warned)
  /** `forGood`: trying again is of no use. */
  | { readonly kind: 'ended'; readonly count: number; readonly problem: string | null; readonly forGood?: true }
  | { readonly kind: 'restartOrdered' }
  /** There is no machine to restart; it is told instead. */
  | { readonly kind: 'restartSimulated' }
  | { readonly kind: 'restartFailed'; readonly hresult: number };

export type PostAuthEffect =
  /** Nothing before `until` (epoch ms); null: nothing is waited for. */
  | { readonly kind: 'wait'; readonly until: number | null }
  /** Rotate through the normal path; `requestedAt` names the request, the same in every retry. */
  | { readonly kind: 'rotate'; readonly requestedAt: number }
  /** Find out whether somebody is signed in. */
  | { readonly kind: 'confirm'; readonly whose: Whose }
  | { readonly kind: 'warn'; readonly whose: Whose; readonly until: number }
  | { readonly kind: 'endSessions'; readonly whose: Whose }
  | { readonly kind: 'endProcesses'; readonly whose: Whose }
  | { readonly kind: 'restart'; readonly whose: Whose };

export type NoteId =
  | 10041
  | 10042
  | 10043
  | 10044
  | 10048
  | 10049
  | 50040
  | 50041
  | 50042
  | 50043
  | 50044
  | 50046
  | 50048
  | 50070;
/** An event to be written once the memory is on disk. */
export type PostAuthNote = { readonly [Id in NoteId]: { readonly id: Id; readonly fields: EventFields<Id> } }[NoteId];

export interface PostAuthStep {
  readonly memory: PostAuthMemory;
  readonly notes: readonly PostAuthNote[];
  readonly effect: PostAuthEffect;
}
