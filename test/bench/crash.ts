/**
 * `npm run crash`: real installations killed, cut off and raced, and after each what is promised (rotation.md 4, 6, 7).
 *
 * Knows: the parts, how many cases each has, and two lanes to run them on. Promises: prints what was done and what came
 * of it; ends with 0 only when nothing promised was broken; each violation is printed with the case and seed that repeat
 * it, and its data folder is kept. Must never: leave a process behind.
 *
 * npm run crash [-- --quick] [--accounts linux] [--seed N] [--only random|points|lost|daemon|races[:CASE]] [--lanes N]
 *
 * With --accounts linux (as root) the account is a real one, in a sandbox: PAM's own checker says what opens it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultPointNames } from '../../agent/edge/faultPoint.ts';
import { buildBoth, packageFolder } from './support/builds.ts';
import { openDaemonHouse } from './support/daemonKills.ts';
import {
  isOnTheWay,
  killsInPairs,
  killsOfFirst,
  killsOfJoin,
  killsOfLocked,
  killsOfReset,
} from './support/faultPointKills.ts';
import { runInSandbox } from './support/inSandbox.ts';
import { type Lane, openLane } from './support/lane.ts';
import { loseReplies, losses } from './support/lostReplies.ts';
import { race } from './support/races.ts';
import { randomKill } from './support/randomKills.ts';
import { assertInSandbox, makeRealAccount, makeVisitor } from './support/realMachine.ts';
import { newTally, summaryOf, type Tally } from './support/tally.ts';

/** One case, by the name that repeats it. */
interface Case {
  readonly name: string;
  run(lane: Lane, name: string): Promise<void>;
}

const parts = ['random', 'points', 'lost', 'daemon', 'races'] as const;
type Part = (typeof parts)[number];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    lanes: { type: 'string', default: '2' },
    accounts: { type: 'string', default: 'simulated' },
  },
});
const seed = Number(values.seed);
const { quick } = values;
const [onlyPart, ...onlyRest] = (values.only ?? '').split(':');
const onlyCase = onlyRest.length === 0 ? undefined : onlyRest.join(':');
const accounts = values.accounts === 'linux' ? 'linux' : 'simulated';
if (
  values.accounts !== accounts ||
  !Number.isSafeInteger(seed) ||
  (onlyPart !== '' && !parts.some((part) => part === onlyPart))
) {
  process.stderr.write(
    `usage: npm run crash -- [--quick] [--accounts linux] [--seed N] [--only ${parts.join('|')}[:CASE]] [--lanes N]\n`,
  );
  process.exit(2);
}

const points = faultPointNames(accounts);
const wanted = {
  random: quick ? 60 : accounts === 'linux' ? 100 : 500,
  pairs: quick ? 8 : 60,
  daemon: quick ? 6 : 30,
  races: quick ? 4 : 20,
};

function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

function randomCases(count: number, from = 0): Case[] {
  return range(count, from).map((index) => ({ name: `random:${index}`, run: randomKill }));
}

function pointCases(): Case[] {
  const onTheWay = points.filter(isOnTheWay);
  // Those that a mending cycle passes too, so that a pair is one.
  const oftenPassed = points.filter((point) => /^(journal|account|accounts|state|seal|backup)\./.test(point));
  const ofReset = onTheWay.map((point) => ({
    name: `points:reset/${point}`,
    run: (lane: Lane, name: string) => killsOfReset(lane, name, point, quick ? 1 : undefined),
  }));
  const ofFirst = onTheWay.map((point) => ({
    name: `points:first/${point}`,
    run: (lane: Lane, name: string) => killsOfFirst(lane, name, point),
  }));
  const ofJoin = points
    .filter((point) => /^(version|identity|accounts|key)\./.test(point))
    .map((point) => ({
      name: `points:join/${point}`,
      run: (lane: Lane, name: string) => killsOfJoin(lane, name, point),
    }));
  const inPairs = range(wanted.pairs).map((index) => ({
    name: `points:pair/${index}`,
    run: (lane: Lane, name: string) => killsInPairs(lane, name, oftenPassed),
  }));
  const ofLocked = points
    .filter((point) => accounts === 'linux' && point.startsWith('account.'))
    .map((point) => ({
      name: `points:locked/${point}`,
      run: (lane: Lane, name: string) => killsOfLocked(lane, name, point, quick ? 1 : undefined),
    }));
  return quick ? [...ofReset, ...ofLocked, ...inPairs] : [...ofReset, ...ofLocked, ...inPairs, ...ofFirst, ...ofJoin];
}

function lossCases(): Case[] {
  return losses()
    .map((loss) => ({
      name: `lost:${loss.specs.join('+')}`,
      run: (lane: Lane, name: string) => loseReplies(lane, name, loss),
    }))
    .filter((_, index) => !quick || index % 5 === 0);
}

