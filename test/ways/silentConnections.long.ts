/** Connections that say nothing: any user of the machine can open them, and none keeps anything from ending. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

/** A second for the last replies, one until the tenant looks again, and a slow machine. */
const soonMs = 8_000;

describe('connections to the embedded tenant that say nothing', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  before(async () => {
    world = await createProcessWorld();
  });
  after(() => world.close());

  it('do not keep the daemon and its tenant from ending', async () => {
    const daemon = world.start(['run']);
    await daemon.says(/Try, in another terminal/);
    const silent = Array.from({ length: 20 }, () => connect(world.tenantPort, '127.0.0.1').on('error', () => {}));
    const ends = silent.map((client) => new Promise((resolve) => client.once('close', resolve)));
    await Promise.all(silent.map((client) => once(client, 'connect')));
    const asked = performance.now();
    const end = await daemon.stop('SIGTERM');
    assert.equal(end.status, 0, end.stderr);
    assert.ok(performance.now() - asked < soonMs, 'it took too long');
    await Promise.all(ends);
  });
});
