/**
 * The daemon: what makes cycles happen (spec 4.1, design 4 way 2).
 *
 * Knows: the queue, the ticker, the policy watch, the local door. Promises: a cycle at every start, every hour, every late
 * wake-up and every changed policy file, never two at once; looks for sign-ins before the first cycle and as long as it
 * runs; ends by parking the current step. Must never: decide whether to rotate.
 */
import type { EventFields, EventId } from '../core/events.ts';
import { durationText } from '../core/time.ts';
import { runCycle } from './cycle.ts';
import type { CycleResult } from './endings.ts';
import { type Asked, type CycleQueue, createCycleQueue } from './queue.ts';
import type { Trigger } from './request.ts';
import type { Ports, Stage } from './run.ts';
import { createSignInWatch, type SignInPorts, type SignInWatch } from './watchSignIn.ts';

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
  readonly signIns: SignInPorts;
  /** Waits; ends early when called off. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Something else changed the managed account. */
  readonly watchAccount: (onChange: () => void) => () => void;
  /** A cycle begins. */
  readonly onBegin: () => void;
  readonly onCycle: (result: CycleResult, trigger: Trigger) => void;
  readonly onDefect: (error: unknown) => void;
}

export interface Daemon {
  readonly queue: CycleQueue;
  readonly stage: () => Stage | null;
  readonly signIns: Pick<SignInWatch, 'look'>;
  nextCycleAt(): number | null;
  /** Looks for sign-ins, runs the first cycle and begins to tick; with `once` it does not begin. */
  start(how?: { readonly once: boolean }): Promise<CycleResult>;
  /** Parks the current step and ends. */
  stop(): Promise<void>;
}

export function createDaemon(deps: DaemonDeps): Daemon {
  const { ports } = deps;
  let stage: Stage | null = null;
  let parking = false;
  let ticking: Ticking | undefined;
  const unwatch: Array<() => void> = [];

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
      // Not waited for: the watch may be waiting for this very cycle. It never rejects.
      if (asked.trigger === 'administrator' && result.outcome === 'rotated') void signIns.replaced(asked.requestedAt);
      return result;
    } finally {
      stage = null;
    }
  });

  const ask = (trigger: Trigger): Promise<CycleResult> => {
    const asked: Asked = { trigger, requestedAt: ports.clock.now(), acceptRisk: false, redraw: false };
    return queue.ask(asked);
  };
  const signIns = createSignInWatch({
    ports: { ...ports, ...deps.signIns },
    ask: queue.ask,
    parked: () => parking,
    onDefect: deps.onDefect,
  });
  const ending = new AbortController();
  let starting: Promise<unknown> | undefined;
  let watching: Promise<void> | undefined;
  const tell = <Id extends EventId>(id: Id, fields: EventFields<Id>): void => {
    ports.log.write({ at: ports.clock.now(), id, fields: { ...fields } });
  };

  return {
    queue,
    stage: () => stage,
    signIns,
    nextCycleAt: () => ticking?.nextAt() ?? null,
    async start(how = { once: false }) {
      tell(10000, {});
      // Before the first cycle reads policy: an edit made while it runs must not wait for the hour.
      unwatch.push(
        deps.watchPolicies(() => {
          ask('policy change').catch(deps.onDefect);
        }),
        deps.watchAccount(() => {
          ask('account change').catch(deps.onDefect);
        }),
      );
      // Before the first cycle as well: what was signed in with while no daemon ran was the password then in force.
      const begun = signIns.look().then(() => ask('start'));
      starting = begun.catch(() => undefined);
      const first = await begun;
      if (parking || how.once) return first;
      ticking = deps.startTicking(async (tick) => {
        if (tick.cause === 'late') {
          const By = `${durationText(tick.byMs)} ${tick.byMs < 0 ? 'back' : 'ahead'}`;
          tell(50020, { ByMs: Math.round(tick.byMs), By });
        }
        await ask(tick.cause === 'hourly' ? 'hourly' : 'late wake-up');
      });
      watching = signIns.run(ending.signal, deps.sleep);
      return first;
    },
    async stop() {
      parking = true;
      ending.abort();
      for (const stop of unwatch) stop();
      await ticking?.stop();
      await starting;
      await queue.idle();
      await watching;
      tell(10002, {});
      await ports.log.flush();
    },
  };
}
