/**
 * `npm run faults`: every fault of networks and machines, brought about for real, and what came of each.
 *
 * Knows: the list of network faults that the suite tries as well (test/support/networkFaults.ts), and those of this
 * machine. Promises: a line for each fault: how it was brought about, events and exit, whether the tenant still gave out
 * a password that opens the account, and after how many cycles the device was well again by itself; what cannot be tried
 * here is said aloud; ends with 0 only when no promise was broken. Must never: leave a process, a mount or, unless a
 * promise was broken, a folder behind.
 *
 * npm run faults [-- --only network|files|restored|disks|processes|clocks|WORDS OF A FAULT] [--samples N] [--seed N]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { networkFaults } from '../support/networkFaults.ts';
import { createNetworkWorld, tryNetworkFault } from '../support/networkWorld.ts';
import { buildBoth, packageFolder } from './support/builds.ts';
import { clockFaults } from './support/faults/clocks.ts';
import { diskFaults } from './support/faults/disks.ts';
import { fileFaults } from './support/faults/files.ts';
import { processFaults } from './support/faults/processes.ts';
import { restoreFaults } from './support/faults/restored.ts';
import { faultTable, lineOf, type Skipped } from './support/faults/table.ts';
import { createTrial, type Row } from './support/faults/trial.ts';
import { openLane } from './support/lane.ts';
import { newTally } from './support/tally.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    samples: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
const samples = Number(values.samples);
const isWanted = (part: string, what: string): boolean =>
  `${part}: ${what}`.startsWith(values.only) || what.includes(values.only);
const rows: Row[] = [];
const skipped: Skipped[] = [];
const tally = newTally();
let passwordsLost = 0;

function done(row: Row): void {
  rows.push(row);
  if (!row.recoverable) passwordsLost += 1;
  process.stderr.write(`${lineOf(row)}\n`);
}

async function networks(): Promise<void> {
  const wanted = networkFaults.filter(({ name }) => isWanted('network', name));
  if (wanted.length === 0) return;
  const world = await createNetworkWorld();
  const broken = (name: string, what: string): void => {
    tally.violations.push({ name: `network: ${name}`, what, data: world.device.data });
  };
  try {
    for (const fault of wanted) {
      const why = fault.unavailable?.();
      if (why !== undefined) {
        skipped.push({ part: 4, what: fault.name, why });
        continue;
      }
      const outcome = await tryNetworkFault(world, fault);
      const { code, events, cyclesToRecover } = outcome;
      if (code !== fault.code) broken(fault.name, `${code} where ${fault.code} was due`);
      if (!fault.events.every((id) => events.includes(id))) broken(fault.name, `events ${events.join(' ')}`);
      if (!outcome.passwordStood) broken(fault.name, 'P1: the password in use is not with the tenant');
      if (cyclesToRecover !== 1 || !outcome.newestOpens) broken(fault.name, 'P5: the next cycle did not heal it');
      done({
        part: 4,
        what: fault.name,
        how: fault.how,
        events: [...fault.events, 10005],
        exits: [`${outcome.status} ${code.replace('ERR_LAPS_', '')}`],
        recoverable: outcome.passwordStood && outcome.newestOpens,
        cycles: cyclesToRecover === 0 ? undefined : cyclesToRecover,
      });
    }
  } finally {
    await world.close();
  }
}

async function machines(root: string): Promise<void> {
  const faults = [
    ...fileFaults(samples).map((fault) => ({ part: 'files', fault })),
    ...restoreFaults().map((fault) => ({ part: 'restored', fault })),
    ...diskFaults().map((fault) => ({ part: 'disks', fault })),
    ...processFaults().map((fault) => ({ part: 'processes', fault })),
    ...clockFaults().map((fault) => ({ part: 'clocks', fault })),
  ].filter(({ part, fault }) => isWanted(part, fault.what));
  if (faults.length === 0) return;
  await mkdir(root, { mode: 0o700 });
  const policies = join(packageFolder, 'policies', 'csp.json');
  const lane = await openLane({ root, builds: await buildBoth(), policies, seed, tally });
  const endAll = (): void => void lane.close().finally(() => process.exit(130));
  process.once('SIGINT', endAll);
  try {
    for (const { part, fault } of faults) {
      const why = fault.unavailable?.();
      if (why !== undefined) {
        skipped.push({ part: 5, what: fault.what, why });
        continue;
      }
      const trial = createTrial(lane, `${part}: ${fault.what}`);
      try {
        await fault.run(trial);
        // What was judged after every try by the same means, once more by the commands that people have.
        await lane.signInByHand(trial.name);
      } catch (error) {
        trial.violation(`the harness stumbled: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
        await lane.renew();
      }
      done(trial.row(fault));
    }
  } finally {
    process.off('SIGINT', endAll);
    await lane.close();
  }
}

const from = performance.now();
const root = await mkdtemp(join(tmpdir(), 'laps-faults-'));
process.stderr.write(`seed ${seed}\n`);
await networks();
await machines(join(root, 'lane'));
process.stdout.write(faultTable(rows, skipped));
const count = `${rows.length} kinds of fault, ${skipped.length} skipped, ${tally.signIns} times read back and signed in by real commands`;
const verdict = `${passwordsLost} passwords lost, ${tally.violations.length} violations`;
process.stdout.write(`\n${count}: ${verdict}; seed ${seed}, ${Math.round((performance.now() - from) / 1000)} s\n`);
for (const { name, what, data } of tally.violations)
  process.stdout.write(`VIOLATION ${name}: ${what} (data kept in ${data})\n`);
if (tally.violations.length === 0) await rm(root, { recursive: true, force: true });
process.exit(tally.violations.length === 0 ? 0 : 1);
