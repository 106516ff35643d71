/** The order to restart, given to programs that stand in for shutdown: this machine stays up. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orderRestart } from '../../../agent/edge/sessions/restart.ts';

describe('the order to restart', () => {
  let root = '';
  before(function () {
    if (!existsSync('/bin/sh')) this.skip();
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-restart-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function standIn(lines: string): string {
    const path = join(root, 'shutdown');
    writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    return path;
  }
  const ordered = (path: string | undefined, patienceMs = 20_000) =>
    orderRestart({ find: () => Promise.resolve(path), patienceMs });

  it('gives a minute and the reason, and nothing of this program’s own environment', async () => {
    const secret = 'LAPS_TEST_OF_RESTART';
    process.env[secret] = 'http://user:password@proxy.example';
    try {
      const path = standIn(`printf '%s\\n' "$@" > ${root}/words; /usr/bin/env > ${root}/env`);
      assert.deepEqual(await ordered(path), { kind: 'ordered' });
    } finally {
      delete process.env[secret];
    }
    assert.match(readFileSync(join(root, 'words'), 'utf8'), /^-r\n\+1\nlaps-agent restarts this machine/);
    const names = readFileSync(join(root, 'env'), 'utf8').match(/^\w+(?==)/gm) ?? [];
    // PWD and its like are the shell's own.
    assert.deepEqual(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort(), [
      'LC_ALL',
      'PATH',
    ]);
  });

  it('is given by a command that stays to count the minute as well', async () => {
    const path = standIn(`echo $$ > ${root}/pid; exec /bin/sleep 60`);
    assert.deepEqual(await ordered(path, 500), { kind: 'ordered' });
    const file = join(root, 'pid');
    while (!existsSync(file) || !readFileSync(file, 'utf8').endsWith('\n'))
      await new Promise((resolve) => setImmediate(resolve));
    process.kill(Number(readFileSync(file, 'utf8')));
  });

  it('has failed where there is no such command, where it cannot be started, and where it refuses', async () => {
    assert.deepEqual(await ordered(undefined), { kind: 'failed', hresult: 0x80070002 });
    for (const path of [join(root, 'absent'), standIn('exit 1'), standIn('kill -9 $$')])
      assert.deepEqual(await ordered(path), { kind: 'failed', hresult: 0x8007001f }, path);
  });
});
