/**
 * How a verb speaks to the daemon: HTTP over the data folder's socket (design 5).
 *
 * Knows: the path, the limits, the one Host name the daemon answers to. Promises: no daemon is a value, not an error, for
 * the verb may then do the work itself; anything else that goes wrong is a LapsError with a hint; a reply is JSON within
 * bounds. Must never: fall back to the network, or send a secret.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { LapsError } from '../core/errors.ts';
import { restartService } from '../core/hosting/staleProgram.ts';
import { localHost } from '../core/localHost.ts';
import { codeOf } from './diskError.ts';
import { maxSocketPathBytes } from './socketPath.ts';

const maxReplyBytes = 4_194_304;
/** Connecting is instant when anybody listens. */
const connectMs = 5_000;

export interface LocalRequest {
  readonly socketPath: string;
  readonly method: 'GET' | 'POST';
  /** Path and query, from `/`. */
  readonly path: string;
  readonly body?: unknown;
  /** Silence longer than this is ERR_LAPS_TIMEOUT. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type LocalReply =
  /** Nobody listens: there is no daemon. */
  { readonly kind: 'absent' } | { readonly kind: 'reply'; readonly status: number; readonly body: unknown };

type Opened = { readonly kind: 'absent' } | { readonly kind: 'message'; readonly message: IncomingMessage };

const unreachable = (message: string) =>
  new LapsError('ERR_LAPS_DAEMON_UNREACHABLE', {
    message,
    hint: `start the daemon again, which is safe at any time (a service: ${restartService}); laps events shows what it did`,
  });

function failureOf(error: unknown, signal: AbortSignal | undefined): LapsError {
  if (error instanceof LapsError) return error;
  if (signal?.aborted)
    return new LapsError('ERR_LAPS_INTERRUPTED', {
      message: 'interrupted while the daemon was at work',
      hint: 'the daemon goes on with it: laps status shows how it ends',
    });
  const errno = codeOf(error);
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new LapsError('ERR_LAPS_PERMISSION', {
      message: 'the daemon of this data folder serves another user',
      hint: 'run the command as that user, for a service with sudo; sudo laps config set group NAME lets a group in',
    });
  }
  return unreachable(`the daemon broke off (${errno ?? 'no reason given'})`);
}

/** Sends; resolves with the reply's head. */
function open(request: LocalRequest): Promise<Opened> {
  const { socketPath, method, path, body, timeoutMs, signal } = request;
  // Node would cut the path short in silence and speak to whoever listens there.
  if (Buffer.byteLength(socketPath) > maxSocketPathBytes) {
    return Promise.reject(unreachable(`the path of the local socket has more than ${maxSocketPathBytes} bytes`));
  }
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      socketPath,
      method,
      path,
      // One request, one connection: nothing is left open when the verb ends.
      agent: false,
      headers: {
        Host: localHost,
        Accept: 'application/json',
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': payload.length }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    const connecting = setTimeout(() => sent.destroy(unreachable('the daemon does not take connections')), connectMs);
    sent.on('socket', (socket) => socket.once('connect', () => clearTimeout(connecting)));
    sent.setTimeout(timeoutMs, () =>
      sent.destroy(
        new LapsError('ERR_LAPS_TIMEOUT', {
          message: `the daemon did not answer within ${Math.round(timeoutMs / 1000)} s`,
          hint: 'it goes on with what it does; laps status shows how far it is',
        }),
      ),
    );
    sent.on('error', (error) => {
      clearTimeout(connecting);
      const errno = codeOf(error);
      // A file without a listener, or no file: the daemon is not there. A file that is no socket answers the same.
      if (errno === 'ENOENT' || errno === 'ECONNREFUSED' || errno === 'ENOTSOCK' || errno === 'ENOTDIR') {
        resolve({ kind: 'absent' });
      } else reject(failureOf(error, signal));
    });
    sent.on('response', (message) => {
      clearTimeout(connecting);
      resolve({ kind: 'message', message });
    });
    sent.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreachable('the daemon answered something that is no JSON');
  }
}

/**
 * Asks once. Throws ERR_LAPS_PERMISSION (the socket is closed to this user), ERR_LAPS_TIMEOUT, ERR_LAPS_INTERRUPTED,
 * ERR_LAPS_DAEMON_UNREACHABLE (it broke off, or answered no JSON).
 */
export async function askDaemon(request: LocalRequest): Promise<LocalReply> {
  const opened = await open(request);
  if (opened.kind === 'absent') return opened;
  const { message } = opened;
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of message) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxReplyBytes) throw unreachable('the daemon answered more than it may');
      chunks.push(bytes);
    }
    if (!message.complete) throw unreachable('the daemon broke off in the middle of its answer');
    const text = Buffer.concat(chunks).toString('utf8');
    return { kind: 'reply', status: message.statusCode ?? 0, body: text === '' ? null : parsed(text) };
  } catch (error) {
    throw failureOf(error, request.signal);
  } finally {
    message.destroy();
  }
}
