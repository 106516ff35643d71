/**
 * One request from its first byte to its log line: route, faults, operation, reply.
 *
 * Knows: the order in which faults bite. Promises: what a fault says was stored was stored, and nothing else; an
 * operation that fails is answered in its service's shape. Must never: log a query, a body, a header or a reply.
 */
import type { IncomingRequest, OutgoingReply, RequestHandler } from '../edge/httpServer.ts';
import type { Exchange, TenantContext, TenantLogLine } from './context.ts';
import { type DrsSubcode, drsRefusal, graphError, oauthError, type Voice } from './envelopes.ts';
import type { Effect, FaultBoard } from './faults.ts';
import { cleanText } from './plain.ts';
import { type FoundRoute, findRoute, type Service } from './routes.ts';

export interface ServeParts {
  /** Resolves when the tenant knows its own address. */
  readonly context: Promise<TenantContext>;
  readonly faults: FaultBoard;
  /** Epoch ms by the tenant's clock. */
  readonly now: () => number;
  readonly log: (line: TenantLogLine) => void;
  /** Ends waiting faults. */
  readonly closing: AbortSignal;
}

export function createServe(parts: ServeParts): RequestHandler {
  return async (request) => {
    const tenant = await parts.context;
    const started = performance.now();
    const route = findRoute(request);
    const effects = request.tooLarge === true ? [] : parts.faults.take(route.operation);
    const skew = effects.find((effect) => effect.kind === 'clock-skew');
    const at = parts.now() + (skew?.seconds ?? 0) * 1000;
    const clientRequestId = idOf(request);
    const voice: Voice = {
      at,
      requestId: tenant.newId(),
      ...(clientRequestId === undefined ? {} : { clientRequestId }),
    };
    const notes: Record<string, string> = {};
    const note = (name: string, value: string) => {
      notes[name] = cleanText(value);
    };
    if (route.operation !== null) note('operation', route.operation);
    if (effects.length > 0) note('fault', effects.map((effect) => effect.kind).join('+'));
    const param = (name: string) => route.params[name] ?? '';
    const exchange: Exchange = { tenant, request, param, at, voice, note };

    const reply =
      request.tooLarge === true
        ? shaped(route.service, exchange, 413)
        : await faulty(exchange, route, effects, parts.closing);
    parts.log({
      at,
      method: cleanText(request.method),
      path: cleanText(request.path),
      status: reply.drop === 'before' ? 0 : reply.status,
      durationMs: Math.round(performance.now() - started),
      requestId: voice.requestId,
      notes,
    });
    return withDate(reply, at);
  };
}

/** The tenant's own clock shows in every reply, faults included. */
function withDate(reply: OutgoingReply, at: number): OutgoingReply {
  return { ...reply, headers: { date: new Date(at).toUTCString(), ...reply.headers } };
}

/** The caller's id, from the query or a header, where it is a GUID, braced or not. */
function idOf(request: IncomingRequest): string | undefined {
  const id = request.query.get('client-request-id') ?? request.headers['client-request-id'];
  return id != null && /^(\{[0-9a-f-]{36}\}|[0-9a-f-]{36})$/i.test(id) ? id : undefined;
}

async function run({ service, handler }: FoundRoute, exchange: Exchange): Promise<OutgoingReply> {
  try {
    return await handler(exchange);
  } catch (error) {
    // Its name only: the text of a foreign error may quote what it choked on.
    const code = error instanceof Error && 'code' in error ? ` ${String(error.code)}` : '';
    exchange.note('problem', `${error instanceof Error ? error.name : 'unknown'}${code}`);
    return shaped(service, exchange, 500);
  }
}

async function faulty(
  exchange: Exchange,
  route: FoundRoute,
  effects: readonly Effect[],
  closing: AbortSignal,
): Promise<OutgoingReply> {
  for (const effect of effects) if (effect.kind === 'delay') await pause(effect.ms, closing);
  const verdict = effects.find((effect) => !['delay', 'clock-skew', 'duplicate'].includes(effect.kind));
  const before = verdict && (await insteadOf(verdict, exchange, route.service));
  if (before !== undefined) return before;
  if (effects.some((effect) => effect.kind === 'duplicate')) await run(route, exchange);
  const reply = await run(route, exchange);
  return verdict === undefined ? reply : after(verdict, reply, exchange);
}

