/**
 * A tenant whose authority is out of its dates, as one that was made under a wrong clock: it renews it by itself, its own
 * device goes on, and a device elsewhere is told what to do.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { endAuthority, trustOnly } from '../support/endedAuthority.ts';
import { expectError } from '../support/expectError.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

describe('an authority out of its dates', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  beforeEach(async () => {
    world = await createProcessWorld();
  });
  afterEach(() => world.close());

  const passwordNow = async (): Promise<string> => {
    const name = String(at((await world.json(['status'])).value, 'device', 'deviceId'));
    const { status, value } = await world.json(['recover', name, '--as-plain-text']);
    assert.equal(status, 0, JSON.stringify(value));
    return String(at(value, 0, 'Password'));
  };

  it('of the embedded tenant is renewed by it, and trusted by its own device: nothing is lost', async () => {
    assert.equal((await world.run(['run', '--once'])).status, 0);
    const before = await passwordNow();
    const folder = join(world.data, 'tenant');
    trustOnly(world.data, await endAuthority(join(folder, 'tenant.db'), folder));

    assert.equal(await passwordNow(), before);
    assert.match(
      readFileSync(join(world.data, 'logs', 'tenant.log'), 'utf8'),
      /authority was valid from 2014-12-31T.* to 2025-01-01T.*ca\.pem is renewed for the same key: this device takes it up/,
    );
    const reset = await world.run(['reset']);
    assert.equal(reset.status, 0, reset.stderr);
    assert.equal((await world.run(['doctor'])).status, 0);
    assert.notEqual(await passwordNow(), before);
  });

  it('of the embedded tenant does not keep doctor from seeing that all is well', async () => {
    assert.equal((await world.run(['run', '--once'])).status, 0);
    const folder = join(world.data, 'tenant');
    trustOnly(world.data, await endAuthority(join(folder, 'tenant.db'), folder));
    const { status, stdout } = await world.run(['doctor']);
    assert.equal(status, 0, stdout);
  });

  it('of a tenant in a file is renewed by it, which says to give it to devices; one that is not given it says why', async () => {
    const ports = ['--port', String(world.tenantPort), '--admin-port', '0'];
    const dataFile = join(world.root, 'alone.db');
    const words = ['tenant', '--data-file', dataFile, ...ports];
    const folder = `${dataFile}.tenant`;
    const caFile = join(folder, 'ca.pem');
    const first = world.start(words);
    await first.says(/https:\/\/localhost/);
    const url = `https://localhost:${world.tenantPort}`;
    const users: unknown = at(JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')), 'users');
    const alice = (Array.isArray(users) ? users : []).find((each) =>
      String(at(each, 'userPrincipalName')).startsWith('alice@'),
    );
    const order = ['join', '--tenant', url, '--user', String(at(alice, 'userPrincipalName')), '--ca-file', caFile];
    const joined = await world.run(order, { stdin: `${String(at(alice, 'password'))}\n` });
    assert.equal(joined.status, 0, joined.stderr);
    assert.equal((await world.run(['process'])).status, 0);
    await first.stop('SIGTERM');
    trustOnly(world.data, await endAuthority(dataFile, folder));

    const second = world.start(words);
    await second.says(/https:\/\/localhost/);
    assert.match(
      second.stderr(),
      new RegExp(`give it to each device that joined before: laps process --ca-file ${caFile}\n`),
    );
    expectError(await world.run(['reset']), 'ERR_LAPS_TENANT_UNTRUSTED');
    const { stdout } = await world.run(['doctor']);
    assert.match(
      stdout,
      /authority as it is trusted here is not: laps-agent test tenant CA.*identity\.json, valid from 2014-.* to 2025-/,
    );
    assert.match(stdout, /laps process --ca-file FILE/);
    assert.equal((await world.run(['process', '--ca-file', caFile])).status, 0);
    assert.equal((await world.run(['reset'])).status, 0);
    await second.stop('SIGTERM');
  });
});
