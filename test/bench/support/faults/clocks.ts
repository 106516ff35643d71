/**
 * Clocks that lie, in the real program: its Date is shifted before its first line, or under the running daemon.
 *
 * Knows: a module loaded before the program moves Date alone; the monotonic clock, OpenSSL and the tenant keep to the
 * truth, as on a machine whose clock was set. Promises: the file it writes is removed with the lane.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEventLine } from '../../../../agent/edge/eventReader.ts';
import { pause } from '../children.ts';
import { endsInOrder, type MachineFault, type Trial } from './trial.ts';

const dayMs = 86_400_000;
const jumps = {
  'a year back': -365 * dayMs,
  'ten years forward': 3652 * dayMs,
  'back to 1970': -Date.parse('2026-06-01T00:00:00Z'),
  'an hour back, as when a summer time was taken for the truth': -3_600_000,
} as const;

/** Shifts Date by LAPS_TEST_SHIFT_MS, and on SIGUSR2 by what the file LAPS_TEST_SHIFT_FILE then says. */
const shiftModule = `
import { readFileSync } from 'node:fs';
const RealDate = Date;
let shift = Number(process.env.LAPS_TEST_SHIFT_MS ?? 0);
globalThis.Date = class extends RealDate {
  constructor(...words) { if (words.length === 0) super(RealDate.now() + shift); else super(...words); }
  static now() { return RealDate.now() + shift; }
};
const file = process.env.LAPS_TEST_SHIFT_FILE;
if (file !== undefined) process.on('SIGUSR2', () => { shift = Number(readFileSync(file, 'utf8')); });
`;

async function shiftEnv(trial: Trial, more: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const path = join(trial.lane.root, 'shiftedDate.mjs');
  await writeFile(path, shiftModule);
  return { NODE_OPTIONS: `--import=${pathToFileURL(path).href}`, ...more };
}

/** Longer than the watchdog's minute. */
const noticedMs = 75_000;

/** Waits for a late cycle that began after `lines` of the log; its events. */
async function lateCycle(trial: Trial, from: number): Promise<number[]> {
  const log = join(trial.lane.here().data, 'logs', 'events.jsonl');
  for (const until = performance.now() + noticedMs; performance.now() < until; await pause(500)) {
    const events = (await readFile(log, 'utf8')).split('\n').slice(from).map(parseEventLine);
    const ids = events.flatMap((event) => (event === undefined ? [] : [event.id]));
    if (ids.includes(50020) && ids.some((id) => id === 10004 || id === 10005)) return ids;
  }
  return [];
}

async function underDaemon(trial: Trial, byMs: number): Promise<void> {
  const { data } = trial.lane.here();
  const file = join(trial.lane.root, 'shift');
  const env = await shiftEnv(trial, { LAPS_TEST_SHIFT_FILE: file });
  const daemon = trial.lane.ship.start(['run', '--data', data, '--json'], { env });
  if (!(await daemon.says(/"trigger":"start"/, 30_000))) trial.violation('the daemon did not start');
  await trial.once({
    async meet() {
      const lines = (await readFile(join(data, 'logs', 'events.jsonl'), 'utf8')).split('\n').length - 1;
      await writeFile(file, String(byMs));
      daemon.kill('SIGUSR2');
      const events = await lateCycle(trial, lines);
      if (events.length === 0) trial.violation(`no late cycle within ${noticedMs / 1000} s of the jump`);
      return [{ exit: 0, signal: null, code: null, events }];
    },
    async mend() {
      daemon.kill('SIGTERM');
      await daemon.ended;
    },
  });
}

/** The machine sleeps: the daemon stands still, and goes on. */
async function stopped(trial: Trial): Promise<void> {
  const daemon = trial.lane.ship.start(['run', '--data', trial.lane.here().data, '--json']);
  if (!(await daemon.says(/"trigger":"start"/, 30_000))) trial.violation('the daemon did not start');
  await trial.once({
    async meet() {
      // In the middle of a rotation.
      const reset = trial.lane.ship.start(['reset', '--data', trial.lane.here().data, '--json']);
      await pause(0.6 * trial.lane.resetMs());
      daemon.kill('SIGSTOP');
      await pause(2_000);
      daemon.kill('SIGCONT');
      const end = await reset.ended;
      return [await trial.laps('process'), { exit: end.status, signal: end.signal, code: null, events: [] }];
    },
    async mend() {
      daemon.kill('SIGTERM');
      await daemon.ended;
    },
  });
}

export function clockFaults(): MachineFault[] {
  return [
    ...Object.entries(jumps).map(
      ([what, byMs]): MachineFault => ({
        what: `clock set ${what}`,
        how: 'Date shifted for two cycles and a reset, then right again',
        async run(trial) {
          const env = await shiftEnv(trial, { LAPS_TEST_SHIFT_MS: String(byMs) });
          await trial.once({
            meet: async () => [
              await trial.laps('process', [], { env }),
              await trial.laps('process', [], { env }),
              await trial.laps('reset', [], { env }),
            ],
            judge: endsInOrder,
          });
        },
      }),
    ),
    ...Object.entries({ 'slept eight hours': 8 * 3_600_000, 'clock set a year back': -365 * dayMs }).map(
      ([what, byMs]): MachineFault => ({
        what: `${what}, under the daemon`,
        how: 'Date jumps while the monotonic clock does not',
        run: (trial) => underDaemon(trial, byMs),
      }),
    ),
    { what: 'suspended within a rotation', how: 'SIGSTOP for 2 s, then SIGCONT', run: stopped },
  ];
}
