import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions as TlsOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import {
  type HttpServerOptions,
  type IncomingRequest,
  type ListenOn,
  type OutgoingReply,
  type RunningHttpServer,
  startHttpServer,
} from '../../agent/edge/httpServer.ts';
import { makeAuthority, makeServerCertificate } from '../../agent/tenant/certificates.ts';

interface Got {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

function ask(options: TlsOptions, body?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const send = options.ca === undefined ? httpRequest : httpsRequest;
    const outgoing = send({ host: '127.0.0.1', agent: false, ...options }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text, headers: incoming.headers }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** When a connection is over, in order or reset. */
const ended = (client: Socket): Promise<void> =>
  new Promise((resolve) => client.on('error', () => {}).once('close', () => resolve()));

const validity = () => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) });

describe('the HTTP server', () => {
  const running: RunningHttpServer[] = [];
  const folders: string[] = [];

  async function start(
    handler: (request: IncomingRequest) => Promise<OutgoingReply>,
    more: Partial<HttpServerOptions> = {},
  ): Promise<RunningHttpServer> {
    const listen: ListenOn = more.listen ?? { kind: 'plain', port: 0 };
    const server = await startHttpServer({ handler, ...more, listen });
    running.push(server);
    return server;
  }

  const echo = async (request: IncomingRequest): Promise<OutgoingReply> => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...request,
      query: [...request.query],
      body: request.body.toString('utf8'),
      gone: undefined,
    }),
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.close(50)));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('survives a client that closes abruptly, one that talks nonsense, and one that goes while waited for', async () => {
    let leave = () => {};
    const arrived = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const { port } = await start(async (request) => {
      if (request.path !== '/slow') return { status: 204 };
      leave();
      await new Promise<void>((resolve) => request.gone.addEventListener('abort', () => resolve()));
      return { status: 200, body: 'too late' };
    });
    const nonsense = connect(port, '127.0.0.1');
    nonsense.write('\u0000\u0001 nonsense\r\n\r\n');
    await new Promise((resolve) => nonsense.on('close', resolve).resume());
    const gone = connect(port, '127.0.0.1');
    gone.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await arrived;
    gone.resetAndDestroy();
    const half = connect(port, '127.0.0.1');
    half.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', () => half.resetAndDestroy());
    await new Promise((resolve) => half.on('close', resolve));
    assert.equal((await ask({ port, path: '/' })).status, 204);
  });

  it('refuses a body over the limit, an address that is no path, and answers a failed handler with 500', async () => {
    const problems: string[] = [];
    const { port } = await start(
      async () => {
        throw new TypeError('a secret thing');
      },
      { maxBodyBytes: 10, onProblem: (problem) => problems.push(problem) },
    );
    const long = await ask({ port, method: 'POST', path: '/' }, 'x'.repeat(11));
    assert.deepEqual([long.status, long.text], [413, 'the body may have 10 bytes at most\n']);
    const elsewhere = await ask({ port, path: 'http://elsewhere/' });
    assert.deepEqual([elsewhere.status, elsewhere.text], [400, 'the address must begin with a slash\n']);
    const failed = await ask({ port, path: '/' });
    assert.equal(failed.status, 500);
    assert.doesNotMatch(failed.text + problems.join(), /secret/);
  });

  it('says with a status of its own that headers are too large, and with another that it is no HTTP', async () => {
    const { port } = await start(echo);
    const large = await ask({ port, path: '/', headers: { filler: 'x'.repeat(40_000) } });
    assert.deepEqual([large.status, large.text], [431, 'the headers of the request are too large\n']);
    const client = connect(port, '127.0.0.1');
    let said = '';
    client.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
    });
    client.write('nonsense\r\n\r\n');
    await once(client, 'close');
    assert.match(said, /^HTTP\/1\.1 400 [\s\S]*\r\n\r\nthis is no HTTP request\n$/);
  });

  it('hands a body over the limit to a handler that words the refusal, without the body', async () => {
    const { port } = await start(
      async ({ tooLarge, body }) => ({ status: 413, body: `${String(tooLarge)} ${body.length}` }),
      { maxBodyBytes: 10, wordsTooLarge: true },
    );
    const got = await ask({ port, method: 'POST', path: '/' }, 'x'.repeat(11));
    assert.deepEqual([got.status, got.text, got.headers['connection']], [413, 'true 0', 'close']);
  });

  it('refuses a socket path that Node would cut in silence', async () => {
    const path = `/${'a'.repeat(107)}`;
    await assert.rejects(start(echo, { listen: { kind: 'socket', path } }), { code: 'ENAMETOOLONG' });
  });

  it('ends a request on the socket file that does not come to its end, and one that took its time is answered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'laps-http-'));
    folders.push(folder);
    const path = join(folder, 's.sock');
    let hanging: Socket | undefined;
    const slowly = async (): Promise<OutgoingReply> => {
      hanging = connect(path);
      hanging.write('POST /reset HTTP/1.1\r\nHost: laps.local\r\nContent-Length: 5\r\n\r\nab');
      // So this answer takes longer than a request may take to arrive.
      await once(hanging, 'close');
      return { status: 204 };
    };
    await start(slowly, { listen: { kind: 'socket', path }, requestTimeoutMs: 30 });
    const got = await ask({ socketPath: path, path: '/' });
    assert.deepEqual([got.status, got.headers['connection'], hanging?.bytesRead], [204, 'close', 0]);
  });

  it('rejects with EADDRINUSE where the port is taken', async () => {
    const { port } = await start(echo);
    await assert.rejects(start(echo, { listen: { kind: 'plain', port } }), { code: 'EADDRINUSE' });
  });

  it('hands over a request as plain data, on loopback and on a socket file', async () => {
    const { port } = await start(echo);
    const got = await ask({ port, method: 'POST', path: '//x/y?a=1&b=%7B2%7D', headers: { 'X-Test': 'e' } }, 'body');
    const seen = JSON.parse(got.text);
    assert.equal(seen.path, '//x/y');
    assert.deepEqual(seen.query, [
      ['a', '1'],
      ['b', '{2}'],
    ]);
    assert.equal(seen.body, 'body');
    assert.equal(seen.headers['x-test'], 'e');

    const folder = mkdtempSync(join(tmpdir(), 'laps-http-'));
    folders.push(folder);
    const socketPath = join(folder, 's.sock');
    await start(echo, { listen: { kind: 'socket', path: socketPath } });
    chmodSync(socketPath, 0o600);
    assert.equal(statSync(socketPath).mode & 0o777, 0o600);
    assert.equal(JSON.parse((await ask({ socketPath, path: '/local' })).text).path, '/local');
  });

  for (const drop of ['before', 'after-headers', 'mid-body'] as const) {
    it(`breaks the connection where a reply says so: ${drop}`, async () => {
      const { port } = await start(async () => ({ status: 200, body: 'x'.repeat(1000), drop }));
      await assert.rejects(ask({ port, path: '/' }), (error: NodeJS.ErrnoException) => error.code === 'ECONNRESET');
    });
  }

  it('closes while a keep-alive connection is idle and a handler is waiting', async () => {
    let waiting = () => {};
    const isWaiting = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const server = await start(async (request) => {
      if (request.path === '/fast') return { status: 204 };
      waiting();
      await new Promise<void>((resolve) => request.gone.addEventListener('abort', () => resolve()));
      return { status: 204 };
    });
    const agent = new Agent({ keepAlive: true });
    assert.equal((await ask({ port: server.port, path: '/fast', agent })).status, 204);
    const slow = ask({ port: server.port, path: '/slow' });
    await isWaiting;
    await server.close();
    assert.equal((await slow).status, 204);
    agent.destroy();
  });

  it('lets nobody hold a connection open by not ending it after a refusal', async () => {
    const server = await start(echo, { lingerMs: 20 });
    const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => {});
    client.write('nonsense\r\n\r\n');
    await once(client.resume(), 'end');
    // This side stays open, and the grace is longer than this test may take: what ends it is the server's own limit.
    await server.close(60_000);
    client.destroy();
  });

  it('closes although a client says nothing and does not end its side', async () => {
    const server = await start(echo);
    const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => {});
    await once(client, 'connect');
    await server.close(20);
    client.destroy();
  });

  describe('over TLS', () => {
    const tls = async (more: Partial<HttpServerOptions> = {}) => {
      const certificate = await makeServerCertificate(await makeAuthority('CN=test authority', validity()), validity());
      return start(echo, { listen: { kind: 'tls', port: 0, certificate }, ...more });
    };

    it('ends a connection that never begins to shake hands, and says so', async () => {
      const problems: string[] = [];
      const { port } = await tls({ handshakeTimeoutMs: 20, onProblem: (problem) => problems.push(problem) });
      await ended(connect(port, '127.0.0.1'));
      assert.ok(problems.includes('TLS: ERR_TLS_HANDSHAKE_TIMEOUT'), problems.join());
    });

    it('closes although connections are silent, before their time is over', async () => {
      const server = await tls();
      const silent = Array.from({ length: 20 }, () => connect(server.port, '127.0.0.1'));
      const ends = silent.map(ended);
      await Promise.all(silent.map((client) => once(client, 'connect')));
      await server.close(20);
      await Promise.all(ends);
    });

    it('goes on with the certificate that it has where a new one cannot be made, and says so', async () => {
      const authority = await makeAuthority('CN=test authority', validity());
      const problems: string[] = [];
      const { port } = await start(echo, {
        listen: {
          kind: 'tls',
          port: 0,
          certificate: await makeServerCertificate(authority, validity()),
          renewal: () => Promise.reject(new RangeError('no room')),
        },
        onProblem: (problem) => problems.push(problem),
      });
      await ask({ port, path: '/', ca: authority.cert, servername: 'localhost' });
      assert.deepEqual(problems, ['renewal failed: RangeError']);
    });

    it('refuses TLS below 1.2, passes on a client certificate, and swaps its own without a restart', async () => {
      const authority = await makeAuthority('CN=test authority', validity());
      const first = await makeServerCertificate(authority, validity());
      const second = await makeServerCertificate(authority, validity());
      const problems: string[] = [];
      const server = await start(
        async (request) => ({ status: 200, body: request.peerCertificate?.toString('base64') ?? 'none' }),
        {
          listen: { kind: 'tls', port: 0, certificate: first, requestClientCertificate: true },
          onProblem: (problem) => problems.push(problem),
        },
      );
      const { port } = server;
      const servername = 'localhost';
      const over = (more: TlsOptions) => ask({ port, path: '/', ca: authority.cert, servername, ...more });
      assert.equal((await over({})).text, 'none');
      const withClient = await over({ cert: first.cert, key: first.key });
      assert.equal(withClient.text, first.cert.replace(/-----[^-]+-----|\s/g, ''));

      await new Promise<void>((resolve) => {
        const old = tlsConnect({
          port,
          host: '127.0.0.1',
          maxVersion: 'TLSv1.1',
          minVersion: 'TLSv1',
          rejectUnauthorized: false,
        });
        old.on('error', () => resolve());
        old.on('secureConnect', () => assert.fail('TLS 1.1 was accepted'));
      });

      const fingerprint = () =>
        new Promise<string>((resolve, reject) => {
          const socket = tlsConnect({ port, host: '127.0.0.1', servername, ca: authority.cert }, () => {
            resolve(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
          });
          socket.on('error', reject);
        });
      const before = await fingerprint();
      server.replaceCertificate(second);
      assert.notEqual(await fingerprint(), before);
    });
  });
});
