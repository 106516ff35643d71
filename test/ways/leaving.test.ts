/** `laps leave` in the middle of a rotation: the device is not given up while what opens its account is in doubt. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from '../support/joinedWorld.ts';

describe('leaving in the middle of a rotation', () => {
  let world: JoinedWorld;
  beforeEach(async () => {
    world = await createJoinedWorld();
  });
  afterEach(() => world.close());

  const stays = async (): Promise<void> => {
    assert.equal((await world.tenant.admin('GET', `/devices/${world.deviceId}`)).status, 200);
  };
  const rotation = async (copy: JoinedCopy) => at((await copy.json(['status'])).value, 'rotation', 'state');
  const keysOf = ({ data }: JoinedCopy) =>
    readdirSync(join(data, 'keys')).filter((name) => name.startsWith('rotation-'));
  const opened = async (): Promise<JoinedCopy> => {
    const copy = world.copy();
    await world.tenant.fault('backup:drop-reply-after-store:1');
    expectError(await copy.run(['reset']), 'ERR_LAPS_TENANT_UNCLEAR');
    assert.equal(await rotation(copy), 'prepared');
    assert.equal(keysOf(copy).length, 1);
    return copy;
  };

  it('finishes it first', async () => {
    const copy = await opened();
    const { status, value } = await copy.json(['leave', '--yes']);
    assert.deepEqual([status, at(value, 'kind')], [0, 'left']);
    assert.equal((await copy.run(['events', '--id', '10020'])).stdout.trimEnd().split('\n').length, 2);
    assert.deepEqual(keysOf(copy), []);
  });

  it('leaves the tenant configured, and no start joins another one by itself', async () => {
    const copy = world.copy();
    const { url } = world.tenant.tenant;
    assert.equal((await copy.run(['config', 'unset', 'tenant'])).status, 0);
    const { value } = await copy.json(['leave', '--yes']);
    assert.equal(at(value, 'tenant'), url);
    assert.match(String(at(value, 'next')), /stays configured.+laps join --tenant .+ --user UPN --ca-file CA\.pem/);
    assert.equal(at((await copy.json(['config', 'get', 'tenant'])).value, 'value'), url);
    expectError(await copy.run(['run', '--once']), 'ERR_LAPS_NOT_JOINED');
    assert.deepEqual(readdirSync(join(copy.data, 'tenant')), []);
    const back = ['join', '--tenant', url, '--user', 'alice@contoso.test', '--ca-file', world.caFile];
    const joined = await copy.run(back, { stdin: `${world.tenant.passwordOf('alice@contoso.test')}\n` });
    assert.equal(joined.status, 0, joined.stderr);
  });

  it('does nothing at all once Ctrl-C was pressed, whether something is open or not', async () => {
    for (const copy of [await opened(), world.copy()]) {
      const before = await rotation(copy);
      for (const words of [
        ['leave', '--yes'],
        ['leave', '--yes', '--local'],
      ])
        expectError(
          await copy.run(words, { interrupted: AbortSignal.abort() }),
          'ERR_LAPS_INTERRUPTED',
          /stays joined/,
        );
      assert.equal(await rotation(copy), before);
    }
    await stays();
  });

  it('is refused with what kept it from being finished, and says how to leave even so', async () => {
    const copy = await opened();
    await world.tenant.fault('backup:unavailable:1');
    const end = await copy.run(['leave', '--yes']);
    expectError(end, 'ERR_LAPS_TENANT_THROTTLED', /stays joined.*could not be finished/);
    assert.match(end.stderr, /hint: .*laps leave --local/);
    await stays();
    assert.equal(await rotation(copy), 'prepared');
    assert.equal(at((await copy.json(['leave', '--yes', '--local'])).value, 'kind'), 'forgotten');
    assert.deepEqual(keysOf(copy), [], 'the key of what was forgotten is still there');
    await stays();
  });

  it('says in its help that it is refused then, and what --local does instead', async () => {
    const { stdout } = await world.copy().run(['leave', '--help']);
    const flowing = stdout.replaceAll(/\s+/g, ' ');
    assert.match(flowing, /While a rotation is open that cannot be finished, laps leave refuses/);
    assert.match(flowing, /--local does not wait for it: device and rotation are forgotten.*--include-history/);
  });

  it('goes on where the tenant does not know the device any more', async () => {
    const copy = await opened();
    assert.equal((await world.copy().run(['leave', '--yes'])).status, 0);
    const { status, value } = await copy.json(['leave', '--yes']);
    assert.deepEqual([status, at(value, 'kind')], [0, 'gone']);
    assert.deepEqual(keysOf(copy), []);
  });
});
