/** `laps diff`: status, words and JSON; what is a difference is core's. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verb } from '../../agent/cli/diff.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

describe('laps diff', () => {
  let cwd: string;
  const put = (name: string, content: unknown): void =>
    writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));
  const diff = (a: string, b: string, init: FakeFaceInit = {}) => runVerb(verb, { cwd, ...init, args: [a, b] });

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'laps-diff-'));
    put('a.json', { BackupDirectory: 1 });
    put('b.json', { BackupDirectory: 1, AdministratorAccountName: 'x\u007f', PasswordAgeDays: 14 });
  });
  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  it('takes an empty path for no path', async () => {
    const run = await diff('', 'a.json');
    assert.deepEqual([run.status, run.error?.code], [2, 'ERR_LAPS_USAGE']);
  });

  it('ends with 0 when nothing changes, whatever the text', async () => {
    put('c.jsonc', '// the default, said aloud\n{ "BackupDirectory": 1, "PasswordLength": 14 }');
    const run = await diff('a.json', 'c.jsonc');
    assert.deepEqual([run.status, run.stdout], [0, 'a.json and c.jsonc make a device do the same\n']);
    assert.equal(JSON.parse((await diff('a.json', 'c.jsonc', { json: true })).stdout).same, true);
  });

  it('ends with 1 when something does, and tells both sides and the rotation', async () => {
    const { status, stdout } = await diff('a.json', 'b.json');
    assert.equal(status, 1);
    assert.match(
      stdout,
      /AdministratorAccountName {2}\(empty: the built-in Administrator; default\)\n {28}-> "x\\x7f"\n/,
    );
    assert.match(stdout, /PasswordAgeDays +30 days \(default\) -> 14 days\n/);
    assert.match(stdout, /the next cycle makes a new password \(0x14 in event 10015\): another/);
    const said = JSON.parse((await diff('a.json', 'b.json', { json: true })).stdout);
    assert.deepEqual([said.rotation.next, said.rotation.mask, said.changes.length], ['yes', 20, 2]);
  });

  it('says that both do nothing, where they do', async () => {
    put('c.json', { BackupDirectory: 2, PasswordLength: 20 });
    const { status, stdout } = await diff('a.json', 'c.json', { options: { os: '10.0.14393' } });
    assert.equal(status, 0);
    assert.match(stdout, /^a\.json and c\.json make .* the same, and that is nothing: Windows 10\.0\.14393 has no/);
  });

  it('tells the reason of each side, where both do nothing for different ones', async () => {
    put('named.json', { BackupDirectory: 1, AdministratorAccountName: 'a/b' });
    put('off.json', { BackupDirectory: 0 });
    const { status, stdout } = await diff('named.json', 'off.json');
    assert.equal(status, 0);
    assert.match(
      stdout,
      /and that is nothing: under named\.json, .* \/; .*; under off\.json, BackupDirectory is 0: nothing/,
    );
  });

  it('never calls nothing what the older LAPS may follow', async () => {
    const options = { os: '10.0.14393', joinType: 'hybrid' };
    put('legacy.json', { AdmPwdEnabled: 1, PasswordLength: 14 });
    const same = await diff('legacy.json', 'legacy.json', { options });
    assert.equal(same.status, 0);
    assert.match(
      same.stdout,
      /^legacy\.json and legacy\.json make a device do the same: .*only the older Microsoft LAPS/,
    );
    const other = await diff('a.json', 'legacy.json', { options });
    assert.equal(other.status, 1);
    assert.match(other.stdout, /PasswordLength +not used -> 14 characters\n/);
  });

  it('compares folders as a device reads them, and a file with a folder', async () => {
    mkdirSync(join(cwd, 'p'));
    put('p/csp.json', { BackupDirectory: 1 });
    put('p/gpo.json', { BackupDirectory: 2 });
    assert.equal((await diff('a.json', 'p')).status, 0);
  });

  it('reads one of the two from standard input', async () => {
    const stdin = '{ "BackupDirectory": 1 }';
    assert.equal((await diff('-', 'a.json', { stdin })).status, 0);
    assert.equal((await diff('-', '-', { stdin })).status, 2);
  });

  it('takes a side of which nothing says the root for the root of the other', async () => {
    const policy = '{ "BackupDirectory": 2, "PostAuthenticationActions": 0, "ADBackupDSRMPassword": true }';
    const options = { joinType: 'hybrid' };
    put('gpo.json', policy);
    put('new.json', policy);
    const piped = await diff('-', 'gpo.json', { stdin: policy, options });
    assert.deepEqual(
      [piped.status, piped.stdout],
      [0, '- (taken for GPO like the other) and gpo.json make a device do the same\n'],
    );
    assert.equal((await diff('gpo.json', 'new.json', { options })).status, 0);
    mkdirSync(join(cwd, 'p'));
    put('p/gpo.json', policy);
    assert.equal((await diff('new.json', 'p', { options })).status, 0);
    // Where both say one, a change of the root stays one; where neither does, both are judged alike.
    put('csp.json', policy);
    assert.equal((await diff('csp.json', 'gpo.json', { options })).status, 1);
    assert.equal((await diff('-', 'new.json', { stdin: policy, options })).status, 0);
  });

  it('judges both sides as the root that is given, or each as its own', async () => {
    const given = (...root: string[]) => ({ options: { joinType: 'hybrid', root } });
    put('with.json', { BackupDirectory: 2, ADBackupDSRMPassword: true });
    put('without.json', { BackupDirectory: 2 });
    assert.equal((await diff('with.json', 'without.json', given())).status, 0);
    const gpo = await diff('with.json', 'without.json', given('gpo'));
    assert.match(gpo.stdout, /with\.json \(GPO\)[\s\S]*ADBackupDSRMPassword +true -> false \(default\)/);
    assert.match((await diff('a.json', 'a.json', given('csp', 'gpo'))).stdout, /from another root: CSP, then GPO/);
    assert.equal((await diff('a.json', 'a.json', given('csp', 'csp', 'gpo'))).status, 2);
    put('keyed.json', { './Device/Vendor/MSFT/LAPS/Policies': { BackupDirectory: 1 } });
    assert.match((await diff('keyed.json', 'a.json', given('gpo'))).stdout, /from another root: CSP, then GPO/);
    const both = await diff('keyed.json', 'keyed.json', given('gpo'));
    assert.deepEqual([both.status, both.error?.hint], [2, 'leave --root out']);
    const contradicted = await diff('keyed.json', 'a.json', given('gpo', 'gpo'));
    assert.match(contradicted.error?.message ?? '', /keyed\.json holds is keyed for the root CSP/);
  });

  it('judges for the build and the join type', async () => {
    put('c.json', { BackupDirectory: 1, PasswordComplexity: 7 });
    assert.equal((await diff('a.json', 'c.json')).status, 1);
    assert.equal((await diff('a.json', 'c.json', { options: { os: '10.0.22631' } })).status, 0);
    put('d.json', { BackupDirectory: 2 });
    const { windows } = JSON.parse(
      (await diff('a.json', 'd.json', { json: true, options: { joinType: 'hybrid' } })).stdout,
    );
    assert.deepEqual([windows.before.manages, windows.after.manages], [true, true]);
  });

  it('compares nothing that a device would not take', async () => {
    put('bad.json', '{ "PasswordLength": "14" }');
    const run = await diff('a.json', 'bad.json');
    assert.deepEqual([run.status, run.error?.code, run.stdout], [1, 'ERR_LAPS_POLICY_UNREADABLE', '']);
    assert.equal((await diff('a.json', 'none')).status, 3);
    assert.equal((await runVerb(verb, { cwd, args: ['a.json'] })).status, 2);
  });
});
