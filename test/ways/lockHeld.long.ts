/** A daemon that was told to end while its tenant hangs: it goes soon, and its lock stays until the work itself is over. */
import assert from 'node:assert/strict';
import { instanceLock, openPlace } from '../../agent/compose.ts';
import { runDaemon } from '../../agent/composeRun.ts';
import { askDaemon } from '../../agent/edge/localSocket.ts';
import { at } from '../support/contractForms.ts';
import { daemonWish } from '../support/daemonWish.ts';
import { createJoinedWorld, type JoinedWorld } from '../support/joinedWorld.ts';

/** A hanging exchange is given up after half a minute: an end before was not waiting for it. */
const soonMs = 10_000;

describe('the lock of a daemon that ends before its work does', () => {
  let world: JoinedWorld;
  before(async () => {
    world = await createJoinedWorld();
  });
  after(() => world.close());

  it('is had by nobody else until that work is over', async () => {
    const { data, policies } = world.copy();
    const place = await openPlace({ data, policies, env: {}, cwd: data, create: false });
    assert.ok(place);
    const stop = new AbortController();
    const defects: unknown[] = [];
    let isReady = (): void => {};
    const ready = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    const wish = daemonWish(stop.signal, { ready: () => isReady(), defect: (error) => defects.push(error) });
    const ended = runDaemon(place, wish);
    await Promise.race([ready, ended]);
    await world.tenant.fault('backup:hang:1');
    const reset = askDaemon({
      socketPath: place.folder.socket,
      method: 'POST',
      path: '/reset',
      timeoutMs: 60_000,
    }).catch((error: unknown) => error);
    // The fault is used up once the tenant has the request in hand.
    while (at((await world.tenant.admin('GET', '/faults')).json, 'faults', 0) !== undefined);
    const asked = performance.now();
    stop.abort();
    await ended;
    assert.ok(performance.now() - asked < soonMs, 'it took too long');
    const { signal } = new AbortController();
    const lock = await instanceLock(place);
    await assert.rejects(lock.acquire({ waitMs: 0, signal }), { code: 'ERR_LAPS_INSTANCE_RUNNING' });
    await world.tenant.close();
    (await lock.acquire({ waitMs: soonMs, signal })).release();
    await reset;
    assert.deepEqual(defects, []);
  });
});
