/** Every legal policy survives every shape that can express it; what a shape cannot say is said. */
import { surviveEverywhere } from '../../../support/roundTrip.ts';

describe('a policy written and read again', () => {
  it('is the same policy, for 10000 random ones', () => surviveEverywhere({ rounds: 10_000, seed: 20_261_123 }));
});
