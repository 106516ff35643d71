import assert from 'node:assert/strict';
import { once } from 'node:events';
import { lstat, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localHost } from '../../agent/core/localHost.ts';
import { askDaemon, type LocalRequest } from '../../agent/edge/localSocket.ts';
import { gidOf, guardSocket, removeSocket } from '../../agent/edge/socketPath.ts';

describe('the local socket', () => {
  let folder = '';
  let socketPath = '';
  let server: Server | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-socket-'));
    socketPath = join(folder, 'laps.sock');
  });
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });
  async function serve(handler: RequestListener): Promise<Server> {
    server = createServer(handler).listen(socketPath);
    await once(server, 'listening');
    return server;
  }
  const request = (changes: Partial<LocalRequest> = {}): LocalRequest => ({
    socketPath,
    method: 'GET',
    path: '/status',
    timeoutMs: 10_000,
    ...changes,
  });

  it('without a daemon is a value: no file, no listener behind it, or a file that is no socket', async () => {
    assert.deepEqual(await askDaemon(request()), { kind: 'absent' });
    await writeFile(socketPath, '');
    assert.deepEqual(await askDaemon(request()), { kind: 'absent' });
  });

  it('sends the request as the daemon wants it, and gives back status and JSON', async () => {
    let seen: IncomingMessage | undefined;
    await serve((message, response) => {
      seen = message;
      message.resume().on('end', () => response.writeHead(409).end('{"outcome":"blocked"}'));
    });
    const reply = await askDaemon(request({ method: 'POST', path: '/reset?wait=1', body: { acceptRisk: true } }));
    assert.deepEqual(reply, { kind: 'reply', status: 409, body: { outcome: 'blocked' } });
    assert.equal(seen?.headers.host, localHost);
    assert.equal(seen?.headers.origin, undefined);
    assert.equal(seen?.headers['content-type'], 'application/json');
    assert.equal(seen?.url, '/reset?wait=1');
  });

  it('tells an answer that is no JSON, or more than it may be', async () => {
    await serve((message, response) => {
      response.end(message.url === '/huge' ? Buffer.alloc(5_000_000, 0x20) : '<html>');
    });
    await assert.rejects(askDaemon(request()), { code: 'ERR_LAPS_DAEMON_UNREACHABLE' });
    await assert.rejects(askDaemon(request({ path: '/huge' })), { code: 'ERR_LAPS_DAEMON_UNREACHABLE' });
  });

  it('tells a daemon that dies before or within its answer', async () => {
    await serve((message, response) => {
      if (message.url === '/early') message.socket.destroy();
      else {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{"half":', () => message.socket.destroy());
      }
    });
    await assert.rejects(askDaemon(request({ path: '/early' })), { code: 'ERR_LAPS_DAEMON_UNREACHABLE' });
    await assert.rejects(askDaemon(request()), { code: 'ERR_LAPS_DAEMON_UNREACHABLE' });
  });

  it('does not wait for ever, and not after an interruption', async () => {
    await serve(() => {});
    await assert.rejects(askDaemon(request({ timeoutMs: 20 })), { code: 'ERR_LAPS_TIMEOUT' });
    const interrupt = new AbortController();
    const asking = askDaemon(request({ signal: interrupt.signal }));
    interrupt.abort();
    await assert.rejects(asking, { code: 'ERR_LAPS_INTERRUPTED' });
  });

  it('with a path that Node would cut short is refused, not sent elsewhere', async () => {
    const long = join(folder, 'x'.repeat(200));
    await assert.rejects(askDaemon(request({ socketPath: long })), { code: 'ERR_LAPS_DAEMON_UNREACHABLE' });
  });

  it('closed to this user is told so', async function () {
    if (process.getuid?.() === 0) {
      this.skip();
    }
    await serve((_message, response) => response.end('{}'));
    const { chmod } = await import('node:fs/promises');
    await chmod(socketPath, 0);
    await assert.rejects(askDaemon(request()), { code: 'ERR_LAPS_PERMISSION' });
  });

  it('is open to its owner alone, or to one group as well, which may pass its folder and not look into it', async () => {
    await serve((_message, response) => response.end('{}'));
    await guardSocket(socketPath, undefined);
    assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
    const gid = process.getgid?.() ?? 0;
    await guardSocket(socketPath, gid);
    assert.equal((await stat(socketPath)).mode & 0o777, 0o660);
    assert.equal((await stat(socketPath)).gid, gid);
    assert.equal((await stat(folder)).mode & 0o777, 0o710);
    await assert.rejects(guardSocket(join(folder, 'none'), undefined), { code: 'ERR_LAPS_DISK' });
  });

  it('finds a group by its whole name', async () => {
    assert.equal(await gidOf('root'), 0);
    assert.equal(await gidOf('roo'), undefined);
    assert.equal(await gidOf('root:x:0'), undefined);
  });

  it('left by a dead daemon is removed; a file in its place is not', async () => {
    await removeSocket(socketPath);
    const left = createNetServer().listen(socketPath);
    await once(left, 'listening');
    await removeSocket(socketPath);
    await assert.rejects(lstat(socketPath), { code: 'ENOENT' });
    left.close();
    await writeFile(socketPath, 'mine');
    await assert.rejects(removeSocket(socketPath), { code: 'ERR_LAPS_DATA_UNSAFE' });
  });
});
