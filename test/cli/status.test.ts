/** `laps status` as people and monitors read it. */
import assert from 'node:assert/strict';
import { at } from '../support/contractForms.ts';
import { createJoinedWorld, type JoinedWorld } from '../support/joinedWorld.ts';

describe('laps status', () => {
  let world: JoinedWorld;
  before(async () => {
    world = await createJoinedWorld();
  });
  after(() => world.close());

  it('fits its terminal and ends with the verdict', async () => {
    const { status, stdout, stderr } = await world.copy().run(['status']);
    assert.deepEqual([status, stderr], [0, '']);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80 || !line.includes(' '), line);
    for (const word of ['device', 'tenant', 'policy', 'account', 'expires', 'rotation', 'daemon', 'data', 'policies'])
      assert.match(stdout, new RegExp(`^${word} `, 'm'));
    assert.match(stdout, /\nall is well\n$/);
  });

  it('says that a password is overdue, and lets a monitor know', async () => {
    const copy = world.copy();
    const later = Date.now() + 40 * 86_400_000;
    const { stdout } = await copy.run(['status'], { now: () => later });
    assert.match(stdout, /expires .* \(\d+ d( \d+ h)? ago\)/);
    const wellNow = await copy.run(['status', '--check']);
    assert.equal(wellNow.status, 0);
  });

  it('tells what is wrong in words, each on a line of its own', async () => {
    const copy = world.copy();
    copy.writePolicy('csp.json', '{"BackupDirectory": ');
    const { stdout, status } = await copy.run(['status', '--check']);
    assert.equal(status, 1);
    assert.match(stdout, /^! .*csp\.json:1:\d+: /m);
    assert.doesNotMatch(stdout, /all is well/);
  });

  it('changes nothing by looking', async () => {
    const copy = world.copy();
    const { value } = await copy.json(['status']);
    assert.equal(at(value, 'daemon', 'running'), false);
    assert.deepEqual(at((await copy.json(['status'])).value, 'rotation'), at(value, 'rotation'));
  });
});
