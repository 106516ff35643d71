/** A secret shows itself to nobody who does not ask for it by name. */
import assert from 'node:assert/strict';
import { format, inspect } from 'node:util';
import { Secret } from '../../agent/core/secret.ts';

const plain = 'Planted%#7zQ';

describe('a secret', () => {
  const secret = new Secret(plain);

  it('is given out by reveal alone', () => {
    assert.equal(secret.reveal(), plain);
  });

  for (const [way, shown] of Object.entries<() => string>({
    String: () => String(secret),
    'a template': () => `${secret}`,
    concatenation: () => `${secret}`.concat(String(secret)),
    'an array joined': () => [secret, secret].join(),
    JSON: () => JSON.stringify({ secret, list: [secret] }),
    inspect: () => inspect({ secret }, { showHidden: true, depth: 9, getters: true }),
    format: () => format('%s %o %O %j', secret, secret, secret, secret),
    'its keys': () =>
      JSON.stringify([Object.keys(secret), Object.getOwnPropertyNames(secret), Reflect.ownKeys(secret)]),
    'a copy': () => JSON.stringify({ ...secret }),
    'an error': () => inspect(new Error('x', { cause: secret }), { depth: 9 }),
  }))
    it(`is not shown by ${way}`, () => {
      assert.ok(!shown().includes(plain));
      assert.ok(!shown().includes('Planted'));
    });
});
