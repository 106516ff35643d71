import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventTable, type LapsEvent } from '../../agent/core/events.ts';
import { createEventLog, eventsFile, olderFiles, writtenEvent } from '../../agent/edge/eventLog.ts';
import { logProblem, putLogAside } from '../../agent/edge/eventLogLook.ts';
import { isKnownEventId, parseEventLine, type ReadRequest, readEvents } from '../../agent/edge/eventReader.ts';

const at = Date.parse('2026-11-23T10:00:00.000Z');
const refused = (text: string): LapsEvent => ({
  at,
  id: 10059,
  fields: { HttpStatus: 400, ResponseText: text },
  cycleId: 'c-1',
  rotationId: '3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21',
});
const numbered = (id: 10003 | 10004, index: number): LapsEvent => ({ at: at + index, id, fields: {} });

describe('the event log', () => {
  let folder = '';
  let open: Array<{ close(): void }> = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-events-'));
    open = [];
  });
  afterEach(async () => {
    for (const log of open) log.close();
    await rm(folder, { recursive: true, force: true });
  });
  function newLog(maxBytes?: number) {
    const log = createEventLog(maxBytes === undefined ? { folder } : { folder, maxBytes });
    open.push(log);
    return log;
  }
  async function readAll(request: Omit<ReadRequest, 'folder'> = {}) {
    const all = [];
    for await (const event of readEvents({ folder, ...request })) all.push(event);
    return all;
  }
  const rawLines = () => readFileSync(eventsFile(folder, 0), 'utf8').split('\n').slice(0, -1);

  it('has each line in the file when write returns, in the contract’s form', () => {
    const log = newLog();
    for (let index = 0; index < 100; index += 1) {
      log.write(numbered(10003, index));
      assert.equal(rawLines().length, index + 1);
    }
    log.write({ at, id: 10005, fields: { HResult: 0x80070190 }, cycleId: 'c-1' });
    assert.deepEqual(JSON.parse(rawLines().at(-1) ?? ''), {
      time: '2026-11-23T10:00:00.000Z',
      id: 10005,
      level: 'info',
      name: 'CycleFailed',
      message: 'policy processing failed with 0x80070190',
      cycleId: 'c-1',
      fields: { HResult: '0x80070190' },
    });
    assert.equal(statSync(eventsFile(folder, 0)).mode & 0o777, 0o600);
  });

  it('loses nothing of a thousand events in a row and flushes', async () => {
    const log = newLog();
    for (let index = 0; index < 1000; index += 1) log.write(numbered(10004, index));
    await log.flush();
    assert.equal((await readAll()).length, 1000);
    assert.deepEqual(log.counts(), { droppedFields: 0, lostLines: 0 });
  });

  it('drops and counts a field that nobody declared', async () => {
    const log = newLog();
    log.write({ at, id: 10003, fields: { Password: 'planted' } });
    assert.equal(log.counts().droppedFields, 1);
    assert.deepEqual((await readAll())[0]?.fields, {});
    assert.ok(!rawLines().join().includes('planted'));
  });

  it('lets no text from the network forge a line or command a terminal', async () => {
    const forged = '\r\n{"time":"x"}\n\u001b]0;title\u0007\u009b31m\u2028\u202egnp.exe\u0000\ud800';
    newLog().write(refused(forged));
    assert.equal(rawLines().length, 1);
    const [event] = await readAll();
    assert.ok(event !== undefined);
    for (const text of [event.message, event.fields['ResponseText']]) {
      assert.ok(typeof text === 'string' && !/[\p{Cc}\p{Cs}\u2028\u202e]/u.test(text), JSON.stringify(text));
      assert.ok(text.includes('\\u{1b}'));
    }
  });

  it('bounds what a field may take', async () => {
    newLog().write(refused('x'.repeat(1_000_000)));
    assert.ok((rawLines()[0]?.length ?? 0) < 10_000);
  });

  it('writes every event of the table so that it is read back the same', async () => {
    const log = newLog();
    const events = Object.entries(eventTable).map(([id, row]) => ({
      at,
      // The table's own key, come back from text.
      id: Number(id) as LapsEvent['id'],
      fields: Object.fromEntries(Object.entries(row.fields).map(([name, kind]) => [name, kind === 'text' ? 'x' : 1])),
    }));
    for (const event of events) log.write(event);
    assert.deepEqual(await readAll(), events.map(writtenEvent));
  });

  it('begins a new file when one is full, keeps the older ones, and drops the oldest', async () => {
    const log = newLog(2000);
    for (let index = 0; index < 300; index += 1) log.write(numbered(10003, index));
    const names = (await readdir(folder)).sort();
    assert.deepEqual(names, [
      'events.jsonl',
      ...Array.from({ length: olderFiles }, (_, age) => `events.jsonl.${age + 1}`),
    ]);
    const times = (await readAll()).map((event) => Date.parse(event.time) - at);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.equal(times.at(-1), 299);
    assert.equal(new Set(times).size, times.length);
  });

  it('does not grow onto a line that a killed writer left torn', async () => {
    newLog().write(numbered(10003, 0));
    await appendFile(eventsFile(folder, 0), '{"time":"2026-11');
    newLog().write(numbered(10004, 1));
    let bad = 0;
    const events = await readAll({ onBadLine: () => (bad += 1) });
    assert.deepEqual(
      events.map((event) => event.id),
      [10003, 10004],
    );
    assert.equal(bad, 1);
  });

  it('goes on in the file of that name when somebody moved or removed the one it had open', async () => {
    const log = newLog();
    log.write(numbered(10003, 0));
    await rename(eventsFile(folder, 0), join(folder, 'archive'));
    log.write(numbered(10004, 1));
    rmSync(eventsFile(folder, 0));
    log.write(numbered(10004, 2));
    assert.equal(rawLines().length, 1);
  });

  for (const [what, place, says] of [
    ['a link', (path: string) => symlinkSync('elsewhere', path), /is a symbolic link/],
    ['a folder', (path: string) => mkdirSync(path), /is not a file/],
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path]), /is not a file/],
  ] as const)
    it(`tells once, with its path, that ${what} in its place keeps it from being written, and can be cleared`, async () => {
      const path = eventsFile(folder, 0);
      place(path);
      const lost: string[] = [];
      const log = createEventLog({ folder, onLost: (problem) => lost.push(problem) });
      open.push(log);
      log.write(numbered(10003, 0));
      log.write(numbered(10004, 1));
      assert.equal(lost.length, 1);
      assert.match(lost[0] ?? '', says);
      assert.ok(lost[0]?.includes(path));
      assert.equal(log.counts().lostLines, 2);
      assert.match((await logProblem(folder)) ?? '', says);
      await assert.rejects(readAll(), (error: unknown) => error instanceof Error && error.message.includes(path));
      assert.equal(await putLogAside(folder), 'events.jsonl.damaged-1');
      assert.equal(await putLogAside(folder), undefined);
      log.write(numbered(10004, 2));
      assert.equal((await readAll()).length, 1);
      assert.equal(await logProblem(folder), undefined);
    });

  it('counts what the disk refuses, throws nothing, and follows no link', async () => {
    await writeFile(join(folder, 'target'), '');
    symlinkSync('target', eventsFile(folder, 0));
    const log = newLog();
    log.write(numbered(10003, 0));
    assert.deepEqual(log.counts(), { droppedFields: 0, lostLines: 1 });
    assert.equal(await readFile(join(folder, 'target'), 'utf8'), '');
    rmSync(eventsFile(folder, 0));
    log.write(numbered(10003, 1));
    assert.equal(rawLines().length, 1);
  });

  describe('read', () => {
    it('is empty where there is none', async () => {
      assert.deepEqual(await readAll(), []);
    });

    it('gives what is asked for by time and id', async () => {
      const log = newLog();
      for (let index = 0; index < 10; index += 1) log.write(numbered(index % 2 === 0 ? 10003 : 10004, index));
      assert.equal((await readAll({ since: at + 4 })).length, 6);
      assert.equal((await readAll({ since: at + 4, id: 10003 })).length, 3);
      assert.ok(isKnownEventId(10003) && !isKnownEventId(10001) && !isKnownEventId(Number.NaN));
    });

    it('passes over what is no event, however it is wrong', async () => {
      const good = JSON.stringify(writtenEvent(numbered(10003, 0)));
      const wrong = [
        'nonsense',
        '{}',
        '[]',
        'null',
        '{"__proto__":1}',
        good.replace('10003', '"10003"'),
        good.replace('{}', '{"a":{}}'),
        good.replace('info', 'fatal'),
        'x'.repeat(200_000),
      ];
      await writeFile(eventsFile(folder, 0), `${[good, ...wrong, good].join('\n')}\n`);
      let bad = 0;
      assert.equal((await readAll({ onBadLine: () => (bad += 1) })).length, 2);
      assert.equal(bad, wrong.length);
    });

    it('trusts no line’s text to be fit for a terminal', () => {
      const line = JSON.stringify({
        ...writtenEvent(refused('x')),
        message: '\u001b[2J\u{e0041}',
        fields: { ResponseText: '\u001b[2J' },
      });
      assert.ok(!JSON.stringify(parseEventLine(line)).includes('\\u001b'));
      assert.equal(parseEventLine(line)?.message, '\\u{1b}[2J\\u{e0041}');
    });

    it('reads the older ones also where the present one is not there', async () => {
      const log = newLog(1000);
      for (let index = 0; index < 20; index += 1) log.write(numbered(10003, index));
      const all = await readAll();
      rmSync(eventsFile(folder, 0));
      const left = await readAll();
      assert.ok(left.length > 0 && left.length < all.length);
      assert.deepEqual(left, all.slice(0, left.length));
    });

    it('misses none and keeps their order while new files are begun', async () => {
      const log = newLog(20_000);
      let written = 0;
      let isWriting = true;
      // One event a turn of the loop: now and then a new file is begun between two openings of a reading.
      const turn = (): void => {
        log.write(numbered(10003, written));
        written += 1;
        if (isWriting) setImmediate(turn);
      };
      turn();
      try {
        for (let reading = 0; reading < 20; reading += 1) {
          const seen = (await readAll()).map(({ time }) => Date.parse(time) - at);
          const [first = 0] = seen;
          const wanted = Array.from(seen, (_, index) => first + index);
          assert.deepEqual(seen, wanted);
        }
      } finally {
        isWriting = false;
      }
      assert.ok((await readdir(folder)).length > olderFiles);
    });

    it('follows the log over new files without losing or repeating an event', async () => {
      const log = newLog(1500);
      log.write(numbered(10003, 0));
      const end = new AbortController();
      const seen: number[] = [];
      const following = (async () => {
        for await (const event of readEvents({ folder, follow: true, signal: end.signal })) {
          const index = Date.parse(event.time) - at;
          seen.push(index);
          if (index === 0) for (let more = 1; more <= 30; more += 1) log.write(numbered(10004, more));
          if (index === 30) end.abort();
        }
      })();
      await following;
      assert.deepEqual(
        seen,
        Array.from({ length: 31 }, (_, index) => index),
      );
      assert.ok((await readdir(folder)).length > 2);
    });

    it('takes what is written while it is followed for later than any time before, whatever the clock says then', async () => {
      const log = newLog();
      log.write(numbered(10003, 0));
      log.write(numbered(10003, 10));
      const end = new AbortController();
      const { signal } = end;
      const listen = signal.addEventListener.bind(signal);
      let writes = 1;
      // Waited for: all that was there is read.
      signal.addEventListener = (...args: Parameters<typeof listen>) => {
        if (writes-- > 0) log.write(numbered(10004, -7_200_000));
        listen(...args);
      };
      const seen: number[] = [];
      for await (const event of readEvents({ folder, follow: true, since: at + 5, signal })) {
        seen.push(Date.parse(event.time) - at);
        if (seen.length === 2) end.abort();
      }
      assert.deepEqual(seen, [10, -7_200_000]);
    });
  });
});
