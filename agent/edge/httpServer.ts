/**
 * The one HTTP server of this program: TLS on loopback, plain on loopback, or a unix socket.
 *
 * Knows: sockets, time and size limits, certificates. Promises: a handler gets plain data and gives plain data; a client
 * that closes abruptly, talks nonsense or sends too much never ends the process; `close` leaves nothing open. Must never:
 * listen on anything but loopback or a socket file, speak TLS below 1.2, or log what a request carried.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { maxSocketPathBytes } from './socketPath.ts';

/** One request as plain data. */
export interface IncomingRequest {
  readonly method: string;
  /** As sent, percent-encoding included, always beginning with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Only where the options say so: the body was over the limit and is not here. */
  readonly tooLarge?: true;
  readonly remoteAddress: string;
  /** DER of the client's certificate, when one was asked for and given; possession of its key is proved, nothing else. */
  readonly peerCertificate?: Buffer;
  /** Fires when the client is gone or the server closes: nobody waits for the reply any more. */
  readonly gone: AbortSignal;
}

export interface OutgoingReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** For faults: break the connection before a byte, after the headers, or half-way through the body. */
  readonly drop?: 'before' | 'after-headers' | 'mid-body';
}

export type RequestHandler = (request: IncomingRequest) => Promise<OutgoingReply>;

/** PEM texts. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

export type ListenOn =
  | {
      readonly kind: 'tls';
      /** 0 takes any free one. */
      readonly port: number;
      readonly certificate: ServerCertificate;
      /**
       * Asked in each handshake that names a host: a certificate that is to take the present one's place from that very
       * handshake on. A machine that slept, or whose clock was set, may need one before any timer has noticed.
       */
      readonly renewal?: () => Promise<ServerCertificate | undefined>;
      /** Asks every client for a certificate without insisting on one. */
      readonly requestClientCertificate?: boolean;
    }
  | { readonly kind: 'plain'; readonly port: number }
  /** The caller sets the file's mode and removes a dead one, under its own lock (rotation.md 3, rule 6). */
  | { readonly kind: 'socket'; readonly path: string };

export interface HttpServerOptions {
  readonly listen: ListenOn;
  readonly handler: RequestHandler;
  /** Longest body taken; a longer one is answered 413, in words. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** The handler words the refusal of a longer body itself. */
  readonly wordsTooLarge?: true;
  /** A request must have arrived in full within this. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** TLS must have been agreed upon within this. Default 10 s. */
  readonly handshakeTimeoutMs?: number;
  /** How long a client that was refused before its request arrived may take to end the connection. Default 1 s. */
  readonly lingerMs?: number;
  /** A handler that threw, or a connection that failed before a request: its kind, never its content. */
  readonly onProblem?: (problem: string) => void;
}

export interface RunningHttpServer {
  /** 0 for a socket file. */
  readonly port: number;
  /** New connections get the new certificate; open ones keep theirs. */
  replaceCertificate(certificate: ServerCertificate): void;
  /** Stops listening, ends idle connections, lets running replies finish for `graceMs` (default 1 s), then ends all. */
  close(graceMs?: number): Promise<void>;
}

const host = '127.0.0.1';
/** What a timer of Node can wait at most. */
const longestTimerMs = 2 ** 31 - 1;

/** Rejects with the system's error (`code` EADDRINUSE and the like), or ENAMETOOLONG for a socket path over 107 bytes. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { listen } = options;
  if (listen.kind === 'socket' && Buffer.byteLength(listen.path) > maxSocketPathBytes) {
    throw Object.assign(new Error(`the socket path is longer than ${maxSocketPathBytes} bytes`), {
      code: 'ENAMETOOLONG',
    });
  }
  const problem = options.onProblem ?? (() => {});
  const closing = new AbortController();
  const timeouts = {
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    headersTimeout: Math.min(options.requestTimeoutMs ?? 30_000, 15_000),
    // Node looks for slow requests by the clock, also while nobody is connected. Behind the local socket, whose idle
    // daemon should sleep, each connection has a timer of its own instead.
    connectionsCheckingInterval: listen.kind === 'socket' ? longestTimerMs : 5_000,
  };
  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    void answer(message, response, options, closing.signal).catch((error: unknown) => {
      problem(`handler failed: ${error instanceof Error ? error.name : 'unknown'}`);
      if (response.headersSent) response.destroy();
      else send(response, plain(500, 'internal error'), true);
    });
  };
  const replaceCertificate = (certificate: ServerCertificate): void => {
    if ('setSecureContext' in server) server.setSecureContext(secure(certificate));
  };
  const renewing =
    (renewal: () => Promise<ServerCertificate | undefined>): TlsOptions['SNICallback'] =>
    (_name, done) => {
      renewal().then(
        (certificate) => {
          // This handshake has the old one at hand already, and is given the new one by itself.
          if (certificate !== undefined) replaceCertificate(certificate);
          done(null, certificate && createSecureContext(secure(certificate)));
        },
        (error: unknown) => {
          problem(`renewal failed: ${error instanceof Error ? error.name : 'unknown'}`);
          done(null);
        },
      );
    };
  const server: Server | TlsServer =
    listen.kind === 'tls'
      ? createTlsServer(
          {
            ...timeouts,
            ...secure(listen.certificate),
            ...(listen.renewal === undefined ? {} : { SNICallback: renewing(listen.renewal) }),
            handshakeTimeout: options.handshakeTimeoutMs ?? 10_000,
            requestCert: listen.requestClientCertificate === true,
            rejectUnauthorized: false,
          },
          onRequest,
        )
      : createServer(timeouts, onRequest);

  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    // A reset connection without an error handler ends the whole process (design 9).
    socket.on('error', () => {});
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  if (listen.kind === 'socket') endSlowRequests(server, timeouts.requestTimeout);
  server.on('secureConnection', (socket) => socket.on('error', () => {}));
  // Before Node's own listener, which makes it a clientError: words cannot be said where TLS was not agreed upon, and a
  // socket that is to say them first is never ended.
  server.prependListener('tlsClientError', (error: Error, socket: TLSSocket) => {
    problem(`TLS: ${'code' in error ? String(error.code) : error.name}`);
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    problem(`client: ${error.code ?? error.name}`);
    if (socket.writable && error.code !== 'ECONNRESET') {
      socket.end(unparsed(error.code));
      const patience = setTimeout(() => socket.destroy(), options.lingerMs ?? 1_000);
      socket.once('close', () => clearTimeout(patience));
    } else socket.destroy();
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const started = () => {
      server.removeListener('error', reject);
      server.on('error', (error) => problem(`server: ${error.name}`));
      resolve();
    };
    if (listen.kind === 'socket') server.listen(listen.path, started);
    else server.listen(listen.port, host, started);
  });

  return {
    port: portOf(server.address()),
    replaceCertificate,
    close(graceMs = 1_000) {
      closing.abort();
      return new Promise((resolve) => {
        const patience = setTimeout(() => {
          server.closeAllConnections();
          // Node knows those only that have begun to speak HTTP.
          for (const socket of connections) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(patience);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

/** The reply to what never became a request, as bytes: Node has no response object for it. */
function unparsed(code: string | undefined): string {
  const [line, text] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'the request did not arrive in time\n']
      : code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'the headers of the request are too large\n']
        : ['400 Bad Request', 'this is no HTTP request\n'];
  const headers = ['Connection: close', 'Content-Type: text/plain', `Content-Length: ${text.length}`];
  return `HTTP/1.1 ${[line, ...headers].join('\r\n')}\r\n\r\n${text}`;
}

