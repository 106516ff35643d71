/** The folder of a running daemon's socket is emptied: status, doctor and the commands say so, and the daemon mends it. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import sinon from 'sinon';
import { openPlace, type Place } from '../../agent/compose.ts';
import { runDaemon } from '../../agent/composeRun.ts';
import { at } from '../support/contractForms.ts';
import { daemonWish } from '../support/daemonWish.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';

describe('a daemon whose socket is lost', () => {
  let world: JoinedWorld;
  let copy: JoinedCopy;
  let place: Place;
  let clock: sinon.SinonFakeTimers;
  let ended: Promise<unknown> = Promise.resolve();
  const stop = new AbortController();
  const defects: unknown[] = [];
  const told: number[] = [];

  before(async () => {
    world = await createJoinedWorld();
    copy = world.copy();
    const { data, policies } = copy;
    const found = await openPlace({ data, policies, env: {}, cwd: data, create: false });
    assert.ok(found);
    place = found;
    // The minutely look alone is the test's to call.
    clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let isReady = (): void => {};
    const ready = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    const wish = daemonWish(stop.signal, {
      event: ({ id }) => told.push(id),
      ready: () => isReady(),
      defect: (error) => defects.push(error),
    });
    ended = runDaemon(place, wish);
    await Promise.race([ready, ended]);
  });
  after(async () => {
    stop.abort();
    await ended;
    clock.restore();
    await world.close();
    assert.deepEqual(defects, []);
  });
  beforeEach(() => rmSync(dirname(place.folder.socket), { recursive: true }));

  it('is told by status, doctor and a command that waits, each with what leads back', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: only Linux lists its locks');
      this.skip();
    }
    const status = await copy.run(['status', '--check']);
    assert.equal(status.status, 1, status.stderr);
    assert.match(status.stdout, /running, and answers nobody/);
    const said = /the daemon \(process \d+\) works on this data folder and answers nobody; .*laps run\n/;
    assert.match(status.stdout, said);
    const doctor = await copy.json(['doctor']);
    assert.equal(at(doctor.value, 'finding', 'check'), 'daemon', JSON.stringify(doctor.value));
    assert.match(String(at(doctor.value, 'finding', 'text')), /the daemon \(process \d+\).*answers nobody/);
    // Two minutes go by at the first look at the clock after the wait began.
    let looks = 0;
    const now = () => {
      looks += 1;
      return looks * 200_000;
    };
    const { status: end, stdout, stderr } = await copy.run(['process'], { now });
    assert.deepEqual([end, stdout], [3, '']);
    assert.match(
      stderr,
      /^laps: note: the daemon .*answers nobody; waiting for it, at most 2 minutes\nlaps: error: the daemon .*answers nobody \[ERR_LAPS_INSTANCE_RUNNING\]\nlaps: hint: .*laps run\n$/,
    );
  });

  it('has it again at its next look, and whoever waits is answered', async () => {
    let turns = 0;
    const now = () => {
      turns += 1;
      if (turns === 3) clock.tick(60_000);
      return Date.now();
    };
    const { status, stdout, stderr } = await copy.run(['process'], { now });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^unchanged/);
    assert.equal(stderr.match(/waiting for it/g)?.length, 1, stderr);
    assert.equal((await copy.run(['status', '--check'])).status, 0);
    assert.deepEqual(
      told.filter((id) => id === 50104 || id === 50105),
      [50105],
    );
  });
});
