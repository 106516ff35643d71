/** Every legal policy survives every shape that can express it; what a shape cannot say is said. */
import assert from 'node:assert/strict';
import type { WritableFormat } from '../../../../agent/core/policy/document.ts';
import { writableFormats } from '../../../../agent/core/policy/formats/write.ts';
import { seeded } from '../../../support/policies.ts';
import { randomPolicy } from '../../../support/randomPolicies.ts';
import { survives } from '../../../support/roundTrip.ts';

describe('a policy written and read again', () => {
  // Each policy goes through two of the shapes here, in turn; `npm run fuzz` takes each through all of them.
  const rounds = 10_000;
  it(`is the same policy, for ${rounds} random ones`, () => {
    const pick = seeded(20_261_123);
    const whole = new Map<WritableFormat, number>();
    for (let round = 0; round < rounds; round += 1) {
      const policy = randomPolicy(pick);
      for (const turn of [round, round + 3]) {
        const format = writableFormats[turn % writableFormats.length] ?? 'native';
        // Building a message costs more than the check; it is built only for what fails.
        try {
          if (survives(format, policy)) whole.set(format, (whole.get(format) ?? 0) + 1);
        } catch (error) {
          throw new Error(`round ${round}, ${format}: ${JSON.stringify(policy)}`, { cause: error });
        }
      }
    }
    for (const format of writableFormats)
      assert.ok((whole.get(format) ?? 0) > 200, `${format} could say only ${whole.get(format)} of them in full`);
  });
});
