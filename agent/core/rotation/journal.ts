/**
 * The journal record: the one object that says where a rotation stands (rotation.md 2).
 *
 * Knows: its shape and how to read it back from text it did not write itself. Promises: a record that does not have
 * exactly this shape is refused as a whole. Must never: hold a secret in the clear; `sealed` is the only trace of one.
 */
import type { LapsErrorCode } from '../errors.ts';
import type { PasswordSpec } from '../password/spec.ts';

/** Whose credentials these are; a record of another identity says nothing (rotation.md 2). */
export interface Identity {
  readonly tenantId: string;
  readonly deviceId: string;
  readonly machineId: string;
}

/** The post's content, frozen when the secret was drawn (wire 3.3); the password itself is in `sealed`. */
export interface BackupBody {
  readonly AccountName: string;
  readonly AccountSid: string;
  readonly PasswordAgeDays: number;
}

/** A sealed secret: AES-256-GCM, the key in another folder, one per rotation. All members base64. */
export interface Sealed {
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

export type CauseKind = 'background' | 'administrator' | 'post-authentication';
export interface Cause {
  readonly kind: CauseKind;
  /** Epoch ms the cause arose; a request is met only by a secret drawn after it (rotation.md 3, rule 4). */
  readonly at: number;
}

export interface Failure {
  readonly code: LapsErrorCode;
  readonly message: string;
  readonly hresult: number;
  readonly at: number;
}

/** A drawn, sealed and possibly sent secret, and what is known of it. */
export interface Pending {
  /** Lower-case GUID; one per drawn secret; the client-request-id on the wire. */
  readonly rotationId: string;
  readonly identity: Identity;
  readonly account: { readonly sid: string; readonly name: string };
  readonly body: BackupBody;
  readonly sealed: Sealed;
  /** What it was drawn for, so that another one can be drawn without reading the policy again. */
  readonly spec: PasswordSpec;
  /** Epoch ms the secret was drawn. */
  readonly drawnAt: number;
  /** Sends of this secret. */
  readonly posts: number;
  /** Keyed mark of the account's password field before the change. */
  readonly before: string;
  /** Keyed mark of the password field after the verified set; null before `applied`. */
  readonly after: string | null;
  /** Epoch ms at which the tenant's yes was read; null before `escrowed`. */
  readonly acceptedAt: number | null;
  readonly causes: readonly Cause[];
  /** Name of the policy root that asked for it, for the state file (spec 10, PolicySource). */
  readonly policySource: 1 | 2 | 3 | 4;
  /** Whether the account was locked before, so that setting a password does not unlock it. */
  readonly wasLocked: boolean;
}

export type RotationState = 'idle' | 'prepared' | 'escrowed' | 'applied';

export interface JournalRecord {
  readonly version: 1;
  readonly state: RotationState;
  /** Null exactly when idle. */
  readonly pending: Pending | null;
  /** Posts that may stand above the password that still opens the account. Counted before the send. */
  readonly above: number;
  /** Epoch ms since when no further post is sent on its own; null when not on hold. */
  readonly heldSince: number | null;
  /** Epoch ms before which the tenant asked not to be asked again; null when it did not. */
  readonly notBefore: number | null;
  /** Attempts since the last success. */
  readonly attempts: number;
  readonly lastFailure: Failure | null;
}

/** Nothing pending, nothing in doubt. */
export const idleRecord: JournalRecord = {
  version: 1,
  state: 'idle',
  pending: null,
  above: 0,
  heldSince: null,
  notBefore: null,
  attempts: 0,
  lastFailure: null,
};
