/** `laps events` for those who may not read the log: the verb's own questions, over a real socket, to the real door. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventsWish, eventsByDaemon } from '../../agent/cli/eventsByDaemon.ts';
import type { LoggedEvent } from '../../agent/compose.ts';
import { type LocalDoor, localDoor } from '../../agent/composeDoor.ts';
import { LapsError } from '../../agent/core/errors.ts';
import { type RunningHttpServer, startHttpServer } from '../../agent/edge/httpServer.ts';
import { type ApiDeps, createLocalApi } from '../../agent/service/localApi.ts';

const hour = 3_600_000;

describe('the log through the door of the daemon', () => {
  let folder = '';
  let server: RunningHttpServer | undefined;
  let door: LocalDoor;
  let log: LoggedEvent[];
  let asked: unknown[];
  const event = (id: number, at: number, message = `event ${id}`): LoggedEvent => ({
    time: new Date(at).toISOString(),
    id,
    level: 'info',
    name: 'Event',
    message,
    fields: {},
  });
  const unasked = () => Promise.reject(new Error('only the events are asked for'));
  const events: ApiDeps['events'] = async (wanted) => {
    asked.push(wanted);
    const { since = 0, id } = wanted;
    return log.filter((each) => Date.parse(each.time) >= since && (id === undefined || each.id === id)).slice(-1_000);
  };
  const serve = async (read: ApiDeps['events']): Promise<void> => {
    const queue = { ask: unasked, busy: () => false, idle: async () => {} };
    const deps = { queue, status: unasked, look: unasked, now: () => 0, stage: () => null, answer: () => null };
    const path = join(folder, 'd.sock');
    server = await startHttpServer({
      listen: { kind: 'socket', path },
      handler: createLocalApi({ ...deps, events: read }),
    });
    door = await localDoor({ folder: { socket: path } });
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laps-door-'));
    [log, asked] = [[event(10003, 2 * hour - 1), event(10029, 2 * hour), event(10004, 2 * hour)], []];
    await serve(events);
  });
  afterEach(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is shown until as many looks are over; before each but the first, something happens. */
  async function shown(wish: Partial<EventsWish>, between: ReadonlyArray<() => void> = []): Promise<LoggedEvent[]> {
    const coming = [...between];
    const pause: LocalDoor['pause'] = async () => {
      const next = coming.shift();
      next?.();
      return next !== undefined;
    };
    const { signal } = new AbortController();
    const all: LoggedEvent[] = [];
    const wanted = { follow: between.length > 0, signal, ...wish };
    for await (const each of eventsByDaemon({ ...door, pause }, wanted)) all.push(each);
    return all;
  }

  it('is told by number and by time', async () => {
    assert.deepEqual(await shown({}), log);
    assert.deepEqual(await shown({ id: 10029 }), [log[1]]);
    assert.deepEqual(await shown({ since: 2 * hour }), log.slice(1));
    assert.deepEqual(await shown({ since: 2 * hour + 1 }), []);
    assert.deepEqual(asked, [{}, { id: 10029 }, { since: 2 * hour }, { since: 2 * hour + 1 }]);
  });

  it('is followed without telling anything twice, also within one millisecond and over a clock set back', async () => {
    const more = [
      event(10015, 2 * hour),
      event(10030, 3 * hour),
      event(50000, 2 * hour + 1),
      event(10005, 2 * hour + 2),
    ];
    const add = () => {
      const next = more.shift();
      if (next !== undefined) log.push(next);
    };
    const all = await shown({ follow: true }, [add, () => {}, add, add, () => {}, add, () => {}]);
    assert.deepEqual(all, log);
    assert.deepEqual(asked.slice(0, 3), [{}, { since: hour }, { since: hour }]);
  });

  it('is followed in bounded memory and still told once where more was written than a reply holds', async () => {
    const burst = () => {
      for (let at = 0; at < 2_500; at += 1) log.push(event(10029, 3 * hour + at));
    };
    const late = () => void log.push(event(50000, 3 * hour - 1));
    const all = await shown({ follow: true }, [burst, () => {}, late, () => {}]);
    // The oldest of the burst were gone before anybody asked again.
    assert.deepEqual(all, [...log.slice(0, 3), ...log.slice(-1_001)]);
  });

  it('is asked for in words the door knows: others are refused, and a refusal is no empty log', async () => {
    const bogus = await door.askDaemon({ method: 'GET', path: '/events?bogus=1', timeoutMs: 5_000 });
    assert.deepEqual([bogus.kind, bogus.kind === 'reply' && bogus.status], ['reply', 400]);
    await assert.rejects(
      shown({ id: 1e16 }),
      (error: unknown) => error instanceof LapsError && error.code === 'ERR_LAPS_DAEMON_UNREACHABLE',
    );
  });

  it('ends with Ctrl-C in the middle of a question as between two', async () => {
    await server?.close();
    const ended = new AbortController();
    await serve(async () => {
      ended.abort();
      return [];
    });
    assert.deepEqual(await shown({ follow: true, signal: ended.signal }), []);
  });
});
