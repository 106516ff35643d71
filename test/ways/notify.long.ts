/** The real daemon and what it says to a service manager: a receiver of our own stands where systemd's would. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { datagramObstacle, type Receiver, receiveDatagrams } from '../support/datagrams.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

const obstacle = datagramObstacle('systemd-notify');

describe(`a daemon under a service manager${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`, () => {
  let world: ProcessWorld;
  let receiver: Receiver;
  before(async function () {
    if (obstacle !== undefined) this.skip();
    world = await createProcessWorld();
    receiver = await receiveDatagrams(join(world.root, 'notify'));
  });
  after(async () => {
    await receiver?.close();
    await world?.close();
  });

  it('says that it is ready, how it is, that it lives, and that it stops', async () => {
    const env = { NOTIFY_SOCKET: join(world.root, 'notify'), WATCHDOG_USEC: '400000' };
    const daemon = world.start(['run'], { env });
    await receiver.has(/^READY=1$/m);
    assert.match(receiver.messages[0] ?? '', new RegExp(`^READY=1\\nMAINPID=${daemon.pid}\\nSTATUS=`));
    await receiver.has(/^STATUS=rotated; next look at \d{4}-/);
    await receiver.has(/^WATCHDOG=1$/);
    const { stdout } = await daemon.stop('SIGTERM');
    assert.match(stdout, /10002/);
    assert.match(receiver.messages.at(-1) ?? '', /^STOPPING=1\n/);
  });

  it('waits for what passes by itself, says for what, and then works', async () => {
    const squatter = createServer().listen(world.tenantPort, '127.0.0.1');
    await once(squatter, 'listening');
    const before = receiver.messages.length;
    const daemon = world.start(['run'], {
      env: { NOTIFY_SOCKET: join(world.root, 'notify'), WATCHDOG_USEC: '400000' },
    });
    await daemon.says(/^50083 .*ERR_LAPS_PORT_TAKEN/m);
    await receiver.has(/^READY=1\nMAINPID=\d+\nSTATUS=cannot work yet.*\[ERR_LAPS_PORT_TAKEN\]/);
    const waiting = await world.run(['status', '--check']);
    assert.equal(waiting.status, 1);
    assert.match(waiting.stdout, /^daemon +waiting since .*, (tries again by itself|is trying again)/m);
    assert.match(waiting.stdout, /the daemon cannot work yet: .*port/);
    const seen = await world.run(['doctor']);
    assert.equal(seen.status, 1);
    assert.match(seen.stdout, /daemon .*waits since \d{4}-.*port.*tries again at \d{4}-/);
    squatter.close();
    await daemon.says(/^10004 /m);
    assert.match((await world.run(['status'])).stdout, /^daemon +running/m);
    const { status, stdout } = await daemon.stop('SIGTERM');
    assert.equal(status, 0);
    assert.equal(stdout.match(/^50083 /gm)?.length, 1, 'told once');
    assert.ok(receiver.messages.slice(before).includes('WATCHDOG=1'));
    assert.match((await world.run(['events', '--id', '50083'])).stdout, /ERR_LAPS_PORT_TAKEN/);
  });

  it('is ended in order while it waits', async () => {
    const squatter = createServer().listen(world.tenantPort, '127.0.0.1');
    await once(squatter, 'listening');
    const daemon = world.start(['run'], { env: { NOTIFY_SOCKET: join(world.root, 'notify') } });
    await daemon.says(/^50083 /m);
    assert.equal((await daemon.stop('SIGTERM')).status, 0);
    squatter.close();
    assert.match((await world.run(['status'])).stdout, /^daemon +not running/m);
  });

  it('that was killed while it waited is told as not running', async () => {
    const squatter = createServer().listen(world.tenantPort, '127.0.0.1');
    await once(squatter, 'listening');
    const daemon = world.start(['run'], { env: { NOTIFY_SOCKET: join(world.root, 'notify') } });
    await daemon.says(/^50083 /m);
    await daemon.stop('SIGKILL');
    squatter.close();
    assert.match((await world.run(['status'])).stdout, /^daemon +not running/m);
  });

  it('ends with status 3 where nobody manages it', async () => {
    const squatter = createServer().listen(world.tenantPort, '127.0.0.1');
    await once(squatter, 'listening');
    const end = await world.run(['run']);
    squatter.close();
    assert.equal(end.status, 3);
    assert.match(end.stderr, /ERR_LAPS_PORT_TAKEN/);
  });

  it('does not become ready when it cannot run', async () => {
    const before = receiver.messages.length;
    const end = await world.run(['run', '--tenant', 'https://elsewhere.test'], {
      env: { NOTIFY_SOCKET: join(world.root, 'notify') },
    });
    assert.equal(end.status, 3);
    assert.equal(receiver.messages.length, before);
  });
});
