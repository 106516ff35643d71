/**
 * Wakes the daemon: node-cron reckons the hour, one timer waits for it, a monotonic watchdog stands beside (design 5, 9;
 * spec 4.1).
 *
 * Time, in one paragraph. node-cron only says when the next instant is. Its own timers go by local time: in the hour that
 * comes twice in autumn they take the second for the first, and then wake a thousand times a second. Ours waits for an
 * instant, which comes once; a wake-up that is early by the wall clock waits again. A watchdog compares, once a minute,
 * how far the wall clock and the monotonic one went: when they disagree (the clock was set, or the machine slept) or the
 * watchdog itself wakes far too late, all is reckoned anew from the clock as it now is, and a cycle runs at once; and when
 * the monotonic clock is past the instant at which a tick was due, one runs whatever the wall clock says. A device's jitter
 * is part of its hour: added to an instant already reckoned, it would lose the one that a start has just missed by less.
 *
 * Promises: never two ticks at once; one that falls due meanwhile runs right after. Must never: decide what a tick does.
 */
import { lstatSync } from 'node:fs';
import { createTask, validate } from 'node-cron';
import { cronProblem } from '../core/cronWords.ts';
import { LapsError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { hourlyAt } from '../core/schedule.ts';
import { msPerDay } from '../core/time.ts';

/** `late`: not the schedule but the watchdog started it; `byMs` is how far the clocks or the wake-up were off. */
export type Tick = { readonly cause: 'hourly' } | { readonly cause: 'late'; readonly byMs: number };

export interface Ticker {
  /** Epoch ms of the next tick, as the clock now stands. */
  nextAt(): number;
  /** How long that tick has been due, in milliseconds of the monotonic clock; negative before it is. */
  lateByMs(): number;
  /** Ends the ticking; resolves when a tick under way has ended. */
  stop(): Promise<void>;
}

/** How often the watchdog looks; each look wakes an idle machine. */
export const watchMs = 60_000;
/** How far the two clocks may drift apart between two looks; more means that one was moved, or the machine slept. */
export const toleranceMs = 60_000;
/** A timer knows no wait of more than 24 days; a schedule of once a year has longer ones. */
const longestWaitMs = msPerDay;

/** Changes with the zone that this machine is given: asking for that itself is too much work for every look. */
function zonePrint(): string {
  const { TZ: told = '' } = process.env;
  const facts = lstatSync('/etc/localtime', { throwIfNoEntry: false });
  return `${told}:${facts?.ino}:${facts?.mtimeMs}`;
}

/**
 * This machine's zone by its name: for one that it is not told, node-cron keeps the first that this process ever had.
 * So does V8, until TZ is touched: then it looks at /etc/localtime anew.
 */
function zoneOfNow(): { timezone?: string } {
  const { TZ: told } = process.env;
  if (told === undefined) delete process.env['TZ'];
  else process.env['TZ'] = told;
  // An empty or mistyped TZ has a name that is none, or nothing at all.
  const timeZone: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (timeZone === undefined || timeZone === 'Etc/Unknown') return {};
  return { timezone: timeZone };
}

/** Starts ticking. Throws ERR_LAPS_USAGE for a schedule that cron does not understand. */
export function createTicker(deps: {
  readonly clock: Clock;
  /** A person's: cron's five words (cronWords.ts), local time, kept to the minute. */
  readonly cron?: string;
  /** Without a person's schedule: how far after each full hour, in milliseconds; `jitterMsOf` the device id. */
  readonly jitterMs: number;
  /** Awaited; the next tick waits for it. */
  readonly onTick: (tick: Tick) => Promise<void>;
  /** Called at each look of the watchdog: for what is to be looked after every minute, without a wake-up of its own. */
  readonly onLook?: () => void;
  /** Told when `onTick` rejects, which it should not. */
  readonly onError: (error: unknown) => void;
}): Ticker {
  const { clock, cron, jitterMs, onTick, onLook, onError } = deps;
  const problem = cron === undefined ? undefined : cronProblem(cron);
  if (problem !== undefined || (cron !== undefined && !validate(cron))) {
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `"${cron}" is no schedule${problem === undefined ? '' : `: ${problem}`}`,
      hint: 'five words as for cron: minute, hour, day, month, weekday; every ten minutes is "*/10 * * * *"',
    });
  }

  // The default hour goes by UTC, which knows no summer time; a schedule a person wrote goes by the person's clock.
  const scheduleIn = (zone: { timezone?: string }) =>
    cron === undefined
      ? createTask(hourlyAt(jitterMs), () => {}, { timezone: 'Etc/UTC' })
      : createTask(cron, () => {}, zone);
  let seenZone = zonePrint();
  let zone = zoneOfNow();
  let schedule = scheduleIn(zone);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let running: Promise<void> | undefined;
  let waiting: Tick | undefined;
  /** Both clocks at the watchdog's last look. */
  let seen = { wall: clock.now(), monotonic: clock.monotonicMs() };
  /** The next tick, on either clock. */
  let due = { wall: 0, monotonic: 0 };

  /** Reckons from the clock as it is when the next tick is due, and waits for it. */
  function plan(): void {
    const now = clock.now();
    const next = schedule.getNextRuns(1)[0]?.getTime() ?? now + watchMs;
    due = { wall: next, monotonic: clock.monotonicMs() + (next - now) };
    rest();
  }

  function rest(): void {
    clearTimeout(timer);
    timer = setTimeout(wake, Math.min(Math.max(due.wall - clock.now(), 0), longestWaitMs));
  }

  function wake(): void {
    if (watch()) return;
    if (clock.now() < due.wall) rest();
    else tick({ cause: 'hourly' });
  }

  async function run(tick: Tick): Promise<void> {
    for (let next: Tick | undefined = tick; next !== undefined && !stopped; next = waiting) {
      waiting = undefined;
      try {
        await onTick(next);
      } catch (error) {
        onError(error);
      }
      if (stopped) return;
    }
  }

  function tick(next: Tick): void {
    if (stopped) return;
    plan();
    if (running !== undefined) {
      // One more is enough, however many fell due; a late one says more than an hourly one.
      if (waiting?.cause !== 'late') waiting = next;
      return;
    }
    running = run(next).finally(() => {
      running = undefined;
    });
  }

  /** Reckons anew where this machine was given another zone, which a person's schedule goes by. */
  function followZone(): void {
    const print = cron === undefined ? seenZone : zonePrint();
    if (print === seenZone) return;
    seenZone = print;
    const now = zoneOfNow();
    if (now.timezone === zone.timezone) return;
    zone = now;
    // It never started a timer of its own, so ending it cannot fail; nothing waits for that.
    void schedule.destroy();
    schedule = scheduleIn(zone);
    plan();
  }

  /** One look; true when it started a tick. */
  function watch(): boolean {
    followZone();
    const now = { wall: clock.now(), monotonic: clock.monotonicMs() };
    const wentWall = now.wall - seen.wall;
    const wentMonotonic = now.monotonic - seen.monotonic;
    seen = now;
    // Where the monotonic clock counts sleep as well, the clocks agree and only the wake-up itself is late.
    const off = Math.max(Math.abs(wentWall - wentMonotonic), wentMonotonic - watchMs);
    const overdue = now.monotonic - due.monotonic;
    if (off <= toleranceMs && overdue <= toleranceMs) return false;
    const byMs = off > toleranceMs ? (wentWall < wentMonotonic ? wentWall - wentMonotonic : off) : overdue;
    tick({ cause: 'late', byMs: Math.round(byMs) });
    return true;
  }

  plan();
  const watchdog = setInterval(() => {
    watch();
    onLook?.();
  }, watchMs);

  return {
    nextAt: () => due.wall,
    lateByMs: () => clock.monotonicMs() - due.monotonic,
    async stop() {
      stopped = true;
      waiting = undefined;
      clearInterval(watchdog);
      clearTimeout(timer);
      await schedule.destroy();
      await running;
    },
  };
}
