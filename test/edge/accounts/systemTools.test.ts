import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createSystemTools, saidBy, type ToolEnd } from '../../../agent/edge/accounts/systemTools.ts';

const sh = '/bin/sh';
const timeoutMs = 20_000;
const end = (more: Partial<ToolEnd>): ToolEnd => ({
  ...{ status: 1, timedOut: false, delivered: true, stdout: '', stderr: '' },
  ...more,
});

function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'latin1'));
}

describe('a program of the system', () => {
  before(function () {
    if (process.platform !== 'linux' || !existsSync(sh)) this.skip();
  });

  it('is looked for where only root can put it, not in the caller’s PATH', async () => {
    const tools = createSystemTools();
    assert.match((await tools.find('sh')) ?? '', /^\/(usr\/)?bin\/sh$/);
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      assert.notEqual(await tools.find('sh'), undefined);
    } finally {
      process.env['PATH'] = PATH;
    }
    assert.equal(await tools.find('laps-no-such-program'), undefined);
  });

  it('gets its input whole, an environment of three words, and nothing more', async () => {
    const stdin = Buffer.from('the input\n');
    const told = await createSystemTools().run({ path: sh, words: ['-c', 'cat; env; pwd'], stdin, timeoutMs });
    assert.deepEqual([told.status, told.delivered], [0, true]);
    assert.match(told.stdout, /^the input\n/);
    assert.deepEqual(
      told.stdout
        .split('\n')
        .filter((line) => /^[A-Z_]+=/.test(line) && !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))
        .map((line) => line.split('=')[0])
        .sort(),
      ['LC_ALL', 'PATH'],
    );
    // Wiped once it was delivered.
    assert.deepEqual(stdin, Buffer.alloc(stdin.length));
  });

  it('that reads nothing is no crash, and its status is told', async () => {
    const stdin = Buffer.alloc(4 * 1024 * 1024, 'x');
    const told = await createSystemTools().run({ path: sh, words: ['-c', 'exec <&-; exit 7'], stdin, timeoutMs });
    assert.deepEqual([told.status, told.delivered], [7, false]);
  });

  it('that takes too long is ended with everything it started', async () => {
    const pids: number[] = [];
    const script = 'sleep 300 & echo $!; sleep 300';
    const told = await createSystemTools().run({
      path: sh,
      words: ['-c', script],
      timeoutMs: 300,
      onStarted: (pid) => pids.push(pid),
    });
    assert.deepEqual([told.status, told.timedOut], [null, true]);
    pids.push(Number(told.stdout.trim()));
    // The kernel ends them a moment later; whether somebody buries them is not ours to say.
    while (pids.some(isRunning)) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(pids.length, 2);
  });

  it('that cannot be started is an error of ours', async () => {
    await assert.rejects(createSystemTools().run({ path: '/no/such/program', words: [], timeoutMs }), {
      code: 'ERR_LAPS_ACCOUNT_REFUSED',
    });
  });
});

describe('what a program said', () => {
  it('is one clean line, or why there is none', () => {
    assert.equal(saidBy(end({ stderr: 'chpasswd: (user a)\n\u001b[31m bad\u202e\n' })), '(user a) [31m bad');
    assert.equal(saidBy(end({ stdout: 'on the other stream' })), 'on the other stream');
    assert.match(saidBy(end({})), /ended with 1/);
    assert.match(saidBy(end({ timedOut: true, status: null })), /too long/);
  });

  it('is left out when it holds a part of the password, in whatever form, and wherever it would be cut', () => {
    const password = 'Pl4nted-Secret-9';
    for (const stderr of [
      'BAD PASSWORD: Pl4nted-Secr',
      `${'x'.repeat(290)} ${password}`,
      `${'x'.repeat(330)} ${password}`,
      `no: ${Buffer.from(password).toString('base64')}`,
      'no: PL4NTED-SECRET-9',
      'no: Pl4nted-\u0001Secret-9',
    ])
      assert.match(saidBy(end({ stderr }), password), /is left out/, stderr);
    assert.equal(saidBy(end({ stderr: 'BAD PASSWORD: too short' }), password), 'BAD PASSWORD: too short');
    assert.equal(saidBy(end({ stderr: 'no such user' }), ''), 'no such user');
  });

  it('is left out when it holds the password', () => {
    assert.ok(
      !saidBy(end({ stderr: 'BAD PASSWORD: Pl4nted-Secret-9 is short' }), 'Pl4nted-Secret-9').includes('Pl4nted'),
    );
  });
});
