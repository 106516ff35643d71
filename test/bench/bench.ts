/**
 * `npm run bench`: what the product costs, each number beside a floor measured in the same run (issue, shown 7 and 5).
 *
 * Knows: the aims. Promises: every aim is printed with met or not met; a bundle of its own, a tenant of its own, nothing
 * left behind. `--quick` takes fewer and shorter samples; `--only WORD` runs the parts whose name holds the word;
 * `--idle-seconds 600` watches the idle daemon longer than the minute it has otherwise. Must
 * never: run inside the suite; it asserts nothing and takes minutes.
 */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { measureIdle } from './idle.ts';
import { benchPasswords } from './passwords.ts';
import { measurePolicies } from './policies.ts';
import { type Row, tableOf } from './report.ts';
import { measureRotation } from './rotation.ts';
import { buildProgram, openSite, type Site } from './site.ts';
import { measureStarts } from './starts.ts';
import { measureTenant } from './tenant.ts';

const quick = process.argv.includes('--quick');
const only = process.argv[process.argv.indexOf('--only') + 1] ?? '';
const idleSeconds = process.argv[process.argv.indexOf('--idle-seconds') + 1];
const idleMs = process.argv.includes('--idle-seconds') ? Number(idleSeconds) * 1000 : undefined;
const isWanted = (name: string): boolean => !process.argv.includes('--only') || name.includes(only);

async function rotationRows(site: Site): Promise<readonly Row[]> {
  const tenant = await site.tenant('rotation-tenant');
  try {
    return await measureRotation(site, tenant, quick ? 11 : 41);
  } finally {
    await tenant.close();
  }
}

function passwordRows(): readonly Row[] {
  return benchPasswords(quick ? 100_000 : 1_000_000).map((each) => ({
    what: `passwords, complexity ${each.complexity}`,
    measured: `p = ${each.chance.toPrecision(2)}`,
    floor: '',
    ratio: undefined,
    aim: 'uniform, p > 1e-6',
    met: each.chance > 1e-6,
    note: `chi-square over ${each.count} passwords drawn in ${(each.durationMs / 1000).toFixed(1)} s, of every position and of the sets' shares, against uniform given the class rule; the least likely of them, corrected for their number`,
  }));
}

process.stdout.write(
  `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}, load ${loadavg()[0]?.toFixed(2)}${quick ? ', quick pass' : ''}\n\n`,
);
buildProgram();
const site = openSite();
const parts: ReadonlyArray<readonly [string, () => Promise<readonly Row[]> | readonly Row[]]> = [
  ['start', () => measureStarts(quick ? 11 : 41)],
  ['rotation', () => rotationRows(site)],
  ['tenant', () => measureTenant(site, quick)],
  ['idle', () => measureIdle(site, quick, idleMs)],
  ['passwords', passwordRows],
  ['policies', () => measurePolicies(site, quick)],
];
try {
  const rows: Row[] = [];
  for (const [name, measure] of parts) {
    if (!isWanted(name)) continue;
    process.stderr.write(`measuring: ${name}\n`);
    rows.push(...(await measure()));
  }
  process.stdout.write(tableOf(rows));
  const missed = rows.filter((row) => row.met === false).length;
  const judged = rows.filter((row) => row.met !== undefined).length;
  process.stdout.write(`\n${judged - missed} of ${judged} aims met; load at the end ${loadavg()[0]?.toFixed(2)}\n`);
} finally {
  site.close();
}
