/** The variables of a unit's EnvironmentFile=, as systemd reads them. */
import assert from 'node:assert/strict';
import { variablesIn } from '../../../agent/core/hosting/environmentFile.ts';

describe('the file of variables of a unit', () => {
  it('is read as systemd reads it', () => {
    const text = [
      '# LAPS_OS=1',
      '; LAPS_OS=2',
      '',
      'HTTPS_PROXY=http://proxy.example:3128',
      '  LAPS_TENANT = "https://localhost:9443"  ',
      "LAPS_SCHEDULE='15 * * * *'",
      'LAPS_GROUP=a\\',
      'b',
      'LAPS_POLICIES="/srv/a \\"b\\""',
      'EMPTY=',
      'export LAPS_OS=3',
      'no assignment',
      'LAST=one',
      'LAST=two\r',
    ].join('\n');
    assert.deepEqual(variablesIn(text), {
      HTTPS_PROXY: 'http://proxy.example:3128',
      LAPS_TENANT: 'https://localhost:9443',
      LAPS_SCHEDULE: '15 * * * *',
      LAPS_GROUP: 'ab',
      LAPS_POLICIES: '/srv/a "b"',
      EMPTY: '',
      LAST: 'two',
    });
  });
});
