/** `laps validate`: goldens, exit status, JSON, and wrong words. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verb } from '../../agent/cli/validate.ts';
import { placeInJson } from '../../agent/core/jsonPlace.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

const folder = (name: string): string => fileURLToPath(new URL(`../../fixtures/policies/${name}`, import.meta.url));
const validate = (args: readonly string[], init: FakeFaceInit = {}) =>
  runVerb(verb, { cwd: folder('err'), ...init, args });

/** A member of a JSON document, by path. */
function pick(document: unknown, ...path: Array<string | number>): unknown {
  return path.reduce<unknown>((value, key) => {
    if (value === null || typeof value !== 'object') return undefined;
    return Object.entries(value).find(([name]) => name === String(key))?.[1];
  }, document);
}

/** Options as a person types them: `x.args` beside a fixture, one line of words. */
function optionsFor(path: string): Record<string, unknown> {
  if (!existsSync(`${path}.args`)) return {};
  const words = readFileSync(`${path}.args`, 'utf8').trim().split(/\s+/);
  const options: Record<string, unknown> = {};
  for (const [index, word] of words.entries())
    if (word.startsWith('--')) {
      const next = words[index + 1];
      const name = word.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      options[name] = next === undefined || next.startsWith('--') ? true : next;
    }
  return options;
}

/** Every policy file and every folder of several; beside them lie `.out`, `.args` and hidden files. */
const subjects = (name: string): string[] =>
  readdirSync(folder(name)).filter((each) => !/\.(out|args)$/.test(each) && !each.startsWith('.'));

describe('laps validate, goldens', () => {
  for (const name of subjects('ok'))
    it(`finds nothing in ok/${name}`, async () => {
      const run = await validate([name], { cwd: folder('ok'), options: optionsFor(join(folder('ok'), name)) });
      assert.equal(run.status, 0);
      assert.match(run.stdout, /^\d+ files?, 0 errors, 0 warnings(, \d+ accepted)?\n$/);
    });

  for (const name of subjects('err'))
    it(`prints what err/${name}.out says`, async () => {
      const golden = join(folder('err'), `${name}.out`);
      const run = await validate([name], { options: optionsFor(join(folder('err'), name)) });
      if (process.env['LAPS_UPDATE_GOLDENS'] !== undefined) writeFileSync(golden, run.stdout);
      assert.equal(run.stdout, readFileSync(golden, 'utf8'));
      assert.equal(run.status, /\b0 errors\b/.test(run.stdout) ? 0 : 1);
    });
});

