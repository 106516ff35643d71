/** A daemon of another program, and what is said of it. */
import assert from 'node:assert/strict';
import { programIn, staleProgram } from '../../../agent/core/hosting/staleProgram.ts';

describe('staleProgram', () => {
  it('says nothing of a daemon of this very program', () => {
    assert.equal(staleProgram({ version: '0.1.1', replaced: false }, '0.1.1', true), undefined);
  });

  for (const [what, daemon, says] of [
    ['another version', { version: '0.1.0', replaced: true }, /runs laps-agent 0\.1\.0, and 0\.1\.1 is installed/],
    ['a version from before it was told', {}, /of an older version, and 0\.1\.1 is installed/],
    [
      'a new build of the same version',
      { version: '0.1.1', replaced: true },
      /installed anew since the daemon started/,
    ],
  ] as const)
    it(`tells of ${what}, and how that ends`, () => {
      const service = staleProgram(daemon, '0.1.1', true) ?? '';
      assert.match(service, says);
      assert.match(service, /: sudo systemctl restart laps-agent$/);
      assert.match(staleProgram(daemon, '0.1.1', false) ?? '', /: end it and start it again: laps run$/);
    });

  it('reads what a report says of its daemon, and nothing of what is no report', () => {
    assert.deepEqual(programIn({ daemon: { version: '1' } }), { version: '1' });
    for (const body of [null, 'x', {}, { daemon: null }, { daemon: 'x' }]) assert.deepEqual(programIn(body), {});
  });
});
