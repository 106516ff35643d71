/** Broken files of every shape: never a crash, always a problem with a place, and nothing set by a broken file. */
import assert from 'node:assert/strict';
import { seeded } from '../../../support/policies.ts';
import { assertHonest, fixturesByShape, mutated } from '../../../support/policyFuzz.ts';

describe('a broken policy file', () => {
  const shapes = fixturesByShape();
  const runs = 2000;

  it('has fixtures in every shape', () => {
    assert.deepEqual([...shapes.keys()].toSorted(), [
      'gporeport',
      'intune',
      'lgpo',
      'native',
      'omauri',
      'pol',
      'policyrules',
      'reg',
      'syncml',
    ]);
  });

  for (const [shape, files] of shapes)
    it(`is read honestly: ${runs} of ${shape}`, () => {
      const pick = seeded(shape.length * 7919 + files.length);
      for (let run = 0; run < runs; run += 1) {
        const [file, other] = [files[pick(files.length)], files[pick(files.length)]];
        if (file === undefined || other === undefined) continue;
        const bytes = mutated(file, other, pick);
        try {
          assertHonest(bytes);
        } catch (error) {
          throw new Error(`run ${run}: ${Buffer.from(bytes).toString('base64').slice(0, 4000)}`, { cause: error });
        }
      }
    });
});
