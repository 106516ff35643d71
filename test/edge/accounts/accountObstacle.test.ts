/** What a look finds that would keep a real account from being changed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountObstacle } from '../../../agent/core/ports.ts';
import { accountObstacle } from '../../../agent/edge/accounts/accountObstacle.ts';
import { createProver } from '../../../agent/edge/accounts/prover.ts';
import type { ToolEnd } from '../../../agent/edge/accounts/systemTools.ts';

const mayDropPowers = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;
const module = (name: string): string => new URL(`../../../agent/edge/accounts/${name}.ts`, import.meta.url).href;
/** Runs the code with the powers that the service's unit leaves, and reads what it prints. */
function withoutPowers(code: string, word: string) {
  const powers = ['--no-new-privs', '--bounding-set=-all,+chown,+kill,+audit_write', '--inh-caps=-all'];
  const program = [process.execPath, '--import', 'tsx/esm', '--input-type=module', '--eval', code, word];
  const end = spawnSync('setpriv', [...powers, ...program], { encoding: 'utf8' });
  assert.equal(end.status, 0, end.stderr);
  return JSON.parse(end.stdout);
}

describe('what keeps a real account from being changed', () => {
  let etc = '';
  beforeEach(async () => {
    etc = await mkdtemp(join(tmpdir(), 'laps-obstacle-'));
    await writeFile(join(etc, 'shadow'), '');
  });
  afterEach(() => rm(etc, { recursive: true, force: true }));
  const look = (more: { kept?: string; folder?: string; unprovable?: string; unsafe?: AccountObstacle } = {}) =>
    accountObstacle({
      claims: { elsewhere: async () => more.kept, obstacle: async () => more.unsafe },
      locks: { obstacle: async () => undefined },
      prover: { obstacle: async () => more.unprovable },
      etc: more.folder ?? etc,
      shadowPath: join(more.folder ?? etc, 'shadow'),
      uid: 1001,
      shadow: { name: 'lapsadmin', field: '$y$hash' },
    });

  it('is nothing on a machine that is well', async () => assert.equal(await look(), undefined));

  it('is that what is kept about accounts cannot be believed, before what it says', async () => {
    const unsafe = { kind: 'unsafe', problem: 'it is not root’s', hint: 'chown' } as const;
    assert.deepEqual(await look({ kept: '/srv/b', unsafe }), unsafe);
  });

  it('is another data folder, before everything else', async () => {
    assert.deepEqual(await look({ kept: '/srv/b', unprovable: 'broken' }), { kind: 'kept', data: '/srv/b' });
  });

  it('is a folder or a file of accounts that cannot be written', async function () {
    if (process.platform !== 'linux') this.skip();
    const shut = await look({ folder: join(etc, 'gone') });
    assert.equal(shut?.kind, 'unwritable');
    await rm(join(etc, 'shadow'));
    assert.deepEqual(await look(), {
      kind: 'unwritable',
      path: join(etc, 'shadow'),
      problem: 'it cannot be written (ENOENT)',
      hint: `see what stands there: ls -ld ${join(etc, 'shadow')}`,
    });
    if (process.getuid?.() === 0) return;
    await writeFile(join(etc, 'shadow'), '');
    await chmod(join(etc, 'shadow'), 0o400);
    assert.equal((await look())?.kind, 'unwritable');
  });

  for (const [flag, what] of [
    ['i', 'immutable'],
    ['a', 'append-only'],
  ] as const)
    it(`is a file that is ${what}, also for root`, async function () {
      const path = join(etc, 'shadow');
      if (process.getuid?.() !== 0 || spawnSync('chattr', [`+${flag}`, path]).status !== 0) {
        console.log(`      skipped: nothing can be made ${what} here`);
        this.skip();
      }
      try {
        const problem = `it is ${what} (chattr -${flag} frees it)`;
        assert.deepEqual(await look(), { kind: 'unwritable', path, problem, hint: `sudo chattr -${flag} ${path}` });
      } finally {
        spawnSync('chattr', [`-${flag}`, path]);
      }
    });

  it('is a link where the file has to be', async function () {
    if (process.platform !== 'linux') this.skip();
    const path = join(etc, 'shadow');
    await rename(path, join(etc, 'elsewhere'));
    await symlink('elsewhere', path);
    const problem = 'it is a symbolic link, and the file itself has to be there';
    const hint = 'put the file in the place of the link';
    assert.deepEqual(await look(), { kind: 'unwritable', path, problem, hint });
  });

  it('is a file whose mode shuts root out, where it may not pass over modes', function () {
    if (!mayDropPowers) {
      console.log('      skipped: needs root and setpriv');
      this.skip();
    }
    for (const mode of ['000', '400']) {
      spawnSync('chmod', [mode, join(etc, 'shadow')]);
      const code = `const { shutFile } = await import(${JSON.stringify(module('accountObstacle'))}); console.log(JSON.stringify(await shutFile(process.argv[1]) ?? null));`;
      const looked = withoutPowers(code, join(etc, 'shadow'));
      assert.match(looked.problem, new RegExp(`^its mode \\(0${mode}\\) shuts out root too, and this process`));
      assert.match(looked.hint, /sudo laps service install .* sudo chmod u\+rw /);
    }
  });

  it('is told an error of its own where the accounts cannot even be read', function () {
    if (!mayDropPowers) {
      console.log('      skipped: needs root and setpriv');
      this.skip();
    }
    const path = join(etc, 'shadow');
    spawnSync('chmod', ['000', path]);
    const code = `const { createSystemFiles } = await import(${JSON.stringify(module('systemFiles'))}); try { await createSystemFiles({ etc: process.argv[1] }).read('shadow'); } catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
    assert.deepEqual(withoutPowers(code, etc), {
      code: 'ERR_LAPS_ACCOUNTS_SHUT',
      message: `${path}: its mode (0000) shuts out root too, and this process may not pass over that`,
    });
  });

  it('is a checker that does not work, asked without a password', async () => {
    const asked: string[][] = [];
    const answering = (status: number | null, found: readonly string[] = ['unix_chkpwd']) =>
      createProver({
        tools: {
          find: async (name) => (found.includes(name) ? `/usr/sbin/${name}` : undefined),
          async run({ words, stdin }): Promise<ToolEnd> {
            assert.equal(stdin, undefined);
            asked.push([...words]);
            return { status, timedOut: false, delivered: true, stdout: '-1\n', stderr: '' };
          },
        },
      });
    for (const status of [0, 7, 10, 12, 13, 20, 27])
      assert.equal(await answering(status).obstacle('managed', '$y$hash'), undefined, String(status));
    for (const status of [1, 4, 5, 9, 127, null]) {
      const problem = `/usr/sbin/unix_chkpwd does not work: it ended with ${status ?? 'a signal'} and no word`;
      assert.equal(await answering(status).obstacle('managed', '$y$hash'), problem);
    }
    assert.deepEqual(new Set(asked.map((words) => words.join(' '))), new Set(['managed chkexpiry']));
    assert.match((await answering(0, []).obstacle('managed', '$y$hash')) ?? '', /neither PAM nor Perl/);
    assert.equal(await answering(0, ['perl']).obstacle('managed', '$y$hash'), undefined);
  });
});
