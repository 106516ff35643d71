/** An embedded tenant that runs and does not answer: nothing is lost, and what is said of it says so. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { expectError } from '../support/expectError.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

describe('an embedded tenant that was stopped', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  before(async () => {
    world = await createProcessWorld();
  });
  after(() => world.close());

  const tenantPid = (): number => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      let words = '';
      try {
        words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        // It has ended meanwhile.
      }
      if (words.includes('--embedded') && words.includes(world.data)) return Number(pid);
    }
    return assert.fail('no tenant runs');
  };

  it('is told as one that does not answer, with what sets it right', async () => {
    const daemon = world.start(['run']);
    await daemon.says(/\n10004 /);
    const pid = tenantPid();
    process.kill(pid, 'SIGSTOP');
    try {
      const end = await world.run(['reset']);
      expectError(end, 'ERR_LAPS_NO_TENANT', /another tenant has this data file open/);
      assert.match(end.stderr, /does not answer, .*nothing is lost: end laps run and start it again/);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.equal((await world.run(['reset'])).status, 0);
    await daemon.stop('SIGTERM');
  });
});
