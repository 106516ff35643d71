/**
 * `npm run longevity`: a thousand cycles and two hundred rotations in one daemon, under a clock that is moved on.
 *
 * Knows: the tenant is a process of its own, so what grows here is the daemon's. Promises: memory after a collection,
 * descriptors, timers and files, early, half-way and at the end; ends with 0 only when nothing grew, no cycle was missed
 * and the tenant's newest password opens the account. Must never: leave a process or a folder behind.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Holding, longRun } from '../support/longRun.ts';
import { buildBoth, packageFolder } from './support/builds.ts';
import { createCommands } from './support/children.ts';
import { install, look, placeAt } from './support/installation.ts';
import { brokenAtRest } from './support/judge.ts';
import { startTenant } from './support/tenantChild.ts';

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '1000' }, resets: { type: 'string', default: '200' } },
});
const hours = Number(values.hours);
const resets = Number(values.resets);
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
/** What the heap may differ by, for code that is compiled late and caches that fill. */
const mostGrowth = 2 * 2 ** 20;

const root = await mkdtemp(join(tmpdir(), 'laps-longevity-'));
const data = join(root, 'data');
await mkdir(data, { mode: 0o700 });
const policies = join(packageFolder, 'policies');
const { ship } = await buildBoth();
const commands = createCommands({ bundle: ship, cwd: root, env: { LAPS_POLICIES: policies } });
const broken: string[] = [];
try {
  const { view } = await startTenant(commands, [
    ...['--data', join(root, 'tenant-data'), '--port', '0', '--admin-port', '0', '--backups-per-hour', '0'],
  ]);
  const where = await install({ data, policies }, view, 'LONGEVITY');
  const token = (await readFile(view.address.adminTokenFile, 'utf8')).trim();
  const skew = async (movedMs: number): Promise<void> => {
    // The tenant's clock goes with the device's.
    const reply = await fetch(`${view.address.adminUrl}/clock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ skewSeconds: Math.round(movedMs / 1000) }),
    });
    if (!reply.ok) throw new Error(`the tenant's clock was not moved: ${reply.status}`);
    await reply.arrayBuffer();
  };
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const from = performance.now();
  const run = await longRun({
    place: await placeAt({ data, policies }),
    hours,
    resetEvery: hours / resets,
    collect,
    async atHour(movedMs) {
      await skew(movedMs);
      const hour = Math.round(movedMs / 3_600_000);
      if (hour % 100 === 0) process.stderr.write(`hour ${hour}\n`);
    },
    async atEnd() {
      await skew(hours * 3_600_000);
      broken.push(...brokenAtRest(await look(where, view)));
    },
  });
  const tookMs = performance.now() - from;
  broken.push(...run.troubles);
  const cycles = 1 + hours + resets;
  if (run.cycles < cycles) broken.push(`${run.cycles} cycles where ${cycles} were due`);
  if (run.rotations < resets) broken.push(`${run.rotations} rotations where ${resets} were due`);

  const { seen } = run;
  const early = seen[Math.floor(seen.length / 10)];
  const half = seen[Math.floor(seen.length / 2)];
  const end = seen.at(-1);
  if (early === undefined || half === undefined || end === undefined) throw new Error('nothing was seen');
  if (end.heapUsed - early.heapUsed > mostGrowth) broken.push(`the heap grew by ${mib(end.heapUsed - early.heapUsed)}`);
  if (end.descriptors > early.descriptors) broken.push(`${end.descriptors - early.descriptors} descriptors more`);
  if (end.timers > early.timers) broken.push(`${end.timers - early.timers} timers more`);
  const more = end.files.filter((file) => !early.files.includes(file) && !/\/events\.jsonl\.[1-4]$/.test(file));
  if (more.length > 0) broken.push(`files that were not there before: ${more.join(' ')}`);

  const line = (name: string, { cycles: at, rotations, heapUsed, descriptors, timers, files }: Holding): string =>
    `${name.padEnd(10)}${String(at).padStart(7)} cycles ${String(rotations).padStart(4)} rotations   heap ${mib(heapUsed).padStart(9)}   ${descriptors} descriptors   ${timers} timers   ${files.length} files\n`;
  process.stdout.write(line('early', early) + line('half-way', half) + line('end', end));
  process.stdout.write(
    `${run.cycles} cycles and ${run.rotations} rotations in one daemon, ${hours} hours of its own in ${Math.round(tookMs / 1000)} s: ${broken.length} violations\n`,
  );
  for (const what of broken) process.stdout.write(`VIOLATION ${what}\n`);
} finally {
  await commands.endAll();
}
await rm(root, { recursive: true, force: true });
process.exit(broken.length === 0 ? 0 : 1);
