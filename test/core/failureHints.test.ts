import assert from 'node:assert/strict';
import { hintOf } from '../../agent/core/failureHints.ts';

describe('what to do about a failure', () => {
  it('is another password only where the password was the reason', () => {
    const code = 'ERR_LAPS_ACCOUNT_REFUSED';
    assert.match(hintOf({ code, hresult: 0x8007052d }) ?? '', /--redraw/);
    for (const [hresult, says] of [
      [0x80070020, /let the other program end.+laps process.+previous password/],
      [0x80070070, /free the disk.+laps process.+previous password/],
    ] as const) {
      const hint = hintOf({ code, hresult }) ?? '';
      assert.match(hint, says);
      assert.doesNotMatch(hint, /--redraw/);
    }
  });

  it('goes by the code alone for everything else', () => {
    assert.match(hintOf({ code: 'ERR_LAPS_TENANT_UNCLEAR', hresult: 0x80070020 }) ?? '', /sent again/);
    assert.equal(hintOf({ code: 'ERR_LAPS_INTERNAL', hresult: 0 }), null);
  });
});