/** Effects that keep the request from the operation. */
async function insteadOf(effect: Effect, exchange: Exchange, service: Service): Promise<OutgoingReply | undefined> {
  switch (effect.kind) {
    case 'drop-reply-before-store':
      return { status: 500, drop: 'before' };
    case 'hang':
      await goneOf(exchange);
      return { status: 500, drop: 'before' };
    case 'throttle': {
      const date = new Date(exchange.at + effect.seconds * 1000).toUTCString();
      return shaped(service, exchange, 429, effect.asDate ? date : String(effect.seconds));
    }
    case 'unavailable':
      return shaped(service, exchange, 503, '30');
    case 'status':
      return effect.status < 400 ? { status: effect.status } : shaped(service, exchange, effect.status);
    case 'refuse':
      return drsRefusal(exchange.voice, effect.subcode, {
        operation: exchange.request.method,
        tenantId: exchange.tenant.tenantId,
        deviceId: exchange.param('deviceId'),
        ...(effect.subcode === 'error_too_many_requests' ? { retryAfter: '30' } : {}),
      });
    case 'html':
      return between(200);
    case 'redirect':
      return { status: 307, headers: { location: effect.url } };
    default:
      return undefined;
  }
}

/** Effects on a reply whose operation was carried out. */
async function after(effect: Effect, reply: OutgoingReply, exchange: Exchange): Promise<OutgoingReply> {
  switch (effect.kind) {
    case 'drop-reply-after-store':
      return { ...reply, drop: 'before' };
    case 'drop-mid-body':
      return { ...reply, drop: 'mid-body' };
    case 'hang-after-store':
      await goneOf(exchange);
      return { ...reply, drop: 'before' };
    case 'status-after-store':
      return between(effect.status);
    case 'empty':
      return { status: 200 };
    case 'malformed':
      return { ...reply, body: Buffer.from(reply.body ?? '').subarray(0, Buffer.from(reply.body ?? '').length >> 1) };
    case 'wrong-echo': {
      const another = `{${exchange.tenant.newId().toUpperCase()}}`;
      return { ...reply, headers: { ...reply.headers, 'client-request-id': another }, body: '{}' };
    }
    default:
      return reply;
  }
}

/** What a gateway or a captive portal says in the service's place. */
function between(status: number): OutgoingReply {
  const page = `<!doctype html><html><title>Gateway</title><h1>${status}</h1></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
}

/** The service itself refuses, in its own shape. */
function shaped(service: Service, exchange: Exchange, status: number, retryAfter?: string): OutgoingReply {
  const { voice, tenant, request, param } = exchange;
  const wait = retryAfter ?? (status === 429 || status === 503 ? '30' : undefined);
  const more = { status, ...(wait === undefined ? {} : { retryAfter: wait }) };
  if (service === 'login') {
    const names = { 413: 'tooLarge', 429: 'throttled', 503: 'unavailable' } as const;
    const known: Readonly<Record<number, (typeof names)[keyof typeof names]>> = names;
    return oauthError(voice, known[status] ?? 'failed', '', more);
  }
  if (service === 'graph') {
    const codes = {
      401: 'InvalidAuthenticationToken',
      403: 'Authorization_RequestDenied',
      404: 'ResourceNotFound',
      413: 'RequestEntityTooLarge',
      429: 'TooManyRequests',
      503: 'ServiceUnavailable',
    } as const;
    const known: Readonly<Record<number, (typeof codes)[keyof typeof codes]>> = codes;
    return graphError(voice, known[status] ?? (status < 500 ? 'BadRequest' : 'InternalServerError'), more);
  }
  const subcodes: Readonly<Record<number, DrsSubcode>> = {
    401: 'error_invalid_token',
    403: 'error_authorization_request_denied',
    404: 'error_not_found',
    413: 'error_invalid_body',
    429: 'error_too_many_requests',
    503: 'error_unavailable',
  };
  const subcode = subcodes[status] ?? (status < 500 ? 'error_fail' : 'error_internal');
  const own: Readonly<Record<string, string>> = {
    error_fail: 'The request was refused.',
    error_invalid_body: 'The request body is too large.',
  };
  const text = own[subcode];
  const message = text === undefined ? {} : { message: text };
  const about = { operation: request.method, tenantId: tenant.tenantId, deviceId: param('deviceId') };
  return drsRefusal(voice, subcode, { ...about, ...message, ...more });
}

function pause(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closing.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    closing.addEventListener('abort', end);
  });
}

function goneOf({ request }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    if (request.gone.aborted) resolve();
    else request.gone.addEventListener('abort', () => resolve(), { once: true });
  });
}
