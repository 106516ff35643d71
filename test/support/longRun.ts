/**
 * A daemon that runs for weeks in a minute: the whole wiring, under a clock that is moved on.
 *
 * Knows: timers and both clocks are fake, files, sockets and the tenant are real. Promises: no timer fires while a cycle
 * is at work, so that no deadline passes which would not pass in life; each reset goes through the local socket, as
 * people's do. Must never: judge what it counted.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sinon from 'sinon';
import type { Place } from '../../agent/compose.ts';
import { runDaemon } from '../../agent/composeRun.ts';
import { askDaemon } from '../../agent/edge/localSocket.ts';
import { daemonWish } from './daemonWish.ts';

/** What the daemon holds, looked at right after a reset. */
export interface Holding {
  readonly rotations: number;
  readonly cycles: number;
  /** After a collection, bytes. */
  readonly heapUsed: number;
  /** Open descriptors of this process; 0 where the system does not tell. */
  readonly descriptors: number;
  /** Names of the files below the data folder. */
  readonly files: readonly string[];
  readonly timers: number;
}

export interface LongRun {
  readonly cycles: number;
  readonly rotations: number;
  /** Outcomes that were none of rotated and unchanged, and defects. */
  readonly troubles: readonly string[];
  readonly seen: readonly Holding[];
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const minuteMs = 60_000;

function descriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .toSorted();
}

/** Runs `hours` hourly cycles with a reset after every `resetEvery` of them; `atHour` is told how far the clock went. */
export async function longRun(order: {
  readonly place: Place;
  readonly hours: number;
  readonly resetEvery: number;
  readonly collect: () => void;
  readonly atHour?: (movedMs: number) => Promise<void>;
  /** Before the clock is right again. */
  readonly atEnd?: () => Promise<void>;
}): Promise<LongRun> {
  const { place, hours, resetEvery, collect } = order;
  const troubles: string[] = [];
  const seen: Holding[] = [];
  const stop = new AbortController();
  let [begun, cycles, rotations] = [0, 0, 0];
  let isReady = false;
  const wish = daemonWish(stop.signal, {
    event: (event) => {
      if (event.id === 10003) begun += 1;
    },
    cycle: (answer) => {
      cycles += 1;
      if (answer.outcome === 'rotated') rotations += 1;
      else if (answer.outcome !== 'unchanged')
        troubles.push(`cycle ${cycles}: ${answer.outcome} ${answer.error?.code}`);
    },
    ready: () => {
      isReady = true;
    },
    defect: (error) => troubles.push(`defect: ${String(error)}`),
  });
  const clock = sinon.useFakeTimers({
    now: Date.now(),
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    shouldClearNativeTimers: true,
  });
  const from = clock.now;
  try {
    const ended = runDaemon(place, wish);
    ended.catch((error: unknown) => troubles.push(`the daemon ended: ${String(error)}`));
    while (!isReady && troubles.length === 0) await nextTurn();
    for (let hour = 1; hour <= hours && troubles.length === 0; hour += 1) {
      await order.atHour?.(clock.now - from);
      for (let minute = 0; minute < 60; minute += 1) {
        clock.tick(minuteMs);
        // Long enough for what the timers began to show itself, then for a cycle to end.
        for (let turn = 0; turn < 3 || begun > cycles; turn += 1) await nextTurn();
      }
      if (hour % resetEvery !== 0) continue;
      const reply = await askDaemon({
        socketPath: place.folder.socket,
        method: 'POST',
        path: '/reset',
        timeoutMs: 60_000,
      });
      if (reply.kind !== 'reply' || reply.status !== 200) troubles.push(`the reset at hour ${hour} was not answered`);
      // The connection of the reset itself goes first.
      for (let turn = 0; turn < 20; turn += 1) await nextTurn();
      collect();
      // A look for sign-ins may have a file open just now: what is held is what stays open.
      let held = descriptors();
      for (let turn = 0; turn < 50; turn += 1) {
        await nextTurn();
        held = Math.min(held, descriptors());
      }
      seen.push({
        rotations,
        cycles,
        heapUsed: process.memoryUsage().heapUsed,
        descriptors: held,
        files: filesBelow(place.folder.root),
        timers: clock.countTimers(),
      });
    }
    await order.atEnd?.();
    stop.abort();
    // Ending waits for what hangs, by the clock.
    let over = false;
    void ended.finally(() => {
      over = true;
    });
    while (!over) {
      clock.tick(100);
      await nextTurn();
    }
  } finally {
    clock.restore();
  }
  return { cycles, rotations, troubles, seen };
}
