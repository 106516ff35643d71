/** Ctrl-C at a bad moment: it leaves soon, the step is parked in the journal, and the next start goes on from there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { expectError } from '../support/expectError.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';
import { startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

/** Far below the half minute after which a hanging exchange is given up by itself (issue 2, part 8). */
const soonMs = 3_000;

describe('Ctrl-C while the tenant hangs', () => {
  let world: ProcessWorld;
  let tenant: TestTenant;

  before(async () => {
    [world, tenant] = await Promise.all([createProcessWorld(), startTestTenant()]);
    const caFile = join(world.root, 'ca.pem');
    writeFileSync(caFile, tenant.ca);
    const words = ['join', '--tenant', tenant.tenant.url, '--user', 'alice@contoso.test', '--ca-file', caFile];
    const joined = await world.run(words, { stdin: tenant.passwordOf('alice@contoso.test') });
    assert.equal(joined.status, 0, joined.stderr);
  });
  after(async () => {
    await world.close();
    await tenant.close();
  });

  const requestTaken = async (): Promise<void> => {
    // The fault is used up once the tenant has the request in hand.
    while (at((await tenant.admin('GET', '/faults')).json, 'faults', 0) !== undefined);
  };
  const rotation = async () => at((await world.json(['status'])).value, 'rotation');

  it('ends the daemon in its first cycle, with the password prepared', async () => {
    await tenant.fault('backup:hang:1');
    const daemon = world.start(['run']);
    await daemon.says(/10015/);
    await requestTaken();
    const asked = performance.now();
    const end = await daemon.stop('SIGINT');
    assert.ok(performance.now() - asked < soonMs, 'it took too long');
    assert.equal(end.status, 0);
    assert.match(end.stdout, /\n10002 {2}/);
    assert.doesNotMatch(end.stdout, /Try, in another terminal/);
    const { state, inDoubt } = Object(await rotation());
    assert.deepEqual([state, inDoubt], ['prepared', 1]);
  });

  it('goes on with that very password at the next start', async () => {
    const daemon = world.start(['run']);
    await daemon.says(/10004/);
    assert.match(daemon.stdout(), /50003 .*\n(?:.*\n)*10029 .*\n10020 /);
    await daemon.stop();
    const [newest] = await tenant.recover(String(at((await world.json(['status'])).value, 'device', 'deviceId')));
    assert.equal((await world.run(['signin'], { stdin: newest?.password ?? '' })).status, 0);
  });

  it('ends a reset that does the work itself, which says so', async () => {
    await tenant.fault('backup:hang:1');
    const reset = world.start(['reset']);
    await requestTaken();
    const asked = performance.now();
    const end = await reset.stop('SIGINT');
    assert.ok(performance.now() - asked < soonMs, 'it took too long');
    expectError(end, 'ERR_LAPS_INTERRUPTED');
    assert.equal(at(await rotation(), 'state'), 'prepared');
    const { value } = await world.json(['process']);
    assert.equal(at(value, 'outcome'), 'rotated');
  });
});
