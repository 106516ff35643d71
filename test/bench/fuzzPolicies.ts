/**
 * `npm run fuzz [RUNS [SHAPE]]`: breaks every fixture of every shape RUNS times (100,000 a shape) and takes 10,000 random legal
 * policies through every shape and back; prints the slowest file and the memory. Ends 1 when a promise is broken.
 */
import { writableFormats } from '../../agent/core/policy/formats/write.ts';
import { seeded } from '../support/policies.ts';
import { assertHonest, fixturesByShape, mutated } from '../support/policyFuzz.ts';
import { randomPolicy } from '../support/randomPolicies.ts';
import { survives } from '../support/roundTrip.ts';

const runs = Number(process.argv[2] ?? 100_000);
const only = process.argv[3];
const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;

function fuzzShape(shape: string, files: readonly Uint8Array[]): boolean {
  const pick = seeded(shape.length * 104_729 + 1);
  let slowest = { ms: 0, run: 0, size: 0 };
  let refused = 0;
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  for (let run = 0; run < runs; run += 1) {
    const [file, other] = [files[pick(files.length)], files[pick(files.length)]];
    if (file === undefined || other === undefined) continue;
    const bytes = mutated(file, other, pick);
    const from = performance.now();
    try {
      if (assertHonest(bytes).problems.length > 0) refused += 1;
    } catch (error) {
      console.error(`${shape} run ${run}:`, error, Buffer.from(bytes).toString('base64'));
      return false;
    }
    let ms = performance.now() - from;
    // What was only interrupted is fast the second time; what is slow stays slow.
    for (let again = 0; again < (ms > 30 ? 20 : 3) && ms > 10; again += 1) {
      const anew = performance.now();
      assertHonest(bytes);
      ms = Math.min(ms, performance.now() - anew);
    }
    if (ms > slowest.ms) slowest = { ms, run, size: bytes.length };
  }
  const { rss, heapUsed } = process.memoryUsage();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${shape.padEnd(12)} ${runs} files in ${seconds} s, ${refused} refused; slowest ${slowest.ms.toFixed(1)} ms (run ${slowest.run}, ${slowest.size} bytes); heap ${mebibytes(before)} -> ${mebibytes(heapUsed)}, resident ${mebibytes(rss)}`,
  );
  return true;
}

function roundTrips(count: number): boolean {
  const pick = seeded(31_337);
  const start = performance.now();
  const whole = new Map<string, number>();
  for (let round = 0; round < count; round += 1) {
    const policy = randomPolicy(pick);
    for (const format of writableFormats)
      try {
        if (survives(format, policy)) whole.set(format, (whole.get(format) ?? 0) + 1);
      } catch (error) {
        console.error(`round ${round}, ${format}: ${JSON.stringify(policy)}`, error);
        return false;
      }
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const told = writableFormats.map((format) => `${format} ${whole.get(format) ?? 0}`).join(', ');
  console.log(`${count} policies through every shape and back in ${seconds} s; said in full by ${told}`);
  return true;
}

const shapes: readonly string[] = [...fixturesByShape()].map(([shape]) => shape);
// A run that breaks nothing must not look like one that found nothing.
if (!Number.isInteger(runs) || runs < 1 || (only !== undefined && !shapes.includes(only))) {
  console.error(`npm run fuzz -- RUNS SHAPE: a whole number from 1, and one of ${shapes.join(', ')}`);
  process.exit(2);
}
let good = only !== undefined || roundTrips(10_000);
for (const [shape, files] of fixturesByShape())
  if (only === undefined || only === shape) good = fuzzShape(shape, files) && good;
process.exitCode = good ? 0 : 1;
