/**
 * The log as the service tells it to those who may not read its files.
 *
 * Promises: every event once, however often it is asked for, also where the clock was set back by less than an hour. Must
 * never: take a refusal for an empty log.
 */
import type { LoggedEvent } from '../compose.ts';
import type { LocalDoor } from '../composeDoor.ts';
import { LapsError } from '../core/errors.ts';
import { instantOfIso } from '../core/time.ts';
import { serviceSilent } from './place.ts';

const everyMs = 1_000;
/** So much is asked for again: a millisecond may still grow, and a clock be set back. */
const againMs = 3_600_000;
/** No reply holds more events; what was shown before these is not told again. */
const mostTold = 1_000;

export interface EventsWish {
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Epoch ms. */
  readonly since?: number;
  readonly id?: number;
}

function isEvent(value: unknown): value is LoggedEvent {
  return typeof value === 'object' && value !== null && 'id' in value && 'time' in value && 'message' in value;
}

async function told(
  door: Pick<LocalDoor, 'askDaemon'>,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<LoggedEvent[]> {
  const reply = await door.askDaemon({ method: 'GET', path: `/events?${query}`, timeoutMs: 10_000, signal });
  if (reply.kind === 'absent') throw serviceSilent();
  const { body, status } = reply;
  if (status === 200 && typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events))
    return body.events.filter(isEvent);
  throw new LapsError('ERR_LAPS_DAEMON_UNREACHABLE', {
    message: `the service did not tell its events (HTTP ${status})`,
    hint: 'it may be of another version: restart it; with sudo this command reads the log itself',
  });
}

/** Throws as askDaemon does, and ERR_LAPS_PERMISSION where no service answers. */
export async function* eventsByDaemon(
  door: Pick<LocalDoor, 'askDaemon' | 'pause'>,
  { follow, signal, since: first, id }: EventsWish,
): AsyncGenerator<LoggedEvent> {
  let since = first;
  /** In the order shown. */
  const shown = new Set<string>();
  for (;;) {
    const query = new URLSearchParams();
    if (since !== undefined) query.set('since', String(since));
    if (id !== undefined) query.set('id', String(id));
    const events = await told(door, query, signal).catch((error: unknown) => {
      // Ctrl-C is how following ends, also in the middle of a question.
      if (follow && signal.aborted) return [];
      throw error;
    });
    for (const event of events) {
      const text = JSON.stringify(event);
      if (shown.has(text)) continue;
      for (const oldest of shown) {
        if (shown.size < mostTold) break;
        shown.delete(oldest);
      }
      shown.add(text);
      since = Math.max(first ?? 0, (instantOfIso(event.time) ?? 0) - againMs);
      yield event;
    }
    if (!follow || !(await door.pause(everyMs, signal))) return;
  }
}
