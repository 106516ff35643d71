/** Commands that need the embedded tenant while no daemon runs: any number at once, and it is there for each until it is done. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../support/contractForms.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

describe('commands at once and no daemon', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  before(async () => {
    world = await createProcessWorld();
    const end = await world.run(['run', '--once']);
    assert.equal(end.status, 0, end.stderr);
  });
  after(() => world.close());

  for (const round of [1, 2, 3])
    it(`all find one tenant, round ${round}, and it ends with the last of them`, async () => {
      const name = String(at((await world.json(['status'])).value, 'device', 'deviceId'));
      const words = [['devices'], ['recover', name], ['run', '--once'], ['devices'], ['recover', name]];
      const ends = await Promise.all(words.map((each) => world.run(each)));
      for (const [index, end] of ends.entries()) assert.equal(end.status, 0, `${words[index]}: ${end.stderr}`);
      // One that outlived its starter ends by itself.
      while (existsSync(join(world.data, 'tenant', 'running.json'))) await new Promise((look) => setImmediate(look));
    });
});
