/** How long a small command takes from nothing, beside `node -e 0`: both as fresh processes, in turn. */
import { spawnSync } from 'node:child_process';
import { inTurn, type Row, rowOfPairs } from './report.ts';
import { program, root } from './site.ts';

function runMs(words: readonly string[]): number {
  const started = performance.now();
  const ended = spawnSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const took = performance.now() - started;
  if (ended.status !== 0) throw new Error(`${words.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return took;
}

/** `laps --version` and `laps validate` on the policy that ships. */
export async function measureStarts(count: number): Promise<readonly Row[]> {
  const floor = (): number => runMs(['-e', '0']);
  const version = (): number => runMs([program, '--version']);
  const validate = (): number => runMs([program, 'validate', 'policies/csp.json']);
  // Once each, so that the files are in the system's cache for all three.
  for (const warm of [floor, version, validate]) warm();
  const note = 'a fresh process each, against node -e 0';
  return [
    rowOfPairs(await inTurn(count, version, floor), { what: 'laps --version, cold', unit: 'ms', most: 1.3, note }),
    rowOfPairs(await inTurn(count, validate, floor), {
      what: 'laps validate policies/csp.json, cold',
      unit: 'ms',
      most: 1.6,
      note,
    }),
  ];
}