describe('laps validate', () => {
  it('prints the JSON of contract 3, one document, and nothing else', async () => {
    const run = await validate(['unknown-setting.json'], { json: true });
    assert.equal(run.status, 1);
    assert.equal(run.stderr, '');
    assert.deepEqual(pick(run.json, 'summary'), { errors: 1, warnings: 0, infos: 0, accepted: 0 });
    const file = pick(run.json, 'files', 0);
    assert.deepEqual(
      [pick(file, 'path'), pick(file, 'format'), pick(file, 'root')],
      ['unknown-setting.json', 'native', 'CSP'],
    );
    const finding = pick(file, 'findings', 0);
    const expected = {
      rule: 'LAPS007',
      name: 'unknown-setting',
      severity: 'error',
      setting: 'PasswordLenght',
      line: 3,
      column: 3,
    };
    for (const [key, value] of Object.entries({ ...expected, endLine: 3, endColumn: 19 }))
      assert.equal(pick(finding, key), value, key);
  });

  it('gives every finding in an export a pointer that leads somewhere in it', async () => {
    const names = subjects('err').filter((name) => /^(intune-(?!9-)|custom-profile).*\.json$/.test(name));
    assert.ok(names.length > 15);
    for (const name of names) {
      const text = readFileSync(join(folder('err'), name), 'utf8');
      const { files } = JSON.parse((await validate([name], { json: true })).stdout);
      for (const { pointer, message } of files[0].findings)
        assert.ok(placeInJson(text, String(pointer)), `${name}: ${message} at ${pointer}`);
    }
  });

  it('takes --format json as --json', async () => {
    const run = await validate(['empty.json'], { options: { format: 'json' } });
    assert.equal(pick(run.json, 'summary', 'errors'), 1);
  });

  it('judges the other files when one is missing, and then ends with 3', async () => {
    const run = await validate(['none.json', 'unknown-setting.json']);
    assert.equal(run.status, 3);
    assert.equal(run.error?.code, 'ERR_LAPS_NO_SUCH_FILE');
    assert.match(run.stdout, /1 file, 1 error/);
    const json = await validate(['none.json', 'unknown-setting.json'], { json: true });
    assert.deepEqual([json.status, json.error], [3, undefined]);
    assert.equal(pick(json.json, 'error', 'code'), 'ERR_LAPS_NO_SUCH_FILE');
    assert.equal(pick(json.json, 'summary', 'errors'), 1);
  });

  it('refuses a file of 20 MB', async () => {
    const place = mkdtempSync(join(tmpdir(), 'laps-validate-'));
    try {
      writeFileSync(join(place, 'big.json'), `{ "a": "${'x'.repeat(20_000_000)}" }`);
      const run = await validate(['big.json'], { cwd: place });
      assert.equal(run.status, 1);
      assert.match(run.stdout, /LAPS002 too-large/);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it('names no root that nothing names', async () => {
    const rootOf = async (name: string, options: Record<string, unknown> = {}): Promise<unknown> =>
      pick((await validate([name], { json: true, options })).json, 'files', 0, 'root');
    assert.equal(await rootOf('other-product.reg'), null);
    assert.equal(await rootOf('other-product.reg', { root: 'gpo' }), 'GPO');
    assert.equal(await rootOf('unknown-setting.json'), 'CSP');
  });

  it('says of what is no policy at all which shapes there are', async () => {
    for (const stdin of ['Set-LapsADPasswordExpirationTime\n', '\n  BackupDirectory: 1', '# note']) {
      const run = await validate(['-'], { stdin, json: true });
      assert.match(String(pick(run.json, 'files', 0, 'findings', 0, 'message')), /none of the shapes/);
      assert.match(String(pick(run.json, 'files', 0, 'findings', 0, 'hint')), /a \.reg file/);
    }
  });

  it('makes warnings count with --strict only', async () => {
    const stdin = '{ "BackupDirectory": 1, "PassphraseLength": 5 }';
    assert.equal((await validate(['-'], { stdin })).status, 0);
    assert.equal((await validate(['-'], { stdin, options: { strict: true } })).status, 1);
  });

  it('reads standard input, judges as the root, the build and the join type it is told', async () => {
    const stdin = '{ "BackupDirectory": 2, "ADBackupDSRMPassword": 1, "PasswordComplexity": 7 }';
    const names = async (options: Record<string, string>): Promise<string[]> => {
      const run = await validate(['-'], { stdin, options, json: true });
      const findings = pick(run.json, 'files', 0, 'findings');
      return Array.isArray(findings) ? findings.map((finding) => String(pick(finding, 'name'))) : [];
    };
    assert.deepEqual(await names({}), ['not-in-this-root']);
    assert.deepEqual(await names({ root: 'gpo' }), []);
    assert.deepEqual(await names({ root: 'gpo', os: '10.0.22631' }), ['newer-than-os']);
    assert.deepEqual(await names({ root: 'gpo', joinType: 'entra' }), ['gpo-on-entra-only', 'directory-unreachable']);
  });

  it('never lets a file write to the terminal', async () => {
    const run = await validate(['-'], { stdin: '{ "a\u202e\u2028": 1, "b\\u001b[2J": 1 }' });
    // biome's rule against control characters in patterns is right; look at the characters instead.
    assert.ok(Array.from(run.stdout).every((character) => character === '\n' || character >= ' '));
    assert.ok(!run.stdout.includes('\u202e') && !run.stdout.includes('\u2028'));
  });

  it('colours only when told', async () => {
    assert.ok(!(await validate(['empty.json'])).stdout.includes('\u001b'));
    assert.ok((await validate(['unknown-setting.json'], { color: true })).stdout.includes('\u001b[31merror'));
  });

  it('answers words it does not understand with status 2 and what it would', async () => {
    const wrong: Array<Record<string, unknown>> = [
      { root: 'mdm' },
      { os: '24H2' },
      { joinType: 'workgroup' },
      { format: 'xml' },
      { baseline: 'sic' },
    ];
    for (const options of wrong) {
      const run = await validate(['empty.json'], { options });
      assert.deepEqual([run.status, run.error?.code], [2, 'ERR_LAPS_USAGE'], JSON.stringify(options));
      assert.ok(run.error?.hint);
    }
    assert.equal((await validate([])).status, 2);
  });

  it('takes an empty path for no path, not for the folder that it stands in', async () => {
    const run = await validate(['empty.json', '']);
    assert.deepEqual([run.status, run.error?.code, run.stdout], [2, 'ERR_LAPS_USAGE', '']);
    assert.match(run.error?.hint ?? '', /variable has no value/);
  });

  it('holds files to every baseline that is named, and refuses two that cannot be told apart', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'laps-baselines-'));
    try {
      const own = (id: string): string =>
        JSON.stringify({ name: 'own', source: 'x', requirements: [{ id, setting: 'PasswordAgeDays', maximum: 7 }] });
      writeFileSync(join(cwd, 'a.json'), own('age'));
      writeFileSync(join(cwd, 'b.json'), own('age'));
      writeFileSync(join(cwd, 'csp.json'), '{ "BackupDirectory": 1, "PasswordLength": 12 }');
      const rulesOf = async (...baseline: string[]): Promise<string[]> => {
        const { stdout } = await validate(['csp.json'], { cwd, json: true, options: { baseline } });
        return JSON.parse(stdout).files[0].findings.map(({ rule }: { rule: string }) => rule.split('/')[0]);
      };
      const both = await rulesOf('cis', './a.json', 'cis');
      assert.ok(both.includes('own') && both.includes('cis'), both.join());
      assert.ok(!(await rulesOf('cis')).includes('own'));
      const twice = await validate(['csp.json'], { cwd, options: { baseline: ['./a.json', './b.json'] } });
      assert.deepEqual([twice.status, twice.error?.code], [2, 'ERR_LAPS_USAGE']);
      assert.match(twice.error?.message ?? '', /two of the baselines have a requirement own\/age/);
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