/** A daemon's cases follow one another on its own house; each lane has its share of them. */
function daemonCases(lanes: number): Case[] {
  return range(lanes).map((lane) => ({
    name: `daemon:${lane}`,
    async run(here, name) {
      const house = await openDaemonHouse(here, name);
      for (const turn of range(Math.ceil(wanted.daemon / lanes))) {
        await house.start(`${name}/${turn}`);
        await house.kill(`${name}/${turn}`);
      }
      await house.close(`${name}/end`);
      // It was the lane's own account that the daemon managed.
      if (here.real !== undefined) await here.renew();
    },
  }));
}

function raceCases(): Case[] {
  return range(wanted.races).map((index) => ({ name: `races:${index}`, run: race }));
}

/** A daemon's turns (`daemon:0/7`) are repeated with all that went before them. */
function isAsked(name: string, asked: string): boolean {
  return name === asked || asked.startsWith(`${name}/`);
}

/** Runs the cases on all lanes, each as soon as it is free. */
async function runAll(part: Part, lanes: readonly Lane[], cases: readonly Case[], tally: Tally): Promise<void> {
  const left = cases.filter(({ name }) => onlyCase === undefined || isAsked(name, `${part}:${onlyCase}`));
  const from = performance.now();
  const total = left.length;
  let done = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        try {
          await next.run(lane, next.name);
        } catch (error) {
          lane.violation(
            next.name,
            `the harness stumbled: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
          );
          await lane.renew();
        }
        done += 1;
        if (done % 25 === 0 || done === total) {
          const seconds = Math.round((performance.now() - from) / 1000);
          process.stderr.write(
            `${part}: ${done} of ${total} cases, ${seconds} s, ${tally.violations.length} violations\n`,
          );
        }
      }
    }),
  );
}

async function runPart(part: Part, lanes: readonly Lane[], tally: Tally): Promise<void> {
  switch (part) {
    case 'random': {
      let made = onlyCase === undefined ? wanted.random : Number(onlyCase) + 1;
      await runAll(part, lanes, randomCases(made), tally);
      // Those that came too late do not count: as many more are run.
      while (onlyCase === undefined && tally.randomKills < wanted.random && made < 2 * wanted.random) {
        const more = wanted.random - tally.randomKills;
        await runAll(part, lanes, randomCases(more, made), tally);
        made += more;
      }
      return;
    }
    case 'points': {
      await runAll(part, lanes, pointCases(), tally);
      if (quick || onlyCase !== undefined) return;
      // A point that nothing passes proves nothing.
      for (const point of points.filter((each) => !tally.reached.has(each)))
        lanes[0]?.violation('points', `no case ever came by ${point}`);
      return;
    }
    case 'lost':
      return runAll(part, lanes, lossCases(), tally);
    case 'daemon':
      return runAll(part, lanes, daemonCases(lanes.length), tally);
    case 'races':
      return runAll(part, lanes, raceCases(), tally);
  }
}

/** A real account is only ever touched in a sandbox, in which this program runs anew. */
async function outside(): Promise<number> {
  const run = await runInSandbox(fileURLToPath(import.meta.url), process.argv.slice(2));
  if (run.kind === 'ended') return run.status;
  process.stderr.write(`npm run crash -- --accounts linux cannot run: ${run.why}\n`);
  return 3;
}

async function main(): Promise<number> {
  if (accounts === 'linux') {
    if (process.env['LAPS_ACCOUNTS'] !== 'linux') return outside();
    assertInSandbox();
    await makeVisitor();
  }
  const from = performance.now();
  process.stderr.write(`seed ${seed}; building\n`);
  const builds = await buildBoth();
  const root = await mkdtemp(join(tmpdir(), 'laps-crash-'));
  const tally = newTally();
  const lanes: Lane[] = [];
  const policies = join(packageFolder, 'policies', 'csp.json');
  const endAll = async (): Promise<void> => {
    await Promise.all(lanes.map((lane) => lane.close()));
  };
  process.once('SIGINT', () => void endAll().finally(() => process.exit(130)));
  try {
    for (const index of range(Number(values.lanes))) {
      const folder = join(root, `lane-${index}`);
      await mkdir(folder, { mode: 0o700 });
      const real = accounts === 'linux' ? { real: await makeRealAccount(`crash${index}`) } : {};
      lanes.push(await openLane({ root: folder, builds, policies, seed, tally, ...real }));
    }
    for (const part of parts) if (onlyPart === '' || onlyPart === part) await runPart(part, lanes, tally);
  } finally {
    await endAll();
  }
  const seconds = Math.round((performance.now() - from) / 1000);
  process.stdout.write(`${summaryOf(tally)}seed ${seed}, ${seconds} s\n`);
  if (tally.violations.length === 0) await rm(root, { recursive: true, force: true });
  return tally.violations.length === 0 ? 0 : 1;
}

process.exit(await main());
