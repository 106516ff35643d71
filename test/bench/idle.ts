/**
 * What the daemon weighs and burns while nothing happens, beside a bare HTTP server that waits as well.
 *
 * Promises: both have settled before they are weighed; after a start that found nothing to do (every start but a few) and
 * after one that rotated are told apart; the processor time is that of all threads over the whole wait.
 */
import { join } from 'node:path';
import { cpuMsOf, type Memory, memoryOf, pause, wakeUpsOf } from './processes.ts';
import { type Row, ratioOf, rowOfPairs } from './report.ts';
import { program, root, type Site, startNode } from './site.ts';

/** Milliseconds of processor time in the wait that `top` would round to nothing: one tick of Linux' clock. */
const oneTickMs = 10;

/** By then V8 has given back what the start took (agent/edge/frugal.ts); before, it depends on its timers how much. ms. */
const settleMs = 25_000;

interface Weighed extends Memory {
  readonly cpuMs: number;
  readonly wakeUps: number;
}

/** Starts node with `words`, lets it settle and wait, and looks. */
async function weigh(words: readonly string[], wait: Wait, isReady: (line: string) => boolean): Promise<Weighed> {
  const started = await startNode(words, { isReady });
  try {
    await pause(wait.settleMs);
    const before = { cpuMs: cpuMsOf(started.pid), wakeUps: wakeUpsOf(started.pid) };
    await pause(wait.idleMs);
    return {
      ...memoryOf(started.pid),
      cpuMs: cpuMsOf(started.pid) - before.cpuMs,
      wakeUps: wakeUpsOf(started.pid) - before.wakeUps,
    };
  } finally {
    await started.close();
  }
}

interface Wait {
  readonly settleMs: number;
  readonly idleMs: number;
}

/** Weighs ours and the floor at the same time, `count` times. */
async function rounds(count: number, wait: Wait, words: readonly string[]) {
  const ours: Weighed[] = [];
  const floor: Weighed[] = [];
  for (let round = 0; round < count; round++) {
    const [daemon, bare] = await Promise.all([
      weigh([program, ...words], wait, (line) => line.startsWith('10004')),
      weigh([join(root, 'test/bench/floors/httpServer.mjs')], wait, () => true),
    ]);
    ours.push(daemon);
    floor.push(bare);
  }
  return { ours, floor };
}

function memoryRow(what: string, weighed: { readonly ours: Weighed[]; readonly floor: Weighed[] }, wait: Wait): Row {
  const of = (name: 'rss' | 'pss') => ({
    ours: weighed.ours.map((each) => each[name]),
    floor: weighed.floor.map((each) => each[name]),
  });
  const note = `against a bare node:http server, ${(wait.settleMs + wait.idleMs) / 1000} s after the first cycle; PSS ${ratioOf(of('pss')).toFixed(2)}x`;
  return rowOfPairs(of('rss'), { what, unit: 'MiB', most: 1.6, note });
}

/**
 * Idle memory, processor time and wake-ups of `laps run --tenant URL`. `idleMs`: how long it is watched; ten minutes are
 * asked for, one is enough to see it.
 */
export async function measureIdle(
  site: Site,
  quick: boolean,
  idleMs = quick ? 10_000 : 60_000,
): Promise<readonly Row[]> {
  const tenant = await site.tenant('idle-tenant');
  const data = site.join('idle', tenant);
  const words = ['run', '--tenant', tenant.url, '--data', data, '--policies', join(root, 'policies')];
  const long = { settleMs, idleMs };
  const short = { settleMs, idleMs: 10_000 };
  try {
    // The first start of a joined device rotates; the next ones find nothing to do.
    const rotated = await rounds(1, short, words);
    const once = await rounds(1, long, words);
    const more = quick ? { ours: [], floor: [] } : await rounds(2, short, words);
    const rested = { ours: [...once.ours, ...more.ours], floor: [...once.floor, ...more.floor] };
    const burnt = once.ours[0]?.cpuMs ?? Number.NaN;
    const bareBurnt = once.floor[0]?.cpuMs ?? Number.NaN;
    const wakeUps = once.ours[0]?.wakeUps ?? Number.NaN;
    // A tick of the clock in ten minutes, and no more than that in less.
    const mostMs = oneTickMs * Math.max(1, idleMs / 600_000);
    return [
      memoryRow('idle memory of laps run --tenant URL (RSS)', rested, long),
      memoryRow('the same after a start that rotated', rotated, short),
      {
        what: `idle processor time in ${long.idleMs / 1000} s`,
        measured: `${burnt.toFixed(1)} ms`,
        floor: `${bareBurnt.toFixed(1)} ms`,
        ratio: undefined,
        aim: 'none measurable',
        met: burnt < mostMs,
        note: `all threads, by the scheduler's own count, from ${long.settleMs / 1000} s after the first cycle; below ${oneTickMs} ms (one tick) ps and top show nothing`,
      },
      {
        what: `idle wake-ups in ${long.idleMs / 1000} s`,
        measured: String(wakeUps),
        floor: String(once.floor[0]?.wakeUps ?? Number.NaN),
        ratio: undefined,
        aim: '',
        met: undefined,
        note: 'voluntary context switches of all threads; the watchdog over the clocks looks once a minute',
      },
    ];
  } finally {
    await tenant.close();
  }
}