/** Ends a connection whose first request has not arrived in full within `ms`; the laps command sends one each. */
function endSlowRequests(server: Server | TlsServer, ms: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), ms);
    timers.set(socket, timer);
    socket.once('close', () => clearTimeout(timer));
  });
  server.on('request', (message: IncomingMessage) => {
    message.once('end', () => clearTimeout(timers.get(message.socket)));
  });
}

function secure(certificate: ServerCertificate) {
  return { key: certificate.key, cert: certificate.cert, minVersion: 'TLSv1.2' } as const;
}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
  closing: AbortSignal,
): Promise<void> {
  const url = message.url ?? '';
  // Absolute forms and `//host` would let a parser find another host in what is only a path.
  if (!url.startsWith('/')) return send(response, plain(400, 'the address must begin with a slash'), true);
  const limit = options.maxBodyBytes ?? 1_048_576;
  const body = await readBody(message, limit);
  if (body === 'gone') return;
  const tooLarge = body === 'too large';
  if (tooLarge && options.wordsTooLarge !== true)
    return send(response, plain(413, `the body may have ${limit} bytes at most`), true);

  const gone = new AbortController();
  const end = () => gone.abort();
  response.on('close', end);
  if (closing.aborted) end();
  closing.addEventListener('abort', end, { once: true });
  try {
    const mark = url.indexOf('?');
    const peer = message.socket instanceof TLSSocket ? message.socket.getPeerX509Certificate() : undefined;
    const reply = await options.handler({
      method: message.method ?? 'GET',
      path: mark < 0 ? url : url.slice(0, mark),
      query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
      headers: headersOf(message),
      body: tooLarge ? Buffer.alloc(0) : body,
      ...(tooLarge ? { tooLarge } : {}),
      remoteAddress: message.socket.remoteAddress ?? '',
      ...(peer === undefined ? {} : { peerCertificate: peer.raw }),
      gone: gone.signal,
    });
    // Over the local socket one connection is one request: a second one would come by without its timer.
    const last = tooLarge || closing.aborted || options.listen.kind === 'socket';
    if (!response.destroyed) send(response, reply, last);
  } finally {
    closing.removeEventListener('abort', end);
  }
}

function plain(status: number, text: string): OutgoingReply {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${text}\n` };
}

function headersOf(message: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function readBody(message: IncomingMessage, limit: number): Promise<Buffer | 'gone' | 'too large'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        // Not read further: the reply goes out and the connection ends, whatever the client still means to send.
        message.removeAllListeners('data');
        message.pause();
        resolve('too large');
      }
    });
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('close', () => resolve('gone'));
    message.on('error', () => resolve('gone'));
  });
}

function send(response: ServerResponse, reply: OutgoingReply, last: boolean): void {
  if (reply.drop === 'before') {
    response.socket?.destroy();
    return;
  }
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : (reply.body ?? Buffer.alloc(0));
  const bodiless = reply.status === 204 || reply.status === 304;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(bodiless ? {} : { 'content-length': body.length }),
    ...(last ? { connection: 'close' } : {}),
  });
  if (reply.drop === 'after-headers') {
    response.flushHeaders();
    response.socket?.end();
    return;
  }
  if (reply.drop === 'mid-body') {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
    return;
  }
  response.end(bodiless ? undefined : body);
}
