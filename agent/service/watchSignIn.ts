/**
 * The watch over sign-ins with the managed account, and what follows from them (spec 5).
 *
 * Knows: in which order facts are gathered, a step is written down, told and carried out. Promises: one look at a time; a
 * step is on disk before its effect begins, so whatever ends the daemon, the next look goes on from there; a trouble of
 * one look is told and the next look comes. Must never: decide (core/postAuth does), or know where the records are kept.
 */
import { errorTable, isLapsError } from '../core/errors.ts';
import type { EventFields, EventId } from '../core/events.ts';
import { postAuthOf } from '../core/policy/effective.ts';
import { defaultOs, parseOs } from '../core/policy/os.ts';
import { policyOfFolder } from '../core/policy/read.ts';
import type { PostAuthStore, SessionControl, SignInRecords, StateReading } from '../core/ports.ts';
import { advance, whereToRead } from '../core/postAuth/advance.ts';
import { type Look, lookedAgain, nothingRemembered, type PostAuthMemory } from '../core/postAuth/memory.ts';
import type { PostAuthEffect, PostAuthFacts, PostAuthInput } from '../core/postAuth/step.ts';
import type { JournalRecord } from '../core/rotation/journal.ts';
import { holdEndsAt, patientUntil } from '../core/rotation/transition.ts';
import type { CycleResult } from './endings.ts';
import type { CycleQueue } from './queue.ts';
import type { Ports } from './run.ts';

/** What the watch needs beside what a cycle has. */
export interface SignInPorts {
  /** `peek`: a look runs beside a cycle, and only that may put a damaged file aside. */
  readonly state: { peek(): Promise<StateReading> };
  readonly journal: { peek(): Promise<JournalRecord | 'absent' | 'damaged'> };
  readonly memory: PostAuthStore;
  readonly records: SignInRecords;
  readonly sessions: SessionControl;
  /**
   * How everything that a look reads stands now, in one word: the same word twice, and nothing of it has changed.
   * Undefined: that cannot be told.
   */
  standing(): string | undefined;
}

export type WatchPorts = SignInPorts & Pick<Ports, 'clock' | 'accounts' | 'policies' | 'identity' | 'log'>;

export interface SignInWatch {
  /** One look and all that is due; the milliseconds until the next is needed. Never rejects. */
  look(): Promise<number>;
  /** A person asked at `requestedAt`, epoch ms, for the password to be replaced, and it was. As `look`. */
  replaced(requestedAt: number): Promise<number>;
  /** Looks until `signal`. `sleep` waits, and ends early when called off. */
  run(signal: AbortSignal, sleep: (ms: number, signal: AbortSignal) => Promise<unknown>): Promise<void>;
}

/** How often the records are looked at, in ms. Deadlines are hours, and no sign-in is lost between two looks. */
export const lookEveryMs = 60_000;
/** So many looks in a row may find that nothing has changed since the last; then one is made all the same. */
export const mostQuietLooks = 9;
/** As many steps as one look can need, and a margin: more is a circle. */
const maxSteps = 32;

