/** The loop that asks until one is good. */
import assert from 'node:assert/strict';
import { drawAcceptable } from '../../../agent/core/password/draw.ts';
import { Secret } from '../../../agent/core/secret.ts';

const spec = { kind: 'password', complexity: 1, length: 8 } as const;
const sourceOf = (...candidates: string[]) => {
  let drawn = 0;
  return {
    count: () => drawn,
    draw: async () => {
      drawn += 1;
      return new Secret(candidates.shift() ?? 'AAAAAAAA');
    },
  };
};

describe('drawing an acceptable password', () => {
  it('never returns what the policy does not ask for, even from a source that offers it', async () => {
    const source = sourceOf('short', 'lowercas', 'GOODGOOD');
    const secret = await drawAcceptable({ source, spec, accepts: async () => true, bound: 10 });
    assert.equal(secret?.reveal(), 'GOODGOOD');
    assert.equal(source.count(), 3);
  });

  it('asks the machine about lawful candidates only', async () => {
    const asked: string[] = [];
    const accepts = async (candidate: Secret): Promise<boolean> => {
      asked.push(candidate.reveal());
      return asked.length === 2;
    };
    await drawAcceptable({ source: sourceOf('bad', 'AAAAAAAB', 'AAAAAAAC'), spec, accepts, bound: 10 });
    assert.deepEqual(asked, ['AAAAAAAB', 'AAAAAAAC']);
  });

  it('gives up after the bound, with nothing', async () => {
    const source = sourceOf();
    assert.equal(await drawAcceptable({ source, spec, accepts: async () => false, bound: 7 }), undefined);
    assert.equal(source.count(), 7);
  });
});
