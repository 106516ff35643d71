import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpServer } from '../../agent/edge/httpServer.ts';
import { type KeptSocket, keepSocket } from '../../agent/edge/keptSocket.ts';
import { askDaemon } from '../../agent/edge/localSocket.ts';
import { guardSocket } from '../../agent/edge/socketPath.ts';

describe('the socket of a daemon', () => {
  let base = '';
  let folder = '';
  let path = '';
  let kept: KeptSocket;
  let isBusy = false;
  let shut = false;
  let told: string[] = [];
  let binds = 0;

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'laps-kept-'));
    folder = join(base, 'run');
    path = join(folder, 'laps.sock');
    mkdirSync(folder, { mode: 0o700 });
    isBusy = false;
    shut = false;
    told = [];
    binds = 0;
    kept = await keepSocket({
      path,
      async folder() {
        if (shut) throw Object.assign(new Error('no'), { code: 'EROFS' });
        await mkdir(folder, { recursive: true, mode: 0o700 });
      },
      async bind() {
        binds += 1;
        const handler = async () => ({ status: 200, body: '"here"' });
        const server = await startHttpServer({ listen: { kind: 'socket', path }, handler });
        await guardSocket(path, undefined);
        return server;
      },
      busy: () => isBusy,
      onBack: () => told.push('back'),
      onLost: ({ code }) => told.push(code),
    });
  });
  afterEach(async () => {
    shut = false;
    await kept.close().catch(() => {});
    rmSync(base, { recursive: true, force: true });
  });
  const ask = () => askDaemon({ socketPath: path, method: 'GET', path: '/', timeoutMs: 5_000 });

  it('is left alone while it is there', async () => {
    await kept.look();
    await kept.look();
    assert.deepEqual([binds, told], [1, []]);
    assert.equal((await ask()).kind, 'reply');
  });

  const losses: ReadonlyArray<readonly [string, () => unknown]> = [
    ['its folder', () => rmSync(folder, { recursive: true })],
    ['the file', () => rmSync(path)],
    [
      'its folder for an empty one',
      () => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder, { mode: 0o700 });
      },
    ],
  ];
  for (const [what, lose] of losses)
    it(`is bound anew where somebody took ${what}`, async () => {
      lose();
      assert.equal((await ask()).kind, 'absent');
      await Promise.all([kept.look(), kept.look()]);
      assert.equal((await ask()).kind, 'reply');
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.deepEqual([binds, told], [2, ['back']]);
      await kept.look();
      assert.equal(binds, 2);
    });

  it('is bound anew where another one lies in its place', async () => {
    rmSync(path);
    const other = await startHttpServer({ listen: { kind: 'socket', path }, handler: async () => ({ status: 500 }) });
    await kept.look();
    const reply = await ask();
    assert.equal(reply.kind === 'reply' && reply.status, 200);
    await other.close();
  });

  it('waits for whoever is being answered over the old one', async () => {
    rmSync(path);
    isBusy = true;
    await kept.look();
    assert.equal(binds, 1);
    isBusy = false;
    await kept.look();
    assert.equal(binds, 2);
  });

  it('that cannot be bound is told once, and tried until it can', async () => {
    rmSync(folder, { recursive: true });
    shut = true;
    for (let looks = 0; looks < 3; looks += 1) await kept.look();
    assert.deepEqual(told, ['ERR_LAPS_DISK']);
    shut = false;
    await kept.look();
    assert.deepEqual(told, ['ERR_LAPS_DISK', 'back']);
    assert.equal((await ask()).kind, 'reply');
  });

  it('never takes the place of what is no socket', async () => {
    rmSync(path);
    writeFileSync(path, 'mine');
    await kept.look();
    assert.deepEqual(told, ['ERR_LAPS_DATA_UNSAFE']);
    assert.equal(statSync(path).size, 4);
    rmSync(path);
    await kept.look();
    assert.equal((await ask()).kind, 'reply');
  });

  it('is not bound again after its end', async () => {
    await kept.close();
    await kept.look();
    assert.deepEqual([existsSync(path), binds], [false, 1]);
  });
});
