/**
 * The daemon: what makes cycles happen (spec 4.1, design 4 way 2).
 *
 * Knows: the queue, the ticker, the policy watch, the local door. Promises: a cycle at every start, every hour, every late
 * wake-up and every changed policy file, never two at once; ends by parking the current step. Must never: decide whether
 * to rotate.
 */
import type { EventFields, EventId } from '../core/events.ts';
import { runCycle, type Trigger } from './cycle.ts';
import type { CycleResult } from './endings.ts';
import { type Asked, type CycleQueue, createCycleQueue } from './queue.ts';
import type { Ports, Stage } from './run.ts';

/** The ticking, built at the edge. */
export interface Ticking {
  nextAt(): number;
  stop(): Promise<void>;
}

export interface DaemonDeps {
  readonly ports: Ports;
  readonly startTicking: (
    onTick: (tick: { cause: 'hourly' } | { cause: 'late'; byMs: number }) => Promise<void>,
  ) => Ticking;
  readonly watchPolicies: (onChange: () => void) => () => void;
  /** A cycle begins. */
  readonly onBegin: () => void;
  readonly onCycle: (result: CycleResult, trigger: Trigger) => void;
  readonly onDefect: (error: unknown) => void;
}

export interface Daemon {
  readonly queue: CycleQueue;
  readonly stage: () => Stage | null;
  nextCycleAt(): number | null;
  /** Runs the first cycle and begins to tick. */
  start(): Promise<CycleResult>;
  /** Parks the current step and ends. */
  stop(): Promise<void>;
}

export function createDaemon(deps: DaemonDeps): Daemon {
  const { ports } = deps;
  let stage: Stage | null = null;
  let parking = false;
  let ticking: Ticking | undefined;
  let unwatch: (() => void) | undefined;

  const queue = createCycleQueue(async (asked) => {
    try {
      deps.onBegin();
      const result = await runCycle(ports, {
        ...asked,
        progress: (next) => {
          stage = next;
        },
        parked: () => parking,
      });
      deps.onCycle(result, asked.trigger);
      return result;
    } finally {
      stage = null;
    }
  });

  const ask = (trigger: Trigger): Promise<CycleResult> => {
    const asked: Asked = { trigger, requestedAt: ports.clock.now(), acceptRisk: false, redraw: false };
    return queue.ask(asked);
  };
  const tell = <Id extends EventId>(id: Id, fields: EventFields<Id>): void => {
    ports.log.write({ at: ports.clock.now(), id, fields: { ...fields } });
  };

  return {
    queue,
    stage: () => stage,
    nextCycleAt: () => ticking?.nextAt() ?? null,
    async start() {
      tell(10000, {});
      // Before the first cycle reads policy: an edit made while it runs must not wait for the hour.
      unwatch = deps.watchPolicies(() => {
        ask('policy change').catch(deps.onDefect);
      });
      const first = await ask('start');
      if (parking) return first;
      ticking = deps.startTicking(async (tick) => {
        if (tick.cause === 'late') tell(50020, { ByMs: Math.round(tick.byMs) });
        await ask(tick.cause === 'hourly' ? 'hourly' : 'late wake-up');
      });
      return first;
    },
    async stop() {
      parking = true;
      unwatch?.();
      await ticking?.stop();
      await queue.idle();
      tell(10002, {});
      await ports.log.flush();
    },
  };
}
