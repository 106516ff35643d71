/**
 * What it costs to check policies: a thousand files in one run, and one file from a cold start (issue 3, shown 4).
 *
 * Knows: the aims: native files within 3 times a bare JSON.parse and compiled ajv, one cold file at least 2.5 times as
 * fast as ajv-cli on the same file. Promises: every side is a fresh process; the files are drawn by a seed. Must never:
 * run inside the suite.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { WritableFormat } from '../../agent/core/policy/document.ts';
import { writableFormats, writePolicy } from '../../agent/core/policy/formats/write.ts';
import { inTurn, median, type Row, rowOfPairs } from './report.ts';
import { program, root, type Site } from './site.ts';
import { type Chance, chanceOf, oneOf } from './support/chance.ts';

const fileCount = 1000;
const endings: Readonly<Record<WritableFormat, string>> = {
  native: 'json',
  reg: 'reg',
  pol: 'pol',
  syncml: 'xml',
  omauri: 'json',
  intune: 'json',
  lgpo: 'txt',
};

/** A policy without a fault, so that reading and judging are measured and not the printing of findings. */
function soundPolicy(chance: Chance): Array<{ readonly name: string; readonly value: number | string }> {
  const between = (least: number, most: number): number => least + Math.floor(chance() * (most - least + 1));
  return [
    { name: 'BackupDirectory', value: 1 },
    { name: 'AdministratorAccountName', value: `admin${between(1, 9999)}` },
    { name: 'PasswordAgeDays', value: between(7, 60) },
    { name: 'PasswordComplexity', value: oneOf(chance, [4, 5]) },
    { name: 'PasswordLength', value: between(15, 64) },
    { name: 'PostAuthenticationResetDelay', value: between(1, 24) },
    { name: 'PostAuthenticationActions', value: oneOf(chance, [1, 3]) },
  ];
}

/** A folder of policies, the formats in turn. */
function makeFolder(site: Site, name: string, formats: readonly WritableFormat[]): string {
  const folder = site.path(name);
  mkdirSync(folder);
  const chance = chanceOf(3, name);
  for (let at = 0; at < fileCount; at++) {
    const format = formats[at % formats.length] ?? 'native';
    const { bytes } = writePolicy({ format, root: 'CSP', settings: soundPolicy(chance) });
    writeFileSync(join(folder, `p${String(at).padStart(4, '0')}.${endings[format]}`), bytes);
  }
  return folder;
}

function runMs(words: readonly string[], status = 0): number {
  const started = performance.now();
  const ended = spawnSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const took = performance.now() - started;
  if (ended.status !== status)
    throw new Error(`${words.join(' ')} ended with ${ended.status}: ${ended.stdout}${ended.stderr}`);
  return took;
}

/** A thousand native files against the floor; a thousand of all shapes, told without one, since nothing else reads them. */
async function manyRows(site: Site, count: number): Promise<readonly Row[]> {
  const native = makeFolder(site, 'native-policies', ['native']);
  const mixed = makeFolder(site, 'mixed-policies', writableFormats);
  const floorScript = join(root, 'test/bench/floors/ajvOverFiles.mjs');
  const ours = (): number => runMs([program, 'validate', '--format', 'json', native]);
  const floor = (): number => runMs([floorScript, native]);
  const all = (): number => runMs([program, 'validate', '--format', 'json', mixed]);
  for (const warm of [ours, floor, all]) warm();
  const mixedMs = median(Array.from({ length: count }, all));
  return [
    rowOfPairs(await inTurn(count, ours, floor), {
      what: `laps validate, ${fileCount} native files`,
      unit: 'ms',
      most: 3,
      note: 'a fresh process each, against JSON.parse and one validator compiled beforehand over the same files',
    }),
    {
      what: `laps validate, ${fileCount} files of seven shapes`,
      measured: `${mixedMs.toFixed(1)} ms`,
      floor: '',
      ratio: undefined,
      aim: '',
      met: undefined,
      note: `one run, ${writableFormats.join(', ')} in turn; ${count} runs`,
    },
  ];
}

/** One file from a cold start, against the general checker that authors would otherwise use. */
async function coldRow(count: number): Promise<Row> {
  const ajvCli = join(dirname(createRequire(import.meta.url).resolve('ajv-cli/package.json')), 'dist/index.js');
  const file = 'policies/csp.json';
  const ours = (): number => runMs([program, 'validate', file]);
  const floor = (): number => runMs([ajvCli, 'validate', '-s', 'policies/laps.schema.json', '-d', file]);
  for (const warm of [ours, floor]) warm();
  return rowOfPairs(await inTurn(count, ours, floor), {
    what: `laps validate ${file}, cold`,
    unit: 'ms',
    most: 0.4,
    note: 'a fresh process each, against ajv-cli with laps.schema.json on the same file; 0.4 is 2.5 times as fast',
  });
}

/** The rows about policies. */
export async function measurePolicies(site: Site, quick: boolean): Promise<readonly Row[]> {
  return [...(await manyRows(site, quick ? 5 : 15)), await coldRow(quick ? 11 : 41)];
}
