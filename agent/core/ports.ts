/**
 * The abilities the daemon needs from the world, each named for what it can do (design 6).
 *
 * Knows: shapes only. Promises: an expected outcome is a value; only what stops a cycle altogether (a full disk, a
 * damaged file) is thrown, as a LapsError. Must never: name a library, a path or a wire field that core does not decide on.
 */
import type { ClaimOutcome, ClaimPurpose } from './accountClaim.ts';
import type { LapsErrorCode } from './errors.ts';
import type { LapsEvent } from './events.ts';
import type { PasswordSpec } from './password/spec.ts';
import type { PostAuthMemory, Whose } from './postAuth/memory.ts';
import type { SignIn, Warned } from './postAuth/step.ts';
import type { BackupBody, Identity, JournalRecord, Sealed } from './rotation/journal.ts';
import type { Secret } from './secret.ts';

/** What time it is: epoch milliseconds for verdicts, monotonic milliseconds for durations. */
export interface Clock {
  now(): number;
  monotonicMs(): number;
}

export interface IdSource {
  /** A fresh lower-case GUID. */
  newId(): string;
}

// --- the journal -----------------------------------------------------------------------------------------------

export type JournalReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'record'; readonly record: JournalRecord }
  /** Unreadable, forged or cut short; the file has been renamed to `quarantine` and is gone from its place. */
  | { readonly kind: 'damaged'; readonly problem: string; readonly quarantine: string };

export interface Journal {
  read(): Promise<JournalReading>;
  /** Durable when it returns: written in full, synced, renamed, folder synced, read back. Throws ERR_LAPS_DISK. */
  write(record: JournalRecord): Promise<void>;
}

/** What a secret is sealed for; opening with anything else fails. */
export interface SealContext {
  readonly tenantId: string;
  readonly deviceId: string;
  readonly sid: string;
  readonly rotationId: string;
}

export interface Seal {
  /** Makes and durably stores a new key for `context.rotationId`, then seals. */
  seal(secret: Secret, context: SealContext): Promise<Sealed>;
  /** Undefined when the key is missing, truncated or wrong: the secret is lost. */
  open(sealed: Sealed, context: SealContext): Promise<Secret | undefined>;
  /** Erases every key but that of `rotationId` (none is kept when null). */
  keepOnly(rotationId: string | null): Promise<void>;
}

// --- what the device remembers ---------------------------------------------------------------------------------

/** The Windows State key's values (spec 10), and beside them what this program needs to judge its own memory. */
export interface DeviceState {
  /** 1 CSP, 2 GPO, 3 Local, 4 Legacy. */
  readonly PolicySource: 1 | 2 | 3 | 4;
  /** Epoch ms, as the next. */
  readonly LastPasswordUpdateTime: number;
  readonly AzurePasswordExpiryTime: number;
  readonly LastAccountRidUpdated: number;
  readonly accountSid: string;
  readonly accountName: string;
  /** Age in days the expiry was computed with: expiry that is not update + age cannot be (issue: inconsistent). */
  readonly passwordAgeDays: number;
  readonly identity: Identity;
  /** Keyed mark of the account's password field as this program left it. */
  readonly mark: string;
  readonly rotationId: string;
  /** Epoch ms by the tenant's own clock at which it stored this backup, where it said so and that is still known. */
  readonly backedUpAt?: number;
  /** Mark of a password that something else set, once that has been told (50011). */
  readonly foreignMark?: string;
}

export type StateReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'state'; readonly state: DeviceState }
  | { readonly kind: 'damaged'; readonly problem: string; readonly quarantine: string };

export interface StateStore {
  read(): Promise<StateReading>;
  write(state: DeviceState): Promise<void>;
  /** Forgets everything: the next cycle finds no local state. */
  clear(): Promise<void>;
}

// --- the account -----------------------------------------------------------------------------------------------

export interface Account {
  readonly sid: string;
  readonly name: string;
  readonly rid: number;
  readonly enabled: boolean;
  readonly locked: boolean;
}

/** Why nobody can sign in to an account as it is, with its password at least. */
export type SignInBar = 'locked' | 'expired' | 'agedOut' | 'noShell' | 'shellMissing' | SignInHindrance;

/** What PAM asks of whoever signs in, or makes of the password, beside it: told by one event for all of them. */
export type SignInHindrance = 'mustChange' | 'failLocked' | 'firstEight';

/** What is out of the ordinary about the account a policy names; each is told by an event of its own. */
export type AccountRemark =
  /** Nobody can sign in to it as it is; its password is kept fresh all the same. */
  | { readonly kind: SignInBar }
  /** It is the managed account, which was called `from` when the policy's name was last found. */
  | { readonly kind: 'renamed'; readonly from: string }
  /** The managed account `from` is gone, and `account`, which is another one, has its number. */
  | { readonly kind: 'idReused'; readonly from: string; readonly account: Account };

