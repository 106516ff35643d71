/**
 * The log as the service tells it to those who may not read its files.
 *
 * Promises: every event once, in the order written, whatever becomes of the clock. Must never: take a refusal for an empty
 * log.
 */
import type { LoggedEvent } from '../compose.ts';
import type { LocalDoor } from '../composeDoor.ts';
import { LapsError } from '../core/errors.ts';
import { serviceSilent } from './place.ts';

const everyMs = 1_000;

export interface EventsWish {
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Epoch ms. What is written while it is followed is later, whatever the clock says then. */
  readonly since?: number;
  /** Nothing is to be told before that time has come. */
  readonly isAhead?: boolean;
  readonly id?: number;
}

function isEvent(value: unknown): value is LoggedEvent {
  return typeof value === 'object' && value !== null && 'id' in value && 'time' in value && 'message' in value;
}

interface Told {
  readonly events: readonly LoggedEvent[];
  /** Where in the log the service ended; null while there is no log. */
  readonly next: string | null;
}

async function told(door: Pick<LocalDoor, 'askDaemon'>, query: URLSearchParams, wish: EventsWish): Promise<Told> {
  const { signal } = wish;
  const reply = await door.askDaemon({ method: 'GET', path: `/events?${query}`, timeoutMs: 10_000, signal });
  if (reply.kind === 'absent') throw serviceSilent();
  const { body, status } = reply;
  if (status === 200 && typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events)) {
    const next = 'next' in body && (typeof body.next === 'string' || body.next === null) ? body.next : undefined;
    // One of an older version tells no place: what it told could not be told from what is new.
    if (next !== undefined || !wish.follow) return { events: body.events.filter(isEvent), next: next ?? null };
  }
  throw new LapsError('ERR_LAPS_DAEMON_UNREACHABLE', {
    message: `the service did not tell its events (HTTP ${status})`,
    hint: 'it may be of another version: restart it; with sudo this command reads the log itself',
  });
}

/** Throws as askDaemon does, and ERR_LAPS_PERMISSION where no service answers. */
export async function* eventsByDaemon(
  door: Pick<LocalDoor, 'askDaemon' | 'pause'>,
  wish: EventsWish,
): AsyncGenerator<LoggedEvent> {
  const { follow, signal, since, isAhead = false, id } = wish;
  let after: string | null = null;
  for (;;) {
    const query = new URLSearchParams();
    if (since !== undefined && (after === null || isAhead)) query.set('since', String(since));
    if (id !== undefined) query.set('id', String(id));
    if (after !== null) query.set('after', after);
    const { events, next }: Told = await told(door, query, wish).catch((error: unknown) => {
      // Ctrl-C is how following ends, also in the middle of a question.
      if (follow && signal.aborted) return { events: [], next: null };
      throw error;
    });
    yield* events;
    after = next ?? after;
    if (!follow || !(await door.pause(everyMs, signal))) return;
  }
}
