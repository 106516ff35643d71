/**
 * Disks that are full, read-only or broken, for real: small file systems of their own, and system calls that fail.
 *
 * Knows: mount needs root; `strace` can make a system call of the real program fail. Promises: the disk runs full at every
 * page in turn and every write, sync and rename fails once; what was mounted is unmounted.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lane } from '../lane.ts';
import { endsInOrder, type MachineFault, saysOneOf, type Told, type Trial, toldBy } from './trial.ts';

const noRoot = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root, to mount a small file system';
  return spawnSync('mount', ['--version']).status === 0 ? undefined : 'needs mount';
};
const noStrace = (): string | undefined =>
  spawnSync('strace', ['-f', '-qq', '-e', 'inject=fsync:error=EIO:when=9999', 'true']).status === 0
    ? undefined
    : 'needs strace, and to be allowed to trace';

function must(words: readonly string[]): void {
  const [program = '', ...rest] = words;
  const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

const pageBytes = 4096;

/** A tmpfs with a joined, rotated device on it; unmounted whatever happens. */
async function onSmallDisk(trial: Trial, options: string, act: (at: string) => Promise<void>): Promise<void> {
  const { lane } = trial;
  const at = await lane.folder('disk');
  must(['mount', '-t', 'tmpfs', '-o', options, 'laps-faults', at]);
  try {
    const data = join(at, 'data');
    await mkdir(data, { mode: 0o700 });
    // By a real command: this process must not hold a file of the disk open.
    const { tenant } = lane;
    const user = `alice@${tenant.address.domain}`;
    const words = ['--tenant', tenant.address.url, '--user', user, '--ca-file', tenant.address.caFile];
    const stdin = (await tenant.passwordOf(user)).reveal();
    const joined = await lane.ship.run(['join', ...words, '--name', `DISK-${at.length}`, '--data', data], { stdin });
    if (joined.status !== 0) throw new Error(`the join failed: ${joined.stderr}`);
    await lane.adopt(data);
    const first = await trial.laps('process');
    if (first.exit !== 0) throw new Error(`the first rotation failed: ${first.code}`);
    await act(at);
  } finally {
    await lane.renew();
    // What was written there is searched for secrets at the end, when the disk is gone.
    const kept = await lane.folder('kept');
    await cp(join(at, 'data'), join(kept, 'data'), { recursive: true });
    must(['umount', at]);
    await rename(join(kept, 'data'), join(at, 'data'));
  }
}

/** Fills the disk but for `pages`. */
async function fill(at: string, pages: number): Promise<void> {
  const { bavail, bsize } = await statfs(at);
  const bytes = Math.max(0, bavail * bsize - pages * pageBytes);
  await writeFile(join(at, 'filler'), Buffer.alloc(bytes));
}

const full = saysOneOf('ERR_LAPS_DISK', 'ERR_LAPS_TENANT_UNCLEAR', 'ERR_LAPS_INTERNAL');

async function fullAtEveryPage(trial: Trial): Promise<void> {
  await onSmallDisk(trial, 'size=2m', async (at) => {
    let done = false;
    for (let pages = 0; pages < 40 && !done; pages += 1) {
      await trial.once({
        async meet() {
          await fill(at, pages);
          const told = await trial.laps('reset');
          done = told.exit === 0;
          return [told];
        },
        mend: () => rm(join(at, 'filler')),
        judge: endsInOrder,
      });
    }
    if (!done) trial.violation('forty free pages are not enough for a rotation');
  });
}

async function outOfInodes(trial: Trial): Promise<void> {
  await onSmallDisk(trial, 'size=4m,nr_inodes=60', async (at) => {
    const fillers = join(at, 'fillers');
    await trial.once({
      async meet() {
        await mkdir(fillers);
        for (let each = 0; ; each += 1) {
          try {
            await writeFile(join(fillers, String(each)), '');
          } catch {
            // No more names: as wanted.
            break;
          }
        }
        return [await trial.laps('reset'), await trial.laps('process')];
      },
      mend: () => rm(fillers, { recursive: true }),
      judge: (told) => [...endsInOrder(told), ...full(told.slice(0, 1))],
    });
  });
}

async function readOnly(trial: Trial): Promise<void> {
  await onSmallDisk(trial, 'size=4m', async (at) => {
    await trial.once({
      async meet() {
        must(['mount', '-o', 'remount,ro', at]);
        return [await trial.laps('reset'), await trial.laps('process'), await trial.laps('process')];
      },
      mend: async () => must(['mount', '-o', 'remount,rw', at]),
      judge: (told) => [...endsInOrder(told), ...saysOneOf('ERR_LAPS_DISK')(told)],
    });
  });
}

/** A disk that runs full and empties again under a daemon that goes on. */
async function fullUnderDaemon(trial: Trial): Promise<void> {
  await onSmallDisk(trial, 'size=2m', async (at) => {
    const daemon = trial.lane.ship.start(['run', '--data', trial.lane.here().data, '--json']);
    if (!(await daemon.says(/"trigger":"start"/, 30_000))) trial.violation('the daemon did not start');
    await trial.once({
      async meet() {
        await fill(at, 0);
        return [await trial.laps('reset'), await trial.laps('reset')];
      },
      mend: () => rm(join(at, 'filler')),
      judge: (told) => [...endsInOrder(told), ...saysOneOf('ERR_LAPS_DISK')(told)],
    });
    daemon.kill('SIGTERM');
    const { status } = await daemon.ended;
    if (status !== 0) trial.violation(`the daemon ended with ${status}`);
  });
}

/** `laps reset` whose `nth` call of a kind fails. */
async function resetWith(lane: Lane, inject: string): Promise<Told> {
  const data = lane.here().data;
  const within = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${inject}`];
  return toldBy(await lane.ship.run(['reset', '--data', data, '--json'], { within }));
}

async function failingCalls(trial: Trial, call: string, error: string): Promise<void> {
  for (let nth = 1; nth < 60; nth += 1) {
    let over = false;
    await trial.once({
      async meet() {
        const told = await resetWith(trial.lane, `${call}:${error}:when=${nth}`);
        over = told.exit === 0;
        return [told];
      },
      judge: endsInOrder,
    });
    // One that failed without harm (a lock's pid, a key to erase) is no end: three in a row without trouble are.
    if (over && nth > 20) return;
  }
}

export function diskFaults(): MachineFault[] {
  const traced = (call: string, error: string, what: string): MachineFault => ({
    what,
    how: `the real ${call} of a reset fails (${error.split('=')[1]}), each one in turn`,
    unavailable: noStrace,
    run: (trial) => failingCalls(trial, call, error),
  });
  return [
    {
      what: 'full disk, at every page',
      how: 'a tmpfs filled but for 0, 1, 2 … pages, until a reset succeeds',
      unavailable: noRoot,
      run: fullAtEveryPage,
    },
    { what: 'no more files on the disk', how: 'a tmpfs out of inodes', unavailable: noRoot, run: outOfInodes },
    {
      what: 'full disk under a daemon',
      how: 'a tmpfs filled while it runs',
      unavailable: noRoot,
      run: fullUnderDaemon,
    },
    { what: 'read-only file system', how: 'mount -o remount,ro', unavailable: noRoot, run: readOnly },
    traced('pwrite64', 'error=ENOSPC', 'full disk, at every write'),
    traced('fsync', 'error=EIO', 'broken disk, at every sync'),
    traced('rename', 'error=EROFS', 'read-only, at every rename'),
  ];
}
