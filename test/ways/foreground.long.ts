/** `laps run` in the foreground: a terminal, a container, a pipe. Which signals end it, and what does not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { at } from '../support/contractForms.ts';
import { isAlive } from '../support/lapsProcess.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

const bundle = fileURLToPath(new URL('../../dist/laps.js', import.meta.url));

describe('a daemon in the foreground', () => {
  let world: ProcessWorld;
  before(async () => {
    world = await createProcessWorld();
  });
  after(() => world.close());

  for (const signal of ['SIGHUP', 'SIGTERM'] as const)
    it(`ends in order on ${signal}, and its tenant with it`, async () => {
      const daemon = world.start(['run']);
      await daemon.says(/Ctrl-C ends it/);
      // A terminal that closes, and its shell, send one each.
      process.kill(daemon.pid, signal);
      const end = await daemon.stop(signal);
      assert.deepEqual([end.status, end.signal, end.stderr], [0, null, '']);
      assert.match(end.stdout, /10002 {2}laps-agent stopped\n$/);
    });

  it('goes on when its reader is gone, and opens no inspector when it is sent SIGUSR1', async () => {
    const child = spawn(process.execPath, [bundle, 'run'], {
      cwd: world.root,
      env: { PATH: process.env['PATH'], LAPS_DATA: world.data, LAPS_POLICIES: world.policies },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { pid = 0 } = child;
    const ended = once(child, 'exit');
    try {
      for await (const chunk of child.stdout) if (String(chunk).includes('Ctrl-C ends it')) break;
      child.stdout.destroy();
      child.stderr.destroy();
      // It says a line for every event of these: each meets a pipe without a reader.
      for (const _ of [1, 2]) {
        const { value } = await world.json(['reset']);
        assert.equal(at(value, 'outcome'), 'rotated', JSON.stringify(value));
      }
      process.kill(pid, 'SIGUSR1');
      assert.equal(at((await world.json(['status'])).value, 'daemon', 'running'), true);
      // The inspector would listen on 9229, 240D in the kernel's spelling.
      const sockets = (existsSync('/proc/net/tcp') ? readFileSync('/proc/net/tcp', 'utf8') : '').split('\n');
      assert.ok(!sockets.some((line) => / 0100007F:240D .* 0A /.test(line)));
      assert.ok(isAlive(pid));
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
