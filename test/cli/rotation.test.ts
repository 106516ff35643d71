/** How the failure of a rotation is named to a person: its code, the event to look up, the HRESULT. */
import assert from 'node:assert/strict';
import { tellFailure } from '../../agent/cli/rotation.ts';
import type { LapsErrorCode } from '../../agent/core/errors.ts';
import { fakeFace } from '../support/fakeFace.ts';

describe('the failure of a rotation', () => {
  function told(code: LapsErrorCode, events: readonly number[]): string {
    const { face, stderr } = fakeFace();
    tellFailure(face, { error: { code, message: 'no', hint: null, hresult: '0x80070070' }, events });
    return stderr();
  }

  it('carries its own event, not that of what failed on the way', () => {
    assert.match(told('ERR_LAPS_DISK', [10003, 10025, 50019, 10005]), /\[ERR_LAPS_DISK, event 50019, 0x80070070\]/);
    assert.match(told('ERR_LAPS_DEVICE_AUTH', [10003, 10025, 10026, 10005]), /event 10026/);
  });

  it('carries the most telling one where its own was not told', () => {
    assert.match(told('ERR_LAPS_NO_TENANT', [10003, 10028, 10005]), /event 10028/);
    assert.match(told('ERR_LAPS_DISK', [10003, 10005]), /\[ERR_LAPS_DISK\]/);
  });
});