/** The account a policy names, and everything that speaks against managing it. */
export interface AccountExamination {
  /** Undefined: there is none. */
  readonly account: Account | undefined;
  /** Set: it must not be touched, and why. */
  readonly bar:
    | {
        readonly code: Extract<LapsErrorCode, 'ERR_LAPS_ACCOUNT_PROTECTED' | 'ERR_LAPS_ACCOUNT_NOT_LOCAL'>;
        readonly problem: string;
        readonly hint: string;
      }
    | undefined;
  readonly remarks: readonly AccountRemark[];
}

/** What would keep an account from being changed, as far as a look tells. */
export type AccountObstacle =
  /** The data folder `data` manages it. */
  | { readonly kind: 'kept'; readonly data: string }
  | { readonly kind: 'unwritable'; readonly path: string; readonly problem: string; readonly hint: string }
  /** Somebody else could say who manages it, or what says so cannot be replaced, in words. */
  | { readonly kind: 'unsafe'; readonly problem: string; readonly hint: string }
  /** Nothing here tells whether a password opens it. */
  | { readonly kind: 'unprovable'; readonly problem: string };

/** How an account was last known, where its number may since have been given to another one. */
export interface KnownAccount {
  readonly name: string;
  /** Marks its password field had. */
  readonly marks: readonly string[];
}

export type SetOutcome =
  | { readonly kind: 'set' }
  | { readonly kind: 'refused'; readonly hresult: number; readonly problem: string };

/** The password field as it was, to be put back by {@link AccountDb.putBack}; opaque, never serialised. */
export interface PasswordSnapshot {
  readonly sid: string;
}

/** Local accounts of this machine. Passwords go in as Secrets and never come out. */
export interface AccountDb {
  /** By name, ignoring case, exact otherwise; undefined asks for the built-in Administrator, RID 500 (spec 2.3). */
  find(name: string | undefined): Promise<Account | undefined>;
  /** As `find`, for what is about to be managed. */
  examine(name: string | undefined): Promise<AccountExamination>;
  /** With `known`, an account that has neither that name nor one of those marks is another one, and not there. */
  bySid(sid: string, known?: KnownAccount): Promise<Account | undefined>;
  /**
   * Keeps every other laps-agent on this machine away from the account until another one is guarded or the process ends;
   * one that is to be managed, beyond that, until none is or another data folder takes it over. More than once does no harm.
   */
  claim(sid: string, purpose: ClaimPurpose): Promise<ClaimOutcome>;
  /** Whether the database can be written at all now; a problem in words otherwise. */
  writable(): Promise<string | undefined>;
  /** Would the machine's own password policy take it? Asked before anything is sent (rotation.md 3). */
  accepts(sid: string, candidate: Secret): Promise<boolean>;
  /** Keyed mark (HMAC) of the password field; undefined for a missing account. */
  mark(sid: string): Promise<string | undefined>;
  snapshot(sid: string): Promise<PasswordSnapshot | undefined>;
  /** Sets and makes durable; keeps enabled and locked as they are. */
  set(sid: string, secret: Secret): Promise<SetOutcome>;
  putBack(snapshot: PasswordSnapshot): Promise<void>;
  /** Locks it again where a `set` that was cut short may have left it unlocked. */
  relock(sid: string): Promise<void>;
  /** Makes durable what {@link AccountDb.opens} just saw: a crash may have come between a set and its sync. */
  sync(sid: string): Promise<void>;
  /** Proof, not a sign-in: never counted, never logged, never arms anything (rotation.md 3, rule 5). */
  opens(sid: string, secret: Secret): Promise<boolean>;
  /**
   * Only this account's password may be changed by LAPS alone from now on (10031 for others); null: none is managed. Lets
   * go of every account that was claimed, but this one and the last.
   */
  guard(sid: string | null): Promise<void>;
}

// --- the tenant, as the device sees it -------------------------------------------------------------------------

/** What a failure before or on the wire is told as. Never holds text that was not cleaned of control characters. */
export interface WireFailure {
  readonly code: LapsErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly hresult: number;
  readonly detail?: string;
  /** Epoch ms, from Retry-After, capped at a day. */
  readonly retryAt?: number;
  /** For 10032: what the token endpoint said, and what that means without its words. */
  readonly token?: {
    readonly httpStatus: number;
    readonly aadsts: number;
    readonly text: string;
    readonly problem: string;
  };
  /** Where it failed, when the code alone does not say: decides between 10025, 10026 and 10028. */
  readonly phase?: 'discovery' | 'token' | 'backup';
}

/** The reply classes of rotation.md 3. */
export type BackupReply =
  /** `backedUpAt`: as in {@link DeviceState}. */
  | { readonly kind: 'stored'; readonly backedUpAt?: number }
  | { readonly kind: 'refused'; readonly httpStatus: number; readonly text: string; readonly failure: WireFailure }
  | { readonly kind: 'notSent'; readonly failure: WireFailure }
  | { readonly kind: 'unclear'; readonly failure: WireFailure };

export type ConnectOutcome = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly failure: WireFailure };

