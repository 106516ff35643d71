/** Windows builds. */
import assert from 'node:assert/strict';
import { defaultOs, knows, parseOs } from '../../../agent/core/policy/os.ts';
import { osOf } from '../../support/policies.ts';

describe('a Windows build', () => {
  it('is read with and without revision and prefix', () => {
    assert.deepEqual(parseOs('10.0.26100'), defaultOs);
    assert.deepEqual(parseOs(' 26100.4202 '), { text: '10.0.26100.4202', build: 26100, revision: 4202 });
  });

  it('is not guessed from anything else', () => {
    for (const text of ['', '24H2', 'Windows 11', '10.0', '10.0.', '10.0.26100.1.2', '6.1.7601', '-1'])
      assert.equal(parseOs(text), undefined, text);
  });

  it('knows what came with it or before, down to a revision where both tell one', () => {
    assert.equal(knows(osOf('10.0.22631'), '10.0.26100'), false);
    assert.equal(knows(osOf('10.0.26100'), '10.0.26100'), true);
    assert.equal(knows(osOf('10.0.17763.4000'), '10.0.17763.4244'), false);
    assert.equal(knows(osOf('10.0.17763'), '10.0.17763.4244'), true);
    assert.equal(knows(osOf('10.0.10240'), undefined), true);
  });
});
