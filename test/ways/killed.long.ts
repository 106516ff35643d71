/**
 * A few of the deaths that `npm run crash` dies by the hundred: real processes, a real tenant, SIGKILL.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtForTests, packageFolder } from '../bench/support/builds.ts';
import { killsOfReset } from '../bench/support/faultPointKills.ts';
import { type Lane, openLane } from '../bench/support/lane.ts';
import { loseReplies } from '../bench/support/lostReplies.ts';
import { randomKill } from '../bench/support/randomKills.ts';
import { newTally } from '../bench/support/tally.ts';

/** Once before and after what the world sees of a rotation; `npm run crash` does all of them, every time each is passed. */
const points = ['backup.after', 'account.set.after', 'state.write.after'];

describe('a real laps reset', () => {
  const tally = newTally();
  let root = '';
  let lane: Lane;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-killed-'));
    const folder = join(root, 'lane');
    await mkdir(folder, { mode: 0o700 });
    const policies = join(packageFolder, 'policies', 'csp.json');
    lane = await openLane({ root: folder, builds: builtForTests(), policies, seed: 1, tally, measure: false });
  });
  after(async () => {
    await lane?.close();
    await rm(root, { recursive: true, force: true });
    // Two cycles at once, or a password where none belongs, show only in the whole of what was written.
    assert.deepEqual(tally.violations, []);
  });

  for (const point of points) {
    it(`killed at ${point} loses no password, and the next start finishes`, async () => {
      await killsOfReset(lane, `killed/${point}`, point, 1);
      assert.deepEqual(tally.violations, []);
      assert.ok(tally.reached.has(point), 'it was never killed');
    });
  }

  it('killed at a random moment loses no password, and the next start finishes', async () => {
    await randomKill(lane, 'killed/random');
    assert.deepEqual(tally.violations, []);
  });

  it('whose replies are lost twice after the tenant stored is held, and the history still opens the account', async () => {
    const specs = ['backup:drop-reply-after-store:2'];
    await loseReplies(lane, 'killed/lost', { specs, times: 2, how: 'cycles', spendsNothing: false });
    assert.deepEqual(tally.violations, []);
    assert.equal(tally.holds, 1);
  });
});
