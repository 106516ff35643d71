/** A start that cannot be had at once: which failures are waited for, how long, and beside whom. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { openPlace, type Place } from '../../agent/compose.ts';
import { lockForDaemon, notesOnce, startPatiently } from '../../agent/composePatience.ts';
import { LapsError, type LapsErrorCode } from '../../agent/core/errors.ts';
import { waitBeforeTryMs } from '../../agent/core/hosting/passing.ts';
import type { WaitingWord } from '../../agent/core/hosting/waiting.ts';
import { startHttpServer } from '../../agent/edge/httpServer.ts';
import { createInstanceLock } from '../../agent/edge/instanceLock.ts';
import { readWaitingNote } from '../../agent/edge/waitingNote.ts';
import { temporaryFolder } from '../support/processWorld.ts';

describe('a start under a service manager', () => {
  const manager = (listens = true) => {
    const said: string[] = [];
    const waits = async (problem: string): Promise<void> => void said.push(problem);
    return { said, systemd: { listens, signEveryMs: undefined, waits } };
  };
  const run = async (codes: readonly LapsErrorCode[], listens = true, goesOn = true) => {
    const { said, systemd } = manager(listens);
    const waited: number[] = [];
    const told: string[] = [];
    const noted: Array<readonly [string, number]> = [];
    const left = [...codes];
    const result = await startPatiently(
      {
        systemd,
        signal: new AbortController().signal,
        tell: async (error) => void told.push(error.code),
        note: async (error, waitMs) => void noted.push([error.code, waitMs]),
        pause: async (ms) => {
          waited.push(ms);
          return goesOn;
        },
      },
      async () => {
        const code = left.shift();
        if (code !== undefined) throw new LapsError(code, { message: `no ${code}` });
        return 'works';
      },
    );
    return { result, said, waited, told, noted };
  };

  it('waits for a lock, a disk, a port, a group and its tenant, longer each time, and tells each once', async () => {
    const disk = 'ERR_LAPS_DISK';
    const { result, said, waited, told, noted } = await run([
      'ERR_LAPS_INSTANCE_RUNNING',
      disk,
      disk,
      'ERR_LAPS_PORT_TAKEN',
      'ERR_LAPS_NO_SUCH_GROUP',
      'ERR_LAPS_NO_TENANT',
    ]);
    assert.equal(result, 'works');
    assert.deepEqual(waited, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    assert.deepEqual(
      noted.map(([, waitMs]) => waitMs),
      waited,
      'noted each time, for the next try is another one',
    );
    assert.equal(said.length, 6);
    assert.equal(said[1], 'no ERR_LAPS_DISK [ERR_LAPS_DISK]');
    assert.deepEqual(told, [
      'ERR_LAPS_INSTANCE_RUNNING',
      disk,
      'ERR_LAPS_PORT_TAKEN',
      'ERR_LAPS_NO_SUCH_GROUP',
      'ERR_LAPS_NO_TENANT',
    ]);
  });

  it('tells each thing once also when two take turns', async () => {
    const [disk, port] = ['ERR_LAPS_DISK', 'ERR_LAPS_PORT_TAKEN'] as const;
    const { said, told } = await run([disk, port, disk, port]);
    assert.deepEqual([told, said.length], [[disk, port], 4]);
  });

  it('never waits longer than a minute, nor than the sign of life allows', () => {
    assert.equal(waitBeforeTryMs(7), 60_000);
    assert.equal(waitBeforeTryMs(100_000), 60_000);
    assert.equal(waitBeforeTryMs(7, 500), 500);
  });

  for (const code of [
    'ERR_LAPS_CONFIGURATION',
    'ERR_LAPS_DATA_DAMAGED',
    'ERR_LAPS_NOT_JOINED',
    'ERR_LAPS_PERMISSION',
  ] as const)
    it(`ends with ${code}, which a person has to mend`, async () => {
      await assert.rejects(() => run([code]), { code: code });
    });

  it('ends at once where nobody manages it', async () => {
    await assert.rejects(() => run(['ERR_LAPS_DISK'], false), { code: 'ERR_LAPS_DISK' });
  });

  it('ends in order when it is called off while it waits', async () => {
    assert.equal((await run(['ERR_LAPS_DISK'], true, false)).result, undefined);
  });
});

describe("a daemon's lock", () => {
  let root = '';
  let place: Place;
  let notes: string[] = [];
  const signal = new AbortController().signal;
  beforeEach(async () => {
    root = temporaryFolder();
    notes = [];
    const opened = await openPlace({
      data: root,
      policies: undefined,
      env: {},
      cwd: root,
      create: true,
      note: (text) => notes.push(text),
    });
    assert.ok(opened !== undefined);
    place = opened;
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const other = () => createInstanceLock({ path: place.folder.lockFile }).acquire({ waitMs: 0 });

  it('is waited for while a command holds it', async () => {
    const held = await other();
    const note = (text: string): void => {
      notes.push(text);
      held.release();
    };
    const lock = lockForDaemon({ ...place, note }, signal);
    (await lock).release();
    assert.match(notes.join(), /process \d+.*is at work.*waits for it/);
  });

  it('is told as waited for meanwhile, and not any more afterwards', async () => {
    const held = await other();
    const waiting = lockForDaemon(place, signal);
    let word: WaitingWord | undefined;
    for (let looks = 0; word === undefined && looks < 500; looks += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      word = await readWaitingNote(place.folder.run);
    }
    assert.ok(word !== undefined && word !== 'unexplained');
    assert.equal(word.code, 'ERR_LAPS_INSTANCE_RUNNING');
    held.release();
    (await waiting).release();
    assert.equal(await readWaitingNote(place.folder.run), undefined);
  });

  it('is noted as waited for once, however often it is tried, until the daemon works', async () => {
    const once = notesOnce();
    for (const text of ['a', 'b', 'a']) once.over(place).note(text);
    assert.deepEqual(notes, ['a', 'b']);
    once.end();
    for (let time = 0; time < 2; time += 1) once.over(place).note('a');
    assert.deepEqual(notes, ['a', 'b', 'a', 'a'], 'whatever comes later is told each time it comes');
  });

  it('is not waited for longer than said', async () => {
    const held = await other();
    await assert.rejects(() => lockForDaemon(place, signal, 0), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
    held.release();
  });

  it('is refused at once beside a daemon that answers', async () => {
    const held = await other();
    const server = await startHttpServer({
      listen: { kind: 'socket', path: place.folder.socket },
      handler: async () => ({ status: 200, headers: {}, body: '{}' }),
      maxBodyBytes: 10,
    });
    await assert.rejects(() => lockForDaemon(place, signal), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
    await server.close();
    held.release();
    assert.deepEqual(notes, []);
  });
});
