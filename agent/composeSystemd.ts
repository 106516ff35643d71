/**
 * The wiring of the daemon to systemd: readiness, status, sign of life, and events in the journal.
 *
 * Promises: where no systemd listens, nothing is started and nothing said. Must never: decide what a sign of life means
 * (core/hosting/liveness.ts does).
 */
import type { LapsEvent } from './core/events.ts';
import { deathSign, type VitalSigns } from './core/hosting/liveness.ts';
import { isoOf } from './core/time.ts';
import { writtenEvent } from './edge/eventLog.ts';
import type { Env } from './edge/proxyEnv.ts';
import { createServiceManager, startSignsOfLife } from './edge/serviceManager.ts';
import { thisSystem } from './edge/system.ts';
import { createSystemJournal, leadsToJournal, priorities } from './edge/systemJournal.ts';
import type { Answer } from './service/answer.ts';

/** Whether this process writes to systemd's journal: then its lines are for a log, and nobody types what they suggest. */
export function isInJournal(env: Env): boolean {
  return leadsToJournal(env);
}

export interface Systemd {
  readonly listens: boolean;
  /** Undefined where no signs of life are wanted. */
  readonly signEveryMs: number | undefined;
  event(event: LapsEvent): void;
  /** Throws ERR_LAPS_SERVICE when systemd waits and cannot be told. */
  ready(): Promise<void>;
  /**
   * A start that waits for what passes by itself is a start: systemd would else end it, and hold up the boot meanwhile.
   * Throws as `ready`.
   */
  waits(problem: string): Promise<void>;
  cycleEnded(answer: Answer, nextCycleAt: number | null): void;
  /** Signs of life from now on; returns how to stop them. */
  live(signs: () => VitalSigns, onStuck: (problem: string) => void): () => void;
  stopping(): Promise<void>;
  /** What is still on its way to the journal. */
  flush(): Promise<void>;
}

/** `line`: how a line is written where an event cannot be handed over with its fields. */
export function connectSystemd(deps: { readonly env: Env; readonly line: (text: string) => void }): Systemd {
  const { env, line } = deps;
  const { pid } = thisSystem();
  const manager = createServiceManager({
    env,
    pid,
    onLost: (problem) => line(`<${priorities.warning}>systemd could not be told how the daemon is: ${problem}`),
  });
  const journal = leadsToJournal(env)
    ? createSystemJournal({
        pid,
        // The number stays in the text, and the priority in the form that journald reads from a stream.
        onLost: ({ level, id, message }) => line(`<${priorities[level]}>${id} ${message}`),
      })
    : undefined;
  return {
    event: (event) => journal?.write(writtenEvent(event)),
    listens: manager.listens,
    signEveryMs: manager.signEveryMs,
    ready: () => manager.ready('the first cycle is under way'),
    async waits(problem) {
      await manager.ready(`cannot work yet, tries again by itself: ${problem}`);
      if (manager.signEveryMs !== undefined) await manager.signOfLife();
    },
    cycleEnded({ outcome, error }, nextCycleAt) {
      const next = nextCycleAt === null ? '' : `; next look at ${isoOf(nextCycleAt) ?? ''}`;
      void manager.status(`${outcome}${error === null ? '' : `: ${error.message} [${error.code}]`}${next}`);
    },
    live: (signs, onStuck) => startSignsOfLife({ manager, deathSign: () => deathSign(signs()), onStuck }),
    stopping: () => manager.stopping(),
    flush: async () => journal?.flush(),
  };
}
