/**
 * A hostile HTTPS server on loopback, and a proxy as hostile: each test says what they answer.
 *
 * Shares nothing with the product's own tenant, so that the clients are never merely compatible with that.
 */
import { createServer as createPlainServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type StubCertificateKind, stubCertificates } from './stubCertificates.ts';

/** Taken before a test fakes the clock: what a server does goes on by the real one. */
const realInterval = setInterval;
const realClear = clearInterval;

/** A request as it arrived. */
export interface StubRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** DER of the client's certificate, when it showed one. */
  readonly peer: Buffer | undefined;
  /** Which connection it came on, counted from one. */
  readonly connection: number;
}
export interface StubReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
/** An answer, or raw bytes on the wire (an empty list: silence), then perhaps the end of the connection. */
export type StubAnswer =
  | StubReply
  | {
      readonly raw: readonly string[];
      readonly close?: boolean;
      /** A byte more every so often, until the other side has had enough. */
      readonly trickleMs?: number;
    };
export type StubHandler = (request: StubRequest) => StubAnswer | Promise<StubAnswer>;

export interface Stub {
  readonly origin: string;
  readonly caPem: string;
  readonly port: number;
  readonly requests: readonly StubRequest[];
  /** Replaces what it answers. */
  answer(handler: StubHandler): void;
  /** Shows another certificate from the next connection on; those that stand are ended. */
  show(certificate: StubCertificateKind): void;
  /** Stops listening and ends every connection: the port is free. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
  close(): Promise<void>;
}

function listen(server: Server, sockets: Set<Socket>, port = 0, address = '127.0.0.1'): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closer(server: Server, sockets: Set<Socket>): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}

/** Starts an HTTPS server that answers what `handler` says. */
export async function startStub(
  handler: StubHandler,
  options: {
    readonly certificate?: StubCertificateKind;
    readonly host?: string;
    /** 0, any free one, unless given. */
    readonly port?: number;
    /** 127.0.0.1 unless given. */
    readonly address?: string;
  } = {},
): Promise<Stub> {
  const { caPem, certificates } = await stubCertificates();
  const requests: StubRequest[] = [];
  const connections = new WeakMap<object, number>();
  let counted = 0;
  let current = handler;
  const server = createServer(
    { ...certificates.get(options.certificate ?? 'good'), requestCert: true, rejectUnauthorized: false },
    (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      const socket = incoming.socket as TLSSocket;
      incoming.on('error', () => {});
      outgoing.on('error', () => {});
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        if (!connections.has(socket)) {
          counted += 1;
          connections.set(socket, counted);
        }
        const request: StubRequest = {
          method: incoming.method ?? '',
          path: incoming.url ?? '',
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
          peer: socket.getPeerCertificate().raw,
          connection: connections.get(socket) ?? 0,
        };
        requests.push(request);
        Promise.resolve(current(request)).then(
          (answer) => {
            if ('raw' in answer) {
              for (const piece of answer.raw) socket.write(piece);
              if (answer.close === true) socket.end();
              if (answer.trickleMs !== undefined) {
                const drip = realInterval(() => socket.write(' '), answer.trickleMs);
                socket.once('close', () => realClear(drip));
              }
              return;
            }
            const body =
              answer.body === undefined
                ? ''
                : typeof answer.body === 'string'
                  ? answer.body
                  : JSON.stringify(answer.body);
            outgoing.writeHead(answer.status ?? 200, {
              ...(typeof answer.body === 'object' ? { 'content-type': 'application/json' } : {}),
              ...answer.headers,
            });
            outgoing.end(body);
          },
          () => socket.destroy(),
        );
      });
    },
  );
  server.on('tlsClientError', () => {});
  const sockets = new Set<Socket>();
  const { address = '127.0.0.1' } = options;
  const port = await listen(server, sockets, options.port, address);
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    origin: `https://${options.host ?? 'localhost'}:${port}`,
    caPem,
    port,
    requests,
    answer(next) {
      current = next;
    },
    show(certificate) {
      server.setSecureContext(certificates.get(certificate) ?? {});
      drop();
    },
    down: closer(server, sockets),
    up: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    close: closer(server, sockets),
  };
}

/** A TCP server that takes connections and does what `onConnection` says: nothing at all makes a black hole. */
export async function startTcpStub(
  onConnection: (socket: Socket) => void,
  port = 0,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createTcpServer(onConnection);
  const sockets = new Set<Socket>();
  return { port: await listen(server, sockets, port), close: closer(server, sockets) };
}

/** A proxy: refuses CONNECT with `status`, or tunnels whatever is asked to `forwardPort` when the status is 200. */
export async function startStubProxy(options: {
  readonly status: number;
  readonly forwardPort?: number;
  readonly early?: string;
  /** Spoken to over TLS, with the good certificate. */
  readonly tls?: boolean;
}): Promise<{
  readonly url: string;
  readonly asked: ReadonlyArray<{ readonly target: string; readonly authorization: string | undefined }>;
  close(): Promise<void>;
}> {
  const asked: Array<{ target: string; authorization: string | undefined }> = [];
  const { certificates } = await stubCertificates();
  const server = options.tls === true ? createServer({ ...certificates.get('good') }) : createPlainServer();
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    socket.on('error', () => {});
    if (options.status !== 200 || options.forwardPort === undefined) {
      socket.end(`HTTP/1.1 ${options.status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(options.forwardPort, '127.0.0.1', () => {
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${options.early ?? ''}`);
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  const sockets = new Set<Socket>();
  const port = await listen(server, sockets);
  return {
    url: `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    close: closer(server, sockets),
  };
}

/** A port of loopback on which nobody listens. */
export async function refusedPort(): Promise<number> {
  const { port, close } = await startTcpStub(() => {});
  await close();
  return port;
}
