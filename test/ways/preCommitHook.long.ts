/**
 * The README's pre-commit hook, word for word, in a repository of its own: it judges what is staged, and policies only.
 *
 * `npx` is a stand-in that runs the built command when told to install nothing, and does without a terminal what npx
 * does otherwise: whatever a stranger called that. Everything else is git's and the shell's own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../support/lapsProcess.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const hook = /```\n(#!\/bin\/sh\n[\s\S]*?)```/.exec(readFileSync(join(project, 'README.md'), 'utf8'))?.[1] ?? '';
const good = '{ "BackupDirectory": 1 }\n';
const bad = '{ "BackupDirectory": 1, "PasswordLength": 7 }\n';
const awkward = 'policies/a folder/Ünïcode "policy".json';

describe("the README's pre-commit hook", () => {
  let place: string;
  let repository: string;
  const put = (name: string, content: string): void => writeFileSync(join(repository, name), content);
  function git(...words: string[]): { readonly status: number | null; readonly said: string } {
    const { PATH = '' } = process.env;
    const env = { PATH: `${join(place, 'bin')}${delimiter}${PATH}`, HOME: place, GIT_CONFIG_NOSYSTEM: '1' };
    const run = spawnSync('git', words, { cwd: repository, env, encoding: 'utf8' });
    return { status: run.status, said: `${run.stdout}${run.stderr}` };
  }
  const commit = (...words: string[]) => git('commit', '--message', 'x', ...words);

  before(function () {
    if (spawnSync('git', ['--version']).status !== 0) {
      if (this.test !== undefined) this.test.title += ': skipped, there is no git';
      this.skip();
    }
  });

  beforeEach(() => {
    place = mkdtempSync(join(realpathSync(tmpdir()), 'laps-hook '));
    repository = join(place, 'a repository');
    mkdirSync(join(repository, 'policies/a folder'), { recursive: true });
    mkdirSync(join(place, 'bin'));
    writeFileSync(
      join(place, 'bin/npx'),
      `#!/bin/sh\n[ "$1 $2" = "--no laps" ] || exit 0\nshift 2\nexec "${process.execPath}" "${bundle}" "$@"\n`,
    );
    chmodSync(join(place, 'bin/npx'), 0o755);
    git('init', '--quiet');
    git('config', 'user.email', 'x@contoso.test');
    git('config', 'user.name', 'x');
    put('.git/hooks/pre-commit', hook);
    chmodSync(join(repository, '.git/hooks/pre-commit'), 0o755);
  });
  afterEach(() => {
    rmSync(place, { recursive: true });
  });

  it('has three lines at most', () => {
    assert.ok(hook.trimEnd().split('\n').length <= 3);
  });

  it('lets policies pass, and what lies beside them', () => {
    for (const name of ['settings.json', 'laps.schema.json', 'baseline.schema.json', 'baselines', 'README.md'])
      cpSync(join(project, 'policies', name), join(repository, 'policies', name), { recursive: true });
    put('policies/csp.json', good);
    put(awkward, good);
    git('add', '--all');
    const { status, said } = commit();
    assert.equal(status, 0, said);
    assert.match(said, /2 files, 0 errors, 0 warnings/);
  });

  it('stops what is staged and wrong, whatever the name and whatever lies in the folder', () => {
    put('policies/csp.json', good);
    put(awkward, bad);
    git('add', '--all');
    put(awkward, good);
    const stopped = commit();
    assert.equal(stopped.status, 1, stopped.said);
    assert.match(stopped.said, /policies\/a folder\/Ünïcode "policy"\.json:1:43 error/);
    git('add', '--all');
    put('policies/csp.json', bad);
    const passed = commit();
    assert.equal(passed.status, 0, passed.said);
    assert.equal(commit('--all').status, 1);
  });

  it('lets the whole folder go, with and without exceptions beside it, and stops where git itself fails', () => {
    put('policies/csp.json', good);
    put('.lapsaccept', '# none\n');
    git('add', '--all');
    commit();
    git('rm', '--quiet', '-r', 'policies');
    const kept = commit();
    assert.deepEqual([kept.status, /no such|cd:/i.test(kept.said)], [0, false], kept.said);
    git('rm', '--quiet', '.lapsaccept');
    put('other.txt', 'x');
    git('add', '--all');
    const gone = commit();
    assert.deepEqual([gone.status, /no such|cd:/i.test(gone.said)], [0, false], gone.said);
    const elsewhere = spawnSync('sh', [join(repository, '.git/hooks/pre-commit')], { cwd: place, encoding: 'utf8' });
    assert.notEqual(elsewhere.status, 0);
  });

  it('judges in a commit of some paths what that commit will hold', () => {
    put('policies/csp.json', good);
    git('add', '--all');
    commit();
    put('policies/csp.json', '{ "BackupDirectory": 1, "PasswordLength": 16 }\n');
    put('policies/other.json', bad);
    git('add', 'policies/other.json');
    const { status, said } = commit('policies/csp.json');
    assert.equal(status, 0, said);
  });
});