/** Discovery, device token and backup: the device's side of wire 1 to 3. */
export interface BackupClient {
  /**
   * Discovery (once per process, and after an unclear answer; 10030 through `onRequest`) and a device token in hand
   * (cached while good).
   * `fresh` drops cached connections and the cached token first.
   */
  connect(request: {
    readonly fresh: boolean;
    /** What is left of the cycle's time for requests, in milliseconds (schedule.ts); none: nothing is sent. */
    readonly leftMs: number;
    readonly onRequest: (url: string) => void;
  }): Promise<ConnectOutcome>;
  /** Posts once. Must follow a successful connect. `onRequest` is told the URL just before the first byte leaves. */
  backUp(request: {
    readonly rotationId: string;
    readonly body: BackupBody;
    readonly secret: Secret;
    readonly fresh: boolean;
    readonly leftMs: number;
    readonly onRequest: (url: string) => void;
  }): Promise<BackupReply>;
}

// --- who signed in, and what they run --------------------------------------------------------------------------------

export type SignInReading =
  /** Each sign-in that is new, the word for the place after the last record looked at, and what is missed all the same. */
  | {
      readonly kind: 'read';
      readonly signIns: readonly SignIn[];
      readonly cursor: string;
      readonly problem?: string;
    }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** The machine's own records of sign-ins. Other accounts' sign-ins, and verifications, never come out of it. */
export interface SignInRecords {
  /** What came after `cursor`, an earlier reading's; with none, or one that leads nowhere, what is not before `since`. */
  read(request: {
    readonly account: Whose;
    readonly cursor: string | null;
    readonly since: number;
  }): Promise<SignInReading>;
}

/** What was ended, and why that is not all, in words. */
export interface Ended {
  readonly count: number;
  readonly problem: string | null;
  /** Trying again is of no use. */
  readonly forGood?: true;
}

export type RestartOutcome =
  | { readonly kind: 'ordered' }
  | { readonly kind: 'failed'; readonly hresult: number }
  /** The accounts are simulated: there is no machine of theirs to restart. */
  | { readonly kind: 'simulated' };

/** The hands of post-authentication actions (spec 5.2). Nothing of another account, and nothing of LAPS, is touched. */
export interface SessionControl {
  /** Another one after every start of the machine. */
  bootId(): Promise<string>;
  /** Whether somebody is signed in whom only the account's own password can have let in; no user can feign it. */
  isSignedIn(account: Whose): Promise<boolean>;
  /** Tells the account's terminals that its sessions end at `until`, epoch ms; never waits for one of them. */
  warn(account: Whose, until: number): Promise<Warned>;
  endSessions(account: Whose): Promise<Ended>;
  /** Every process under the account's identity. */
  endProcesses(account: Whose): Promise<Ended>;
  /** Orders the machine to restart in a minute. */
  restart(): Promise<RestartOutcome>;
}

export type PostAuthReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'memory'; readonly memory: PostAuthMemory }
  | { readonly kind: 'damaged'; readonly problem: string; readonly quarantine: string };

export interface PostAuthStore {
  read(): Promise<PostAuthReading>;
  /** As `read`, for a report: nothing is put aside. */
  peek(): Promise<PostAuthReading>;
  /** Durable when it returns. */
  write(memory: PostAuthMemory): Promise<void>;
}

// --- chance, policy, log ---------------------------------------------------------------------------------------

export interface PasswordSource {
  /** Draws one candidate; core judges it. */
  draw(spec: PasswordSpec): Promise<Secret>;
}

/** A policy file's bytes as text, with where they came from. */
export interface PolicyFile {
  /** As a person would type it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
export type PolicyRootName = 'CSP' | 'GPO' | 'Local' | 'Legacy';
export type PolicyFolderReading =
  | {
      readonly kind: 'files';
      readonly files: ReadonlyArray<{ readonly root: PolicyRootName; readonly file: PolicyFile }>;
    }
  | {
      readonly kind: 'unreadable';
      readonly path: string;
      readonly problem: string;
      readonly hint: string;
      /** Which refusal it is; ERR_LAPS_POLICY_UNREADABLE when absent. */
      readonly code?: LapsErrorCode;
    };

export interface PolicyFolder {
  read(): Promise<PolicyFolderReading>;
}

export interface EventLog {
  write(event: LapsEvent): void;
  /** Resolves when everything written so far is in the file. */
  flush(): Promise<void>;
}

// --- the device ------------------------------------------------------------------------------------------------

export type JoinType = 'entra' | 'hybrid' | 'registered';

/** What the daemon needs to know of the device's identity; keys and certificates stay at the edge. */
export interface DeviceFacts {
  readonly identity: Identity;
  readonly displayName: string;
  readonly joinType: JoinType;
  /** Windows build the device claims, `10.0.26100`. */
  readonly os: string;
  /** Origin of the tenant's registration service, for people. */
  readonly endpoint: string;
  /** Credentials the tenant keeps per device (H of rotation.md 1), from its cloud profile. */
  readonly historyDepth: number;
}

export type IdentityReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'joined'; readonly device: DeviceFacts }
  /** Copied from another machine: refused, nothing is touched. */
  | { readonly kind: 'refused'; readonly problem: string; readonly hint: string }
  | { readonly kind: 'damaged'; readonly problem: string; readonly hint: string };

export interface IdentityReader {
  read(): Promise<IdentityReading>;
}
