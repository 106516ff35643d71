/**
 * The daemon's door for this machine: HTTP on a unix socket (design 5).
 *
 * Knows: the few requests and who may not send them. Promises: answers as contract 3 has them; a browser is refused
 * (Origin, Referer or a foreign Host), for a page must never reach a rotation. Must never: answer with a secret. Who may
 * connect at all is decided by the socket's file mode, not here.
 */
import { localHost } from '../core/localHost.ts';
import type { CycleResult } from './endings.ts';
import type { Asked, CycleQueue } from './queue.ts';
import type { Stage } from './run.ts';
import type { StatusReport } from './status.ts';

/** A request as the server wrapper gives it. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ApiDeps {
  readonly queue: CycleQueue;
  readonly status: () => Promise<StatusReport>;
  /** Looks for new sign-ins now. */
  readonly look: () => Promise<unknown>;
  readonly now: () => number;
  readonly stage: () => Stage | null;
  readonly answer: (result: CycleResult) => unknown;
  /** The last events of the log in the order written, and where that ends; null where there is no log yet. */
  readonly events: (
    wanted: EventsWanted,
  ) => Promise<{ readonly events: readonly unknown[]; readonly next: string | null }>;
}

export interface EventsWanted {
  readonly since?: number;
  readonly id?: number;
  /** Only what was written behind a place that an answer told as its `next`. */
  readonly after?: string;
}

function json(status: number, value: unknown): ApiReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  };
}

function refusal(status: number, message: string): ApiReply {
  return json(status, { error: { code: 'ERR_LAPS_USAGE', message, hint: 'this socket is for the laps command' } });
}

type Flags = Required<Pick<Asked, 'acceptRisk' | 'redraw' | 'takeOver'>>;

function flagsOf(body: Uint8Array): Flags | undefined {
  if (body.length === 0) return { acceptRisk: false, redraw: false, takeOver: false };
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const {
      acceptRisk = false,
      redraw = false,
      takeOver = false,
      ...stray
    } = value as Readonly<Record<string, unknown>>;
    // A flag that is not known here must not be passed over: whoever set it relies on it.
    if (Object.keys(stray).length > 0) return undefined;
    return typeof acceptRisk === 'boolean' && typeof redraw === 'boolean' && typeof takeOver === 'boolean'
      ? { acceptRisk, redraw, takeOver }
      : undefined;
  } catch {
    return undefined;
  }
}

const placeForm = /^\d{1,20}-\d{1,15}-[0-9a-f]{16}$/;

/** `/events?since=MS&id=N&after=PLACE`, each at most once. */
function wantedIn(query: URLSearchParams): EventsWanted | undefined {
  const wanted: { since?: number; id?: number; after?: string } = {};
  for (const [name, text] of query) {
    if (name !== 'since' && name !== 'id' && name !== 'after') return undefined;
    if (wanted[name] !== undefined || !(name === 'after' ? placeForm : /^\d{1,15}$/).test(text)) return undefined;
    if (name === 'after') wanted.after = text;
    else wanted[name] = Number(text);
  }
  return wanted;
}

/** Handles one request; never rejects for what a client sends. */
export function createLocalApi(deps: ApiDeps): (request: ApiRequest) => Promise<ApiReply> {
  const ask = async (trigger: Asked['trigger'], body: Uint8Array): Promise<ApiReply> => {
    const flags = flagsOf(body);
    if (flags === undefined) return refusal(400, 'the body is not what the laps command sends');
    return json(200, deps.answer(await deps.queue.ask({ trigger, requestedAt: deps.now(), ...flags })));
  };
  return async (request) => {
    const { headers, method, path, query } = request;
    if (headers['origin'] !== undefined || headers['referer'] !== undefined || headers['host'] !== localHost)
      return refusal(403, 'requests from a browser or for another host are refused');
    if (method === 'GET' && path === '/events') {
      const wanted = wantedIn(query);
      return wanted === undefined
        ? refusal(400, 'what is asked of the events is not what the laps command asks')
        : json(200, await deps.events(wanted));
    }
    // As with a flag that is not known here: nothing that was asked for is passed over.
    if (query.size > 0) return refusal(400, `${method} ${path} takes no query`);
    if (method === 'POST' && path === '/reset') return ask('administrator', request.body);
    if (method === 'POST' && path === '/process') return ask('process command', request.body);
    // Somebody signed in a moment ago: the deadline is told at once, not at the next look.
    if (method === 'POST' && path === '/look') {
      await deps.look();
      return json(200, await deps.status());
    }
    if (method === 'GET' && path === '/status') return json(200, await deps.status());
    if (method === 'GET' && path === '/stage') return json(200, { stage: deps.stage() });
    return refusal(404, `there is no ${method} ${path}`);
  };
}
