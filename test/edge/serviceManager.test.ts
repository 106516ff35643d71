/** What the daemon says to systemd, heard by a receiver of our own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import { createServiceManager, startSignsOfLife, withoutServiceManager } from '../../agent/edge/serviceManager.ts';
import { datagramObstacle, type Receiver, receiveDatagrams } from '../support/datagrams.ts';

const obstacle = datagramObstacle('systemd-notify');

describe(`the conversation with systemd${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`, () => {
  let folder = '';
  let receiver: Receiver;
  const lost: string[] = [];
  before(async function () {
    if (obstacle !== undefined) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'laps-notify-'));
    receiver = await receiveDatagrams(join(folder, 'notify'));
  });
  after(async () => {
    await receiver?.close();
    if (folder !== '') rmSync(folder, { recursive: true });
  });
  const manager = (env: Readonly<Record<string, string>> = {}, program?: string) =>
    createServiceManager({
      env: { NOTIFY_SOCKET: join(folder, 'notify'), ...env },
      pid: process.pid,
      onLost: (problem) => lost.push(problem),
      ...(program === undefined ? {} : { program }),
    });

  it('is ready, status, sign of life and stopping, in the order they were said', async () => {
    const { ready, status, signOfLife, stopping } = manager();
    await Promise.all([ready('first'), status('second'), signOfLife(), stopping()]);
    assert.deepEqual(receiver.messages, [
      `READY=1\nMAINPID=${process.pid}\nSTATUS=first`,
      'STATUS=second',
      'WATCHDOG=1',
      'STOPPING=1\nSTATUS=parking the step under way',
    ]);
    assert.deepEqual(lost, []);
  });

  it('cannot be forged by a text that holds a line of its own', async () => {
    await manager().status('the tenant said: no\nMAINPID=1\nREADY=1');
    await receiver.has(/the tenant said/);
    assert.doesNotMatch(receiver.messages.at(-1) ?? '', /\n/);
  });

  it('fails aloud when readiness cannot be told, and is passed over when only a status cannot', async () => {
    const deaf = manager({}, join(folder, 'no-such-program'));
    await assert.rejects(deaf.ready('x'), { code: 'ERR_LAPS_SERVICE' });
    await deaf.status('x');
    await deaf.signOfLife();
    assert.equal(lost.length, 1, 'told once');
  });
});

describe('a daemon that nobody manages', () => {
  it('says nothing, starts nothing and gives no sign of life', async () => {
    const alone = createServiceManager({
      env: { WATCHDOG_USEC: '1000000' },
      pid: 1,
      onLost: assert.fail,
      program: '/',
    });
    assert.equal(alone.listens, false);
    assert.equal(alone.signEveryMs, undefined);
    await alone.ready('x');
    await alone.stopping();
  });

  it('keeps the words with systemd from the programs it starts', () => {
    assert.deepEqual(
      withoutServiceManager({ NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '1', JOURNAL_STREAM: '1:2', A: 'b' }),
      {
        A: 'b',
      },
    );
  });
});

describe('signs of life', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => clock.restore());

  it('come twice as often as is asked for, and only to whom they are meant for', () => {
    const every = (env: Readonly<Record<string, string>>): number | undefined =>
      createServiceManager({ env: { NOTIFY_SOCKET: '/x', ...env }, pid: 7, onLost: assert.fail }).signEveryMs;
    assert.equal(every({ WATCHDOG_USEC: '600000000' }), 300_000);
    assert.equal(every({ WATCHDOG_USEC: '600000000', WATCHDOG_PID: '7' }), 300_000);
    assert.equal(every({ WATCHDOG_USEC: '600000000', WATCHDOG_PID: '8' }), undefined);
    for (const wrong of ['', '0', '-1', 'soon']) assert.equal(every({ WATCHDOG_USEC: wrong }), undefined);
  });

  it('stop while something is wrong, which is told once, and go on when it is right again', () => {
    let problem: string | undefined;
    const signs: string[] = [];
    const stuck: string[] = [];
    const stop = startSignsOfLife({
      manager: {
        signEveryMs: 1000,
        signOfLife: async () => void signs.push('alive'),
        status: async (text) => void signs.push(text),
      },
      deathSign: () => problem,
      onStuck: (told) => stuck.push(told),
    });
    clock.tick(2000);
    problem = 'a cycle has been under way for 16 minutes';
    clock.tick(3000);
    assert.deepEqual(signs, ['alive', 'alive', `stuck: ${problem}`]);
    assert.deepEqual(stuck, [problem]);
    problem = undefined;
    clock.tick(1000);
    assert.deepEqual(signs.slice(3), ['alive']);
    stop();
    clock.tick(5000);
    assert.equal(signs.length, 4);
  });
});
