/**
 * What one cycle carries with it: its ports, its id, and the trail of events it leaves.
 *
 * Knows: how an event gets its time and ids. Promises: every event of a cycle carries `cycleId`, of a rotation also
 * `rotationId` (design 7); the trail is what a reset answers with. Must never: put a secret into a field.
 */
import type { LapsErrorCode } from '../core/errors.ts';
import type { Emit, EventId } from '../core/events.ts';
import type {
  AccountDb,
  BackupClient,
  Clock,
  EventLog,
  IdentityReader,
  IdSource,
  Journal,
  PasswordSource,
  PolicyFolder,
  Seal,
  StateStore,
  WireFailure,
} from '../core/ports.ts';
import type { ForeignChangeWish } from '../core/rotation/decision.ts';
import type { Failure } from '../core/rotation/journal.ts';
import { cycleRequestsMs } from '../core/schedule.ts';

/** Everything a cycle may touch. */
export interface Ports {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly journal: Journal;
  readonly seal: Seal;
  readonly state: StateStore;
  readonly accounts: AccountDb;
  readonly identity: IdentityReader;
  readonly client: BackupClient;
  readonly policies: PolicyFolder;
  readonly passwords: PasswordSource;
  readonly log: EventLog;
  readonly onForeignChange: ForeignChangeWish;
  /** As it is configured: how to join. */
  readonly tenant: string | undefined;
}

/** A place in a cycle that a person waiting may be told of. */
export type Stage = 'settling' | 'connecting' | 'drawing' | 'sending' | 'setting' | 'recording';

export interface Run {
  readonly ports: Ports;
  readonly cycleId: string;
  readonly emit: Emit;
  /** Like `emit`, with the rotation's id beside the cycle's. */
  readonly emitFor: (rotationId: string) => Emit;
  /** Ids in the order they were emitted. */
  readonly trail: readonly EventId[];
  readonly progress: (stage: Stage) => void;
  /** True once the work should be parked at the next step. */
  readonly parked: () => boolean;
  /** Milliseconds left for requests, on the monotonic clock; 0 when the cycle has had its time. */
  readonly leftMs: () => number;
  /** What the edge said to do about a failure of this cycle, by code: more to the point than a table can be. */
  readonly hints: Map<LapsErrorCode, string>;
  /** When the tenant, by its own clock, stored a rotation's backup in this cycle; by rotationId. */
  readonly backedUpAt: Map<string, number>;
}

export function startRun(request: {
  readonly ports: Ports;
  readonly progress: (stage: Stage) => void;
  readonly parked: () => boolean;
}): Run {
  const { ports } = request;
  const cycleId = ports.ids.newId();
  const trail: EventId[] = [];
  const until = ports.clock.monotonicMs() + cycleRequestsMs;
  const emitter =
    (rotationId?: string): Emit =>
    (id, fields) => {
      trail.push(id);
      const base = { at: ports.clock.now(), id, fields: { ...fields }, cycleId };
      ports.log.write(rotationId === undefined ? base : { ...base, rotationId });
    };
  return {
    ports,
    cycleId,
    emit: emitter(),
    emitFor: emitter,
    trail,
    progress: request.progress,
    parked: request.parked,
    leftMs: () => Math.max(until - ports.clock.monotonicMs(), 0),
    hints: new Map(),
    backedUpAt: new Map(),
  };
}

/** A failure on the wire as the journal remembers it; what to do about it is kept for the answer. */
export function wireFailureAt(run: Pick<Run, 'ports' | 'hints'>, failure: WireFailure): Failure {
  if (failure.hint !== undefined) run.hints.set(failure.code, failure.hint);
  return failureAt(run.ports.clock.now(), failure);
}

/** A failure as the journal remembers it and the answer tells it. */
export function failureAt(
  now: number,
  told: { readonly code: LapsErrorCode; readonly message: string; readonly hresult: number },
): Failure {
  return { code: told.code, message: told.message, hresult: told.hresult, at: now };
}
