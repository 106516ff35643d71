/**
 * The one axios instance (design 5, 9): every request to a tenant goes through here.
 *
 * Knows: how to send once and say plainly what became of it. Promises: TLS always verified, redirects never followed,
 * size and total time capped, nothing thrown, and an honest line between "nothing left this machine" and "something may
 * have" (rotation.md 3). Must never: let the axios error out: it carries the request body, which carries the password.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { SecureContext } from 'node:tls';
import axios from 'axios';
import { ConnectFailure, Connector, codeOf, type NotSent } from './connector.ts';
import type { Env } from './proxyEnv.ts';
import { authoritiesContext } from './trust.ts';

/** One request. The URL must be https. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A new connection, used once. */
  readonly fresh?: boolean;
  /** For everything, from the first look-up to the last byte of the answer; never longer than the instance's own. */
  readonly deadlineMs?: number;
  /** Mutual TLS with the device's certificate. Implies `fresh`. */
  readonly clientCertificate?: { readonly certificatePem: string; readonly privateKeyPem: string };
  readonly signal?: AbortSignal;
}

/** Headers by lower-case name; a repeated one joined with a comma. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** What became of a request. `detail` is a code or a few words of ours, never foreign text. */
export type HttpOutcome =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: HttpHeaders; readonly text: string }
  /** Nothing of the request left this machine. */
  | ({ readonly kind: 'notSent' } & NotSent)
  /** Something may have left, and no whole answer came. */
  | {
      readonly kind: 'broken';
      readonly reason: 'reset' | 'timeout' | 'tooLarge' | 'aborted';
      readonly detail: string;
    };

/** The ability to send one HTTPS request. */
export interface Http {
  send(request: HttpRequest): Promise<HttpOutcome>;
  /** Closes idle connections. */
  dropIdle(): void;
}

/** What an instance is made with. */
export interface HttpOptions {
  /** For HTTPS_PROXY, ALL_PROXY, NO_PROXY. */
  readonly env: Env;
  /** PEM texts of private authorities, trusted beside those of trust.ts. */
  readonly trustedCas: readonly string[];
  /** Total time per request. */
  readonly deadlineMs: number;
  /** Most bytes of an answer's body. */
  readonly maxBytes: number;
}

/** Thirty seconds and a mebibyte: what the product uses. */
export const httpDefaults = { deadlineMs: 30_000, maxBytes: 1_048_576 } as const;

/** A connection must stand a little before the whole must end, so that what held it up is named. */
const connectMs = (totalMs: number): number => totalMs * 0.9;

class TooLarge extends Error {}

/** Axios calls this in place of node:https, which is how the moment of sending is seen. */
function watchedTransport(agent: Connector, watch: { sent: boolean; fault: unknown }) {
  return {
    request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
      const request = secureRequest({ ...options, agent }, onResponse);
      request.once('socket', () => {
        watch.sent = true;
      });
      request.once('error', (error) => {
        watch.fault = error;
      });
      return request;
    },
  };
}

async function readCapped(stream: Readable, maxBytes: number, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (): void => {
    stream.destroy(new Error('stopped'));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      size += bytes.length;
      if (size > maxBytes) throw new TooLarge();
      chunks.push(bytes);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

function plainHeaders(headers: Readonly<Record<string, unknown>>): HttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value === null
        ? []
        : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)]],
    ),
  );
}

/** Makes the sender. Its idle connections do not keep a process alive. */
export function createHttp({ env, trustedCas, deadlineMs, maxBytes }: HttpOptions): Http {
  const connect = { env, timeoutMs: connectMs(deadlineMs) };
  let shared: { readonly context: SecureContext; readonly connector: Connector } | undefined;
  const sharedOnce = () => {
    if (shared === undefined) {
      const context = authoritiesContext(env, trustedCas);
      shared = { context, connector: new Connector({ ...connect, secureContext: context, keepAlive: true }) };
    }
    return shared;
  };

  const instance = axios.create({
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    responseType: 'stream',
    // A compressed answer could be far larger than its bytes on the wire; none is asked for.
    decompress: false,
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
  });

  async function attempt(request: HttpRequest, url: URL): Promise<HttpOutcome> {
    const once = request.fresh === true || request.clientCertificate !== undefined;
    const secureContext = request.clientCertificate
      ? authoritiesContext(env, trustedCas, request.clientCertificate)
      : sharedOnce().context;
    const total = Math.min(request.deadlineMs ?? deadlineMs, deadlineMs);
    const connector = once
      ? new Connector({ ...connect, timeoutMs: connectMs(total), secureContext, keepAlive: false })
      : sharedOnce().connector;
    const watch: { sent: boolean; fault: unknown } = { sent: false, fault: undefined };
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const controller = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, total);
    const giveUp = (): void => controller.abort();
    request.signal?.addEventListener('abort', giveUp, { once: true });
    if (request.signal?.aborted) controller.abort();
    try {
      const response = await instance.request<Readable>({
        method: request.method,
        url: url.href,
        headers: { 'accept-encoding': 'identity', 'user-agent': 'laps-agent', ...request.headers },
        ...(body === undefined ? {} : { data: body }),
        signal: controller.signal,
        transport: watchedTransport(connector, watch),
      });
      const text = await readCapped(response.data, maxBytes, controller.signal);
      return { kind: 'answer', status: response.status, headers: plainHeaders({ ...response.headers }), text };
    } catch (error) {
      // Only codes are taken from `error` and `watch.fault`: axios' error holds the body, and must end here.
      if (watch.fault instanceof ConnectFailure) return { kind: 'notSent', ...watch.fault.what };
      if (!watch.sent) {
        if (timedOut) return { kind: 'notSent', reason: 'timeoutConnect', detail: `${total} ms` };
        if (controller.signal.aborted) return { kind: 'notSent', reason: 'aborted', detail: 'given up' };
        return { kind: 'notSent', reason: 'unreachable', detail: codeOf(watch.fault ?? error) };
      }
      if (timedOut) return { kind: 'broken', reason: 'timeout', detail: `${total} ms` };
      if (controller.signal.aborted) return { kind: 'broken', reason: 'aborted', detail: 'given up' };
      if (error instanceof TooLarge) return { kind: 'broken', reason: 'tooLarge', detail: `over ${maxBytes} bytes` };
      return { kind: 'broken', reason: 'reset', detail: codeOf(watch.fault ?? error) };
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', giveUp);
      if (once) connector.destroy();
      // It may have carried a password. The exchange is over: answered, or its connection is gone.
      body?.fill(0);
    }
  }

  return {
    async send(request) {
      const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
      if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
        return { kind: 'notSent', reason: 'tls', detail: 'not an https address' };
      return attempt(request, url);
    },
    dropIdle() {
      shared?.connector.dropIdle();
    },
  };
}
