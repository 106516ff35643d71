/**
 * What the daemon weighs and burns while nothing happens, beside a bare HTTP server that waits as well.
 *
 * Promises: both have settled before they are weighed; the processor time is that of all threads over the whole wait.
 */
import { join } from 'node:path';
import { cpuMsOf, memoryOf, pause } from './processes.ts';
import { median, type Row, ratioOf, rowOfPairs } from './report.ts';
import { program, root, type Site, startNode } from './site.ts';

/** Milliseconds of processor time in the wait that `top` would round to nothing: one tick of Linux' clock. */
const oneTickMs = 10;

/** Idle memory and idle processor time of `laps run --tenant URL`. */
export async function measureIdle(site: Site, quick: boolean): Promise<readonly Row[]> {
  const tenant = await site.tenant('idle-tenant');
  const data = site.join('idle', tenant);
  const ours = { rss: [] as number[], pss: [] as number[], cpu: [] as number[] };
  const floor = { rss: [] as number[], pss: [] as number[], cpu: [] as number[] };
  const settleMs = quick ? 5_000 : 15_000;
  const idleMs = quick ? 10_000 : 60_000;
  try {
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const words = ['run', '--tenant', tenant.url, '--data', data, '--policies', join(root, 'policies')];
      const daemon = await startNode([program, ...words], { isReady: (line) => line.startsWith('10004') });
      const bare = await startNode([join(root, 'test/bench/floors/httpServer.mjs')]);
      try {
        await pause(settleMs);
        const [daemonBefore, bareBefore] = [cpuMsOf(daemon.pid), cpuMsOf(bare.pid)];
        // A whole minute once; the other rounds are for the memory.
        await pause(round === 0 ? idleMs : 1_000);
        if (round === 0) {
          ours.cpu.push(cpuMsOf(daemon.pid) - daemonBefore);
          floor.cpu.push(cpuMsOf(bare.pid) - bareBefore);
        }
        for (const [side, pid] of [
          [ours, daemon.pid],
          [floor, bare.pid],
        ] as const) {
          const { rss, pss } = memoryOf(pid);
          side.rss.push(rss);
          side.pss.push(pss);
        }
      } finally {
        await daemon.close();
        await bare.close();
      }
    }
  } finally {
    await tenant.close();
  }
  const pss = { ours: ours.pss, floor: floor.pss };
  const [burnt, bareBurnt] = [median(ours.cpu), median(floor.cpu)];
  return [
    rowOfPairs(
      { ours: ours.rss, floor: floor.rss },
      {
        what: 'idle memory of laps run --tenant URL (RSS)',
        unit: 'MiB',
        most: 1.6,
        note: `against a bare node:http server, ${settleMs / 1000} s after the first cycle; PSS ${median(pss.ours).toFixed(1)} to ${median(pss.floor).toFixed(1)} MiB, ${ratioOf(pss).toFixed(2)}x`,
      },
    ),
    {
      what: `idle processor time in ${idleMs / 1000} s`,
      measured: `${burnt.toFixed(1)} ms`,
      floor: `${bareBurnt.toFixed(1)} ms`,
      ratio: undefined,
      aim: 'none measurable',
      met: burnt < oneTickMs,
      note: `all threads, by the scheduler's own count; below ${oneTickMs} ms (one tick) ps and top show nothing`,
    },
  ];
}