/** The watch of one device. `ask` runs a cycle, as for everybody, one at a time. */
export function createSignInWatch(deps: {
  readonly ports: WatchPorts;
  readonly ask: CycleQueue['ask'];
  /** True once the daemon ends: nothing further is begun. */
  readonly parked: () => boolean;
  /** A look failed for no trouble of the world; the next one comes. */
  readonly onDefect: (error: unknown) => void;
}): SignInWatch {
  const { ports, ask, parked, onDefect } = deps;
  const { clock, sessions } = ports;
  let lastTrouble: string | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  /** How things stood before a look that left nothing to wait for, and how often that is reason enough not to look. */
  let quiet: { readonly standing: string; readonly left: number } | undefined;
  /** The last look that went through: written down only with what it found, for most find nothing. */
  let lastLook: Look | undefined;

  const tell = <Id extends EventId>(id: Id, fields: EventFields<Id>): void => {
    ports.log.write({ at: clock.now(), id, fields: { ...fields } });
  };

  async function policyNow(): Promise<PostAuthFacts['policy']> {
    const identity = await ports.identity.read();
    // An identity that cannot be used now may be mended: what was promised stays promised.
    if (identity.kind === 'refused' || identity.kind === 'damaged') return { kind: 'unknown' };
    const os = identity.kind === 'joined' ? parseOs(identity.device.os) : undefined;
    const reading = await policyOfFolder(await ports.policies.read(), os ?? defaultOs);
    if (reading.kind !== 'policy') return { kind: 'unknown' };
    return postAuthOf(reading.policy, identity.kind === 'joined' ? identity.device.joinType : 'none');
  }

  async function accountNow(): Promise<PostAuthFacts['account']> {
    const reading = await ports.state.peek();
    if (reading.kind === 'damaged') return { kind: 'unknown' };
    if (reading.kind === 'absent') return { kind: 'none' };
    const { accountSid: sid, accountName, LastAccountRidUpdated: rid, rotationId } = reading.state;
    // Renamed, or its number given to somebody else: the next cycle finds out which, and until then nothing is begun.
    const found = await ports.accounts.bySid(sid);
    if (found !== undefined && found.name !== accountName) return { kind: 'unknown' };
    return { kind: 'managed', sid, name: accountName, rid, rotationId, setAt: reading.state.LastPasswordUpdateTime };
  }

  async function remembered(): Promise<PostAuthMemory> {
    const reading = await ports.memory.read();
    if (reading.kind === 'memory') return reading.memory;
    if (reading.kind === 'damaged') tell(50047, { Problem: reading.problem, Quarantine: reading.quarantine });
    return nothingRemembered;
  }

  /** `look`: what to remember of it once what was found is on disk; what is not would be found again, and counts from then. */
  async function newSignIns(
    memory: PostAuthMemory,
    facts: PostAuthFacts,
  ): Promise<{ readonly input: PostAuthInput; readonly look?: Look }> {
    const nothing = { input: { kind: 'looked', signIns: [], cursor: null } } as const;
    const where = whereToRead(memory, facts);
    if (where.kind !== 'from') return nothing;
    const { whose: account, cursor, since } = where;
    const at = clock.now();
    const reading = await ports.records.read({ account, cursor, since });
    // Once, not every minute.
    if (reading.problem !== undefined && reading.problem !== lastTrouble) tell(50045, { Problem: reading.problem });
    lastTrouble = reading.problem;
    if (reading.kind !== 'read') return nothing;
    const { signIns, cursor: reached } = reading;
    return { input: { kind: 'looked', signIns, cursor: reached }, look: { sid: account.sid, at } };
  }

  /** Until when the tenant, or a hold, wants no further post; null when neither does. */
  async function patienceUntil(): Promise<number | null> {
    const record = await ports.journal.peek();
    if (typeof record === 'string') return null;
    const ends = [patientUntil(record, ports.clock.now()), holdEndsAt(record)].filter((each) => each !== null);
    return ends.length === 0 ? null : Math.max(...ends);
  }

  async function judged(result: CycleResult, sid: string | undefined, requestedAt: number): Promise<PostAuthInput> {
    const { error } = result;
    if (error?.code === 'ERR_LAPS_INTERRUPTED' || (error !== null && parked())) return { kind: 'parked' };
    if (error?.code === 'ERR_LAPS_NOT_MANAGED') return { kind: 'released', why: error.message };
    if (error === null) {
      const account = await accountNow();
      if (account.kind === 'managed' && account.sid !== sid)
        return { kind: 'released', why: 'another account is managed now' };
      return { kind: 'rotated', requestedAt };
    }
    const hresult = error.hresult === undefined ? errorTable[error.code].hresult : Number(error.hresult);
    return { kind: 'notRotated', hresult, retryAt: await patienceUntil() };
  }

  async function perform(
    effect: Exclude<PostAuthEffect, { kind: 'wait' }>,
    memory: PostAuthMemory,
  ): Promise<PostAuthInput> {
    switch (effect.kind) {
      case 'rotate': {
        const { requestedAt } = effect;
        const result = await ask({ trigger: 'post-authentication', requestedAt, acceptRisk: false, redraw: false });
        return judged(result, memory.armed?.sid, requestedAt);
      }
      case 'confirm':
        return { kind: 'confirmed', isSignedIn: await sessions.isSignedIn(effect.whose) };
      case 'warn':
        return { kind: 'warned', ...(await sessions.warn(effect.whose, effect.until)) };
      case 'endSessions':
      case 'endProcesses': {
        const now = await ports.accounts.bySid(effect.whose.sid);
        if (now !== undefined && now.name !== effect.whose.name)
          return { kind: 'ended', count: 0, problem: `its number belongs to ${now.name} now` };
        return { kind: 'ended', ...(await sessions[effect.kind](effect.whose)) };
      }
      case 'restart': {
        const outcome = await sessions.restart();
        if (outcome.kind === 'failed') return { kind: 'restartFailed', hresult: outcome.hresult };
        return { kind: outcome.kind === 'ordered' ? 'restartOrdered' : 'restartSimulated' };
      }
    }
  }

  /** `known`: what is to be taken in first; else the records are looked at. */
  async function once(known: PostAuthInput | undefined): Promise<number> {
    // Before anything is read: what changes meanwhile is seen by the next look.
    const standing = known === undefined ? ports.standing() : undefined;
    if (standing !== undefined && standing === quiet?.standing && quiet.left > 0) {
      quiet = { standing, left: quiet.left - 1 };
      if (lastLook !== undefined) lastLook = { ...lastLook, at: clock.now() };
      return lookEveryMs;
    }
    quiet = undefined;
    let memory = lookedAgain(await remembered(), lastLook);
    const bootId = await sessions.bootId();
    const factsNow = async (): Promise<PostAuthFacts> => ({
      policy: await policyNow(),
      account: await accountNow(),
      bootId,
      now: clock.now(),
    });
    let facts = await factsNow();
    const found = known === undefined ? await newSignIns(memory, facts) : { input: known };
    let { input } = found;
    for (let steps = 0; steps < maxSteps; steps += 1) {
      const step = advance(memory, input, facts);
      if (step.memory !== memory) await ports.memory.write(step.memory);
      memory = step.memory;
      lastLook = found.look ?? lastLook;
      for (const note of step.notes) ports.log.write({ at: clock.now(), id: note.id, fields: { ...note.fields } });
      if (step.effect.kind === 'wait') {
        const { until } = step.effect;
        if (until === null && standing !== undefined) quiet = { standing, left: mostQuietLooks };
        const away = until === null ? lookEveryMs : Math.min(until - clock.now(), lookEveryMs);
        return Math.max(1, away);
      }
      if (parked()) return lookEveryMs;
      input = await perform(step.effect, memory);
      facts = await factsNow();
    }
    throw new Error('a look went in circles');
  }

  async function careful(known?: PostAuthInput): Promise<number> {
    try {
      return await once(known);
    } catch (error) {
      if (!isLapsError(error)) {
        onDefect(error);
        return lookEveryMs;
      }
      // A disk that is full at every look is told once; the next look begins from what is on it.
      if (error.message !== lastTrouble)
        tell(error.code === 'ERR_LAPS_ACCOUNTS_SHUT' ? 50092 : 50019, { Problem: error.message });
      lastTrouble = error.message;
      return lookEveryMs;
    }
  }

  function inTurn(known?: PostAuthInput): Promise<number> {
    const mine = looking.then(() => careful(known));
    looking = mine;
    return mine;
  }
  const look = (): Promise<number> => inTurn();

  return {
    look,
    replaced: (requestedAt) => inTurn({ kind: 'rotated', requestedAt }),
    async run(signal, sleep) {
      while (!signal.aborted) await sleep(await look(), signal);
    },
  };
}
