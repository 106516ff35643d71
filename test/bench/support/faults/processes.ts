/**
 * Processes that are ended, starve, or are too many.
 *
 * Promises: the restart after each is an ordinary one; of many at once one is at work.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEventLine } from '../../../../agent/edge/eventReader.ts';
import { pause, type Running } from '../children.ts';
import { endsInOrder, type MachineFault, type Told, type Trial, toldBy } from './trial.ts';

async function startDaemon(trial: Trial, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const daemon = trial.lane.ship.start(['run', '--data', trial.lane.here().data, '--json'], { env });
  if (!(await daemon.says(/"trigger":"start"/, 30_000))) trial.violation('the daemon did not start');
  return daemon;
}

const begin = (trial: Trial): Running => trial.lane.ship.start(['reset', '--data', trial.lane.here().data, '--json']);

/** A daemon that gets a signal while a reset is under way. */
async function signalled(trial: Trial, signal: NodeJS.Signals, moment: number): Promise<void> {
  const daemon = await startDaemon(trial);
  await trial.once({
    async meet() {
      const reset = begin(trial);
      await pause(moment * trial.lane.resetMs());
      daemon.kill(signal);
      const end = await daemon.ended;
      // Without its daemon the command does the work itself, or says that it was interrupted.
      await reset.ended;
      return [{ exit: end.status, signal: end.signal, code: null, events: [] }];
    },
    judge: (told) =>
      told
        .filter((each) => (signal === 'SIGKILL' ? each.signal !== 'SIGKILL' : each.exit !== 0))
        .map((each) => `the daemon ended with ${each.exit ?? each.signal}`),
  });
}

/** Less memory than a reset needs, from far too little to just not enough. */
async function outOfMemory(trial: Trial): Promise<void> {
  let crashes = 0;
  for (let mib = 4; mib <= 24; mib += 1) {
    await trial.once({
      async meet() {
        const told = await trial.laps('reset', [], { env: { NODE_OPTIONS: `--max-old-space-size=${mib}` } });
        if (told.signal !== null || (told.exit ?? 0) > 3) crashes += 1;
        return [told];
      },
    });
  }
  if (crashes === 0) trial.violation('no reset ran out of memory: nothing was tried');
}

async function daemonOutOfMemory(trial: Trial): Promise<void> {
  await trial.once({
    async meet() {
      const words = ['run', '--data', trial.lane.here().data, '--json'];
      const env = { NODE_OPTIONS: '--max-old-space-size=7' };
      const daemon = trial.lane.ship.start(words, { env });
      const reset = begin(trial);
      const end = await Promise.race([daemon.ended, pause(15_000)]);
      if (end === undefined) daemon.kill('SIGKILL');
      const { status, signal } = await daemon.ended;
      await reset.ended;
      return [{ exit: status, signal, code: null, events: [] }];
    },
  });
}

async function twoDaemons(trial: Trial): Promise<void> {
  const daemon = await startDaemon(trial);
  await trial.once({
    meet: async () => [toldBy(await trial.lane.ship.run(['run', '--data', trial.lane.here().data, '--json']))],
    async mend() {
      daemon.kill('SIGTERM');
      await daemon.ended;
    },
    judge: (told) =>
      told
        .filter(({ exit, code }) => exit !== 3 || code !== 'ERR_LAPS_INSTANCE_RUNNING')
        .map(({ exit, code }) => `the second daemon ended with ${exit} ${code}`),
  });
}

async function rotationsIn(trial: Trial): Promise<number> {
  const log = await readFile(join(trial.lane.here().data, 'logs', 'events.jsonl'), 'utf8');
  return log.split('\n').filter((line) => parseEventLine(line)?.id === 10020).length;
}

/** `count` resets at once, with a daemon or none; with one at most two rotations are due. */
async function resetsAtOnce(trial: Trial, count: number, withDaemon: boolean): Promise<void> {
  const daemon = withDaemon ? await startDaemon(trial) : undefined;
  await trial.once({
    async meet() {
      const before = await rotationsIn(trial);
      const ends = await Promise.all(Array.from({ length: count }, () => begin(trial)).map((reset) => reset.ended));
      const made = (await rotationsIn(trial)) - before;
      if (made < 1 || made > (withDaemon ? 2 : count)) trial.violation(`${count} resets made ${made} rotations`);
      return ends.map(toldBy);
    },
    async mend() {
      daemon?.kill('SIGTERM');
      await daemon?.ended;
    },
    judge: (told: readonly Told[]) => [
      ...endsInOrder(told),
      ...told.filter(({ exit }) => exit !== 0).map(({ exit, code }) => `a reset ended with ${exit} ${code}`),
    ],
  });
}

export function processFaults(): MachineFault[] {
  return [
    ...(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const).map(
      (signal): MachineFault => ({
        what: `${signal} to the daemon within a rotation`,
        how: 'kill, at three moments of a reset',
        async run(trial) {
          for (const moment of [0.3, 0.6, 0.9]) await signalled(trial, signal, moment);
        },
      }),
    ),
    { what: 'out of memory in a reset', how: '--max-old-space-size from 4 to 24 MiB', run: outOfMemory },
    {
      what: 'out of memory in the daemon',
      how: '--max-old-space-size=7, then an ordinary start',
      run: daemonOutOfMemory,
    },
    { what: 'two daemons', how: 'a second laps run on the same data', run: twoDaemons },
    { what: 'a daemon and a manual reset', how: 'laps reset beside laps run', run: (t) => resetsAtOnce(t, 1, true) },
    { what: 'ten resets at once', how: 'at a daemon: two rotations at most', run: (t) => resetsAtOnce(t, 10, true) },
    {
      what: 'ten resets at once, no daemon',
      how: 'each takes the lock in turn',
      run: (t) => resetsAtOnce(t, 10, false),
    },
  ];
}
