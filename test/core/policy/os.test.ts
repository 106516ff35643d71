/** Windows builds. */
import assert from 'node:assert/strict';
import { defaultOs, knows, parseOs, withoutLaps } from '../../../agent/core/policy/os.ts';
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

  it('has LAPS from the update on that brought it, and without a revision counts as updated', () => {
    const updates = { 17763: 4244, 19042: 2846, 19044: 2846, 19045: 2846, 20348: 1663, 22000: 1817, 22621: 1555 };
    for (const [build, revision] of Object.entries(updates)) {
      const since = `10.0.${build}.${revision}`;
      assert.match(withoutLaps(osOf(`10.0.${build}.${revision - 1}`)) ?? '', new RegExp(`has no .* to ${since}$`));
      assert.equal(withoutLaps(osOf(since)), undefined);
      assert.equal(withoutLaps(osOf(`10.0.${build}`)), undefined);
      assert.equal(knows(osOf(`10.0.${build}.100`), '10.0.17763'), false);
      assert.equal(knows(osOf(since), '10.0.17763'), true);
    }
    assert.match(
      withoutLaps(osOf('10.0.14393')) ?? '',
      /^Windows 10\.0\.14393 has no Windows LAPS, which came with .*4244$/,
    );
    // No update reached these, though they are later than the first that has it.
    for (const build of ['18362', '18363.1000', '19043', '19043.2364'])
      assert.match(withoutLaps(osOf(build)) ?? '', /has no Windows LAPS, which never came to Windows 10 \w+$/);
    for (const os of ['10.0.22631.1', '10.0.26100', '10.0.26100.1']) assert.equal(withoutLaps(osOf(os)), undefined);
  });
});
