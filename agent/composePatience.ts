/**
 * The wiring of a start that cannot be had at once: a lock that a command holds, and what passes by itself.
 *
 * Promises: a second daemon is refused as soon as the first answers; a daemon that a service manager started waits and
 * says for what, for nobody would start it again. Must never: hold the data folder while it waits.
 */
import { instanceLock, type Place } from './compose.ts';
import { localDoor } from './composeDoor.ts';
import { connectSystemd, type Systemd } from './composeSystemd.ts';
import { isLapsError, type LapsError } from './core/errors.ts';
import type { LapsEvent } from './core/events.ts';
import { passesByItself, waitBeforeTryMs } from './core/hosting/passing.ts';
import { sleep, systemClock } from './edge/clock.ts';
import { createEventLog } from './edge/eventLog.ts';
import type { HeldLock } from './edge/instanceLock.ts';
import type { Env } from './edge/proxyEnv.ts';

/** A command holds the lock while it talks to the tenant and the account: seconds, a minute at the worst. */
const commandMs = 60_000;
/** Between two looks whether the holder is a daemon after all, one that was just starting. */
const lookMs = 1_000;

/** The lock for a daemon. Throws ERR_LAPS_INSTANCE_RUNNING at once beside another daemon, beside a command after `waitMs`. */
export async function lockForDaemon(place: Place, signal: AbortSignal, waitMs = commandMs): Promise<HeldLock> {
  const lock = await instanceLock(place);
  const until = systemClock.monotonicMs() + waitMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await lock.acquire({ waitMs: isFirst ? 0 : lookMs, signal });
    } catch (error) {
      if (!isLapsError(error) || error.code !== 'ERR_LAPS_INSTANCE_RUNNING') throw error;
      if (systemClock.monotonicMs() >= until) throw error;
      const door = await localDoor(place);
      const reply = await door.askDaemon({ method: 'GET', path: '/stage', timeoutMs: lookMs });
      if (reply.kind === 'reply') throw error;
      if (isFirst) place.note(`${error.message}; the start waits for it, at most a minute`);
    }
  }
}

/** What a patient start needs of the world. */
export interface PatientStart {
  readonly systemd: Pick<Systemd, 'listens' | 'signEveryMs' | 'waits'>;
  readonly signal: AbortSignal;
  /** Told once for each thing that is waited for. */
  readonly tell: (error: LapsError) => Promise<void>;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Runs `attempt` until it gets through, where a service manager listens and what stands in the way passes by itself;
 * undefined when it was ended while it waited.
 */
export async function startPatiently<T>(deps: PatientStart, attempt: () => Promise<T>): Promise<T | undefined> {
  const { systemd, signal, tell, pause = sleep } = deps;
  let told = '';
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!systemd.listens || !isLapsError(error)) throw error;
      if (signal.aborted && error.code === 'ERR_LAPS_INTERRUPTED') return undefined;
      if (!passesByItself(error.code)) throw error;
      if (error.message !== told) await tell(error);
      told = error.message;
      await systemd.waits(`${error.message} [${error.code}]`);
      if (!(await pause(waitBeforeTryMs(failures, systemd.signEveryMs), signal))) return undefined;
    }
  }
}

/** A daemon's start as `laps run` makes it; `opened` is told the data folder as soon as there is one, for its log. */
export async function startDaemonPatiently<T>(
  deps: {
    readonly env: Env;
    readonly signal: AbortSignal;
    readonly line: (text: string) => void;
    readonly event: (event: LapsEvent) => void;
  },
  attempt: (opened: (place: Place) => void) => Promise<T>,
): Promise<T | undefined> {
  const { env, signal, line } = deps;
  const systemd = connectSystemd({ env, line });
  let place: Place | undefined;
  const tell = async ({ message, code }: LapsError): Promise<void> => {
    const event: LapsEvent = { at: systemClock.now(), id: 50083, fields: { Problem: `${message} [${code}]` } };
    deps.event(event);
    systemd.event(event);
    if (place === undefined) return;
    const { folder, note } = place;
    const log = createEventLog({ folder: folder.logs, onLost: note });
    log.write(event);
    await log.flush();
  };
  try {
    return await startPatiently({ systemd, signal, tell }, () =>
      attempt((opened) => {
        place = opened;
      }),
    );
  } finally {
    await systemd.flush();
  }
}
