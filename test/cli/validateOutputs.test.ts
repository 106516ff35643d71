/** `laps validate` for machines: SARIF against its published schema, GitHub annotations. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { uriOf } from '../../agent/cli/render/sarif.ts';
import { verb } from '../../agent/cli/validate.ts';
import { rules } from '../../agent/core/policy/rules/rules.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/policies/', import.meta.url));
const validate = (args: readonly string[], init: FakeFaceInit = {}) => runVerb(verb, { cwd: fixtures, ...init, args });

/** The schema as OASIS published it, carried by a development dependency; its dialect is draft-04. */
function publishedSchema(): object {
  const require = createRequire(import.meta.url);
  const { id: _id, $schema: _dialect, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  return schema;
}

describe('laps validate --format sarif', () => {
  const check = new Ajv({
    strict: false,
    validateFormats: false,
    // One of its patterns is only an expression in the old, lenient grammar.
    unicodeRegExp: false,
    allErrors: true,
  }).compile(publishedSchema());
  const sarif = async (args: readonly string[], init: FakeFaceInit = {}) => {
    const run = await validate(args, { ...init, options: { format: 'sarif', ...init.options } });
    assert.ok(check(JSON.parse(run.stdout)), JSON.stringify(check.errors));
    const log = JSON.parse(run.stdout);
    return { ...run, log, results: log.runs[0].results };
  };

  it('is valid against the published schema for every fixture at once', async () => {
    const { results, log } = await sarif(['ok', 'err'], { options: { format: 'sarif', baseline: 'cis' } });
    assert.ok(results.length > 50);
    assert.ok(log.runs[0].tool.driver.rules.length > rules.length, 'the rules of the baseline are told too');
    for (const { ruleId, ruleIndex } of results) assert.equal(log.runs[0].tool.driver.rules[ruleIndex].id, ruleId);
  });

  it('shows the place, the level, and the rule with its documentation', async () => {
    const { results, log, status } = await sarif(['err/unknown-setting.json']);
    assert.equal(status, 1);
    const { artifactLocation, region } = results[0].locations[0].physicalLocation;
    assert.deepEqual(
      [results[0].ruleId, results[0].level, artifactLocation.uri],
      ['LAPS007', 'error', 'err/unknown-setting.json'],
    );
    assert.deepEqual(region, { startLine: 3, startColumn: 3, endLine: 3, endColumn: 19 });
    assert.match(
      results[0].message.text,
      /PasswordLenght is not a setting.*; the device ignores it\. Hint: did you mean PasswordLength\?/,
    );
    assert.ok(log.runs[0].tool.driver.rules[results[0].ruleIndex].help.text.length > 40);
  });

  it('tells what could not be read, what is accepted and why, and standard input', async () => {
    const unread = await sarif(['none.json', 'ok/minimal.json']);
    assert.equal(unread.status, 3);
    const [invocation] = unread.log.runs[0].invocations;
    assert.deepEqual([invocation.executionSuccessful, invocation.exitCode], [false, 3]);
    assert.match(invocation.toolExecutionNotifications[0].message.text, /none\.json/);
    const stdin =
      '{\n  // laps-accept unknown-setting: the next version knows it\n  "PasswordLenght": 8, "BackupDirectory": 0\n}';
    const { results } = await sarif(['-'], { stdin });
    const accepted = results.find((result: { ruleId: string }) => result.ruleId === 'LAPS007');
    assert.equal(accepted.suppressions[0].justification, 'the next version knows it');
    assert.equal(accepted.suppressions[0].kind, 'inSource');
    assert.equal(accepted.locations[0].physicalLocation.artifactLocation.uri, undefined);
  });

  it('tells what an ignore file accepts as accepted outside the source', async () => {
    const { results } = await sarif(['err/ignore-file']);
    const kinds = results.flatMap(({ suppressions = [] }: { suppressions?: Array<{ kind: string }> }) =>
      suppressions.map(({ kind }) => kind),
    );
    assert.deepEqual([...new Set(kinds)], ['external']);
  });

  it('writes paths as URI references', () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ['./a b/ü.json', 'a%20b/%C3%BC.json'],
      ['/srv/x#1.json', 'file:///srv/x%231.json'],
      ['C:\\p\\x.json', 'file:///C:/p/x.json'],
      ['../x%.json', '../x%25.json'],
      ['\ud800.json', '%EF%BF%BD.json'],
    ];
    for (const [path, uri] of cases) assert.equal(uriOf(path, true), uri);
    assert.equal(uriOf('back\\slash.json', false), 'back%5Cslash.json');
    assert.equal(uriOf('p/a\udce4b.json', false), 'p/a%E4b.json');
  });
});

describe('laps validate --format github', () => {
  const github = (args: readonly string[], init: FakeFaceInit = {}) =>
    validate(args, { ...init, options: { format: 'github', ...init.options } });

  it('makes one annotation of each finding, at its place', async () => {
    const { stdout, status } = await github(['err/unknown-setting.json']);
    assert.equal(status, 1);
    assert.equal(
      stdout,
      '::error file=err/unknown-setting.json,line=3,col=3,endLine=3,endColumn=19,title=LAPS007 unknown-setting::PasswordLenght is not a setting of Windows LAPS%0Athe device ignores it%0Ahint: did you mean PasswordLength?\n1 file, 1 error, 0 warnings\n',
    );
  });

  it('lets no file open a command of its own', async () => {
    const stdin = JSON.stringify({ 'x\n::error::stolen': 1, 'a%0A::b,c:d': 2 });
    const lines = (await github(['-'], { stdin })).stdout.trimEnd().split('\n');
    for (const line of lines.slice(0, -1)) assert.match(line, /^::(error|warning|notice) line=\d+,/);
    assert.ok(lines.some((line) => line.includes('a%250A')));
  });

  it('annotates what cannot be read, and ends with 3', async () => {
    const { stdout, status } = await github(['a,b:c.json']);
    assert.equal(status, 3);
    assert.match(stdout, /^::error file=a%2Cb%3Ac\.json,title=ERR_LAPS_NO_SUCH_FILE::/);
  });

  it('takes a backslash for a letter of the name where it is one', async () => {
    const { stdout } = await github(['back\\slash.json']);
    assert.match(stdout, /^::error file=back\\slash\.json,/);
  });
});
