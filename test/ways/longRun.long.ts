/** A daemon that runs for days holds at the end what it held at the beginning (`npm run longevity` runs it for weeks). */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openPlace } from '../../agent/compose.ts';
import { createJoinedWorld, type JoinedWorld } from '../support/joinedWorld.ts';
import { longRun } from '../support/longRun.ts';

const hours = 40;
const resets = 10;

describe('a daemon over forty hours and ten rotations', function () {
  this.timeout(180_000);
  let world: JoinedWorld;
  before(async () => {
    world = await createJoinedWorld({ limits: { backupsPerHour: 10_000 } });
  });
  after(() => world.close());

  it('misses no cycle, and keeps no file, descriptor or timer', async () => {
    const { data, policies } = world.copy();
    const place = await openPlace({ data, policies, env: {}, cwd: data, create: false });
    assert.ok(place);
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const run = await longRun({ place, hours, resetEvery: hours / resets, collect });
    assert.deepEqual(run.troubles, []);
    // Its first cycle, one each hour, and the resets.
    assert.deepEqual([run.cycles, run.rotations], [1 + hours + resets, resets]);
    assert.equal(run.seen.length, resets);
    const early = run.seen.slice(0, resets / 2);
    const late = run.seen.slice(resets / 2);
    for (const { files, timers } of run.seen) {
      assert.deepEqual(files, run.seen[0]?.files);
      assert.equal(timers, run.seen[0]?.timers);
    }
    // A kept connection to the tenant is sometimes open at the moment of looking, sometimes not; it is never two.
    const most = (seen: typeof early): number => Math.max(...seen.map(({ descriptors }) => descriptors));
    assert.ok(most(late) <= most(early), run.seen.map(({ descriptors }) => descriptors).join(' '));
  });
});
