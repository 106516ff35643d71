/**
 * Hands out connections that are proven before anything is written to them.
 *
 * Knows: TCP, a proxy's CONNECT and the TLS handshake. Promises: a socket given to a request has passed the tenant's
 * certificate check, so whatever fails here left nothing of the request on the wire (rotation.md 3: not sent), whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says. Must never: show a proxy's credentials or a foreign error's text.
 */
import { type ClientRequest, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { type Env, isLoopbackHost, type NamedProxy, portOf, proxyFor } from './proxyEnv.ts';

/** Why nothing was sent. */
export type NotSentReason =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'proxy'
  | 'timeoutConnect'
  /** The caller gave up before a connection stood. */
  | 'aborted';

/** Why and where nothing was sent. `detail` is a code or a few words of ours, never foreign text. */
export type NotSent =
  | { readonly reason: Exclude<NotSentReason, 'proxy'>; readonly detail: string }
  | { readonly reason: 'proxy'; readonly detail: string; readonly proxy: NamedProxy };

/** A connection that never stood. */
export class ConnectFailure extends Error {
  readonly what: NotSent;

  constructor(what: NotSent) {
    super(`no connection: ${what.reason}`);
    this.name = 'ConnectFailure';
    this.what = what;
  }
}

/** The system's or OpenSSL's code of a foreign error; 'unknown' when it has none. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return /^[A-Z0-9_]{1,60}$/.test(error.code) ? error.code : 'unknown';
  return 'unknown';
}

const unreachable = ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'ENETDOWN', 'ECONNRESET', 'EPIPE'];

function reasonOf(code: string): Exclude<NotSentReason, 'proxy'> {
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'dns';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT') return 'timeoutConnect';
  // A peer that hangs up during the handshake says nothing about its certificate.
  if (unreachable.includes(code)) return 'unreachable';
  return 'tls';
}

/** What a proxy that answers nothing, or too much, is told as. */
export const noAnswer = 'no answer in time';
export const earlyData = 'data before the handshake';

/** A user name or password out of a URL; one that is no percent-encoding is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Opens the tunnel; resolves with the bare connection behind the proxy's 200. */
export function openTunnel(options: {
  readonly proxy: URL;
  readonly named: NamedProxy;
  readonly target: string;
  readonly secureContext: SecureContext;
  readonly timeoutMs: number;
}): Promise<Duplex> {
  const { proxy, named, target, secureContext, timeoutMs } = options;
  const failure = (detail: string) => new ConnectFailure({ reason: 'proxy', detail, proxy: named });
  return new Promise((resolve, reject) => {
    const credentials = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
    const secure = proxy.protocol === 'https:';
    const settings = {
      host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      agent: false as const,
      headers: {
        host: target,
        ...(proxy.username === ''
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
    };
    // Node's declaration of https.request knows no `secureContext`; tls.connect, which gets these options, does.
    const request: ClientRequest = secure
      ? httpsRequest({ ...settings, rejectUnauthorized: true, ...{ secureContext } })
      : httpRequest(settings);
    const timer = setTimeout(() => {
      reject(failure(noAnswer));
      request.destroy();
    }, timeoutMs);
    request.once('connect', (response, socket, head) => {
      clearTimeout(timer);
      socket.on('error', () => {});
      if (response.statusCode === 200 && head.length === 0) return resolve(socket);
      socket.destroy();
      // Bytes before the handshake would be the proxy talking in the tenant's place.
      const said = response.statusCode === 200 ? earlyData : `CONNECT ${response.statusCode ?? 0}`;
      return reject(failure(said));
    });
    // Lives on after the tunnel stands: a late error of the request object must not become an uncaught one.
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(failure(codeOf(error)));
    });
    request.end();
  });
}

/**
 * The names of this machine itself, which are not asked for (RFC 6761, 6.3): the embedded tenant is found without a hosts
 * file, and a name server can lead nobody elsewhere.
 */
const lookUpLoopback: LookupFunction = (_name, { all }, callback) => {
  // Never at once: a connection that fails on the spot, as without any network, fails before anybody can listen.
  process.nextTick(() => {
    if (all !== true) return callback(null, '127.0.0.1', 4);
    return callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });
};

/** What a connector is made with. */
export interface ConnectorOptions {
  readonly env: Env;
  /** Whom to trust, and how to show who we are. */
  readonly secureContext: SecureContext;
  /** For a connection to stand, proxy and handshake included. */
  readonly timeoutMs: number;
  readonly keepAlive: boolean;
}

/** How long an idle connection is kept for the next request; shorter than servers usually keep theirs. */
const idleMs = 2000;

/** An https agent whose sockets are verified before a request sees them. */
export class Connector extends Agent {
  readonly #env: Env;
  readonly #secureContext: SecureContext;
  readonly #timeoutMs: number;

  constructor(options: ConnectorOptions) {
    super({
      keepAlive: options.keepAlive,
      timeout: idleMs,
      // Explicit, because the environment variable is obeyed otherwise.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      secureContext: options.secureContext,
    });
    this.#env = options.env;
    this.#secureContext = options.secureContext;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Node's hook; answers through the callback once the handshake is done and the certificate accepted. */
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open(options).then(
      (socket) => callback?.(null, socket),
      // Node's declaration wants a stream even beside an error; Node itself does not look at it.
      (error: unknown) => Reflect.apply(callback ?? (() => {}), undefined, [error]),
    );
  }

  /** Closes idle connections; those in use finish. */
  dropIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  async #open(options: RequestOptions): Promise<Duplex> {
    const host = options.host ?? options.hostname ?? 'localhost';
    const port = Number(options.port ?? 443);
    const choice = proxyFor(host, port, this.#env);
    if (choice.kind === 'unusable')
      throw new ConnectFailure({ reason: 'proxy', detail: choice.problem, proxy: choice.named });
    const until = performance.now() + this.#timeoutMs;
    const tunnel =
      choice.kind === 'none'
        ? undefined
        : await openTunnel({
            proxy: choice.url,
            named: choice.named,
            target: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
            secureContext: this.#secureContext,
            timeoutMs: this.#timeoutMs,
          });
    // The declaration has no `socket` member among a request's options; Node hands it to tls.connect.
    const isOwnName = isLoopbackHost(host) && isIP(host) === 0;
    const way = tunnel === undefined ? (isOwnName ? { lookup: lookUpLoopback } : {}) : { socket: tunnel };
    const socket = super.createConnection(Object.assign({}, options, way));
    if (!socket) throw new ConnectFailure({ reason: 'unreachable', detail: 'no socket' });
    return new Promise((resolve, reject) => {
      // Stays: between here and the request nobody else listens, and an unheard error would end the process.
      socket.on('error', (error) => {
        clearTimeout(timer);
        const code = codeOf(error);
        reject(new ConnectFailure({ reason: reasonOf(code), detail: code }));
      });
      const timer = setTimeout(
        () => {
          reject(new ConnectFailure({ reason: 'timeoutConnect', detail: 'no handshake in time' }));
          socket.destroy();
          tunnel?.destroy();
        },
        Math.max(until - performance.now(), 1),
      );
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new ConnectFailure({ reason: 'unreachable', detail: 'closed during the handshake' }));
      });
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        resolve(socket);
      });
    });
  }
}
