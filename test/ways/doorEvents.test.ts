/** `laps events` for those who may not read the log: the verb's own questions, over a real socket, to the real door. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventsWish, eventsByDaemon } from '../../agent/cli/eventsByDaemon.ts';
import { type LocalDoor, localDoor } from '../../agent/composeDoor.ts';
import { LapsError } from '../../agent/core/errors.ts';
import { createEventLog, eventsFile } from '../../agent/edge/eventLog.ts';
import { lastEvents } from '../../agent/edge/eventReader.ts';
import { type RunningHttpServer, startHttpServer } from '../../agent/edge/httpServer.ts';
import { type ApiDeps, createLocalApi, type EventsWanted } from '../../agent/service/localApi.ts';

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2026, 10, 23, 12);

describe('the log through the door of the daemon', () => {
  let folder = '';
  let server: RunningHttpServer | undefined;
  let door: LocalDoor;
  let asked: EventsWanted[];
  let log: ReturnType<typeof createEventLog>;
  const unasked = () => Promise.reject(new Error('only the events are asked for'));
  const logs = () => join(folder, 'logs');
  const write = (id: 10003 | 10004, at: number): void => log.write({ at, id, fields: {} });
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
    asked = [];
    mkdirSync(logs());
    log = createEventLog({ folder: logs(), maxBytes: 100_000 });
    await serve((wanted) => {
      asked.push(wanted);
      return lastEvents({ folder: logs(), ...wanted });
    });
  });
  afterEach(async () => {
    log.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is shown until as many looks are over, `id hours`; before each but the first, something happens. */
  async function shown(wish: Partial<EventsWish>, between: ReadonlyArray<() => void> = []): Promise<string[]> {
    const coming = [...between];
    const pause: LocalDoor['pause'] = async () => {
      const next = coming.shift();
      next?.();
      return next !== undefined;
    };
    const { signal } = new AbortController();
    const all: string[] = [];
    const wanted = { follow: between.length > 0, signal, ...wish };
    for await (const { id, time } of eventsByDaemon({ ...door, pause }, wanted))
      all.push(`${id} ${(Date.parse(time) - noon) / hour}`);
    return all;
  }
  const nothing = () => {};

  it('is told by number and by time', async () => {
    write(10003, noon - hour);
    write(10004, noon);
    assert.deepEqual(await shown({}), ['10003 -1', '10004 0']);
    assert.deepEqual(await shown({ id: 10004 }), ['10004 0']);
    assert.deepEqual(await shown({ since: noon }), ['10004 0']);
    assert.deepEqual(await shown({ since: noon + 1 }), []);
    assert.deepEqual(asked, [{}, { id: 10004 }, { since: noon }, { since: noon + 1 }]);
  });

  it('is followed without missing or repeating anything, also where the clock is set back or forward by days', async () => {
    write(10003, noon);
    const all = await shown({ follow: true }, [
      () => write(10004, noon),
      nothing,
      () => write(10003, noon - 2 * day),
      nothing,
      () => write(10004, noon - 2 * day),
      () => write(10003, noon + 300 * day),
      () => write(10004, noon),
      nothing,
    ]);
    assert.deepEqual(all, ['10003 0', '10004 0', '10003 -48', '10004 -48', '10003 7200', '10004 0']);
  });

  it('counts what is written while it is followed as later than any time before, whatever the clock says then', async () => {
    write(10003, noon - hour);
    write(10003, noon);
    const set = [() => write(10004, noon - day), nothing];
    assert.deepEqual(await shown({ since: noon }, set), ['10003 0', '10004 -24']);
    assert.deepEqual(await shown({ since: noon + day, isAhead: true }, [() => write(10004, noon), nothing]), []);
    assert.deepEqual(await shown({ id: 10003 }, [() => write(10004, noon), () => write(10003, noon)]), [
      '10003 -1',
      '10003 0',
      '10003 0',
    ]);
  });

  it('is followed from one file into the next, and from before the first was begun', async () => {
    const all = await shown({}, [
      nothing,
      () => write(10003, noon),
      () => {
        for (let at = 0; at < 900; at += 1) write(10004, noon);
      },
      nothing,
      () => write(10003, noon - hour),
    ]);
    assert.deepEqual([all.length, all[0], all.at(-1)], [902, '10003 0', '10003 -1']);
  });

  it('is told anew, once, where the place is gone: no file of another log is taken for it', async () => {
    write(10003, noon);
    const swap = () => {
      log.close();
      rmSync(logs(), { recursive: true });
      mkdirSync(logs());
      log = createEventLog({ folder: logs() });
      for (const at of [noon + hour, noon + 2 * hour, noon + 3 * hour]) write(10004, at);
    };
    assert.deepEqual(await shown({}, [swap, nothing, nothing]), ['10003 0', '10004 1', '10004 2', '10004 3']);
  });

  it('waits for the end of a line that is being written', async () => {
    write(10003, noon);
    const line = JSON.stringify({
      time: new Date(noon).toISOString(),
      id: 10004,
      level: 'info',
      name: 'n',
      message: 'é',
    });
    const cut = Buffer.from(line).subarray(0, Buffer.byteLength(line) - 3);
    const all = await shown({}, [
      () => appendFileSync(eventsFile(logs(), 0), cut),
      nothing,
      () =>
        appendFileSync(
          eventsFile(logs(), 0),
          Buffer.concat([Buffer.from(line).subarray(cut.length), Buffer.from('\n')]),
        ),
    ]);
    assert.deepEqual(all, ['10003 0', '10004 0']);
  });

  it('tells no more than the last thousand at once', async () => {
    for (let at = 0; at < 1_200; at += 1) write(10004, noon);
    write(10003, noon);
    const all = await shown({}, [nothing, () => write(10003, noon)]);
    assert.deepEqual([all.length, all.at(-1)], [1_001, '10003 0']);
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
      return { events: [], next: null };
    });
    assert.deepEqual(await shown({ follow: true, signal: ended.signal }), []);
  });
});
