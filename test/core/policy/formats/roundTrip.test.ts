/** Legal policies survive every shape that can express them; roundTrip.long.ts takes ten thousand. */
import { surviveEverywhere } from '../../../support/roundTrip.ts';

describe('a policy written and read again', () => {
  it('is the same policy, for 2000 random ones', () => surviveEverywhere({ rounds: 2_000, seed: 20_261_127 }));
});
