import assert from 'node:assert/strict';
import { halfDone, hintOf, refusalHint } from '../../agent/core/failureHints.ts';

describe('what to do about a failure', () => {
  it('is another password only where the password was the reason', () => {
    const code = 'ERR_LAPS_ACCOUNT_REFUSED';
    assert.match(hintOf({ code, hresult: 0x8007052d }, true) ?? '', /tried again at each cycle.*pam\.d.*--redraw/);
    // It would end on a hold.
    assert.doesNotMatch(hintOf({ code, hresult: 0x8007052d }, false) ?? '--redraw', /--redraw/);
    for (const [hresult, says] of [
      [0x80070020, /let the other program end.+laps process.+previous password/],
      [0x80070070, /free the disk.+laps process.+previous password/],
      [0x800705b4, /module of PAM does not answer.+laps process.+previous password/],
      [0x80070005, /let root run it again.+laps process.+previous password/],
    ] as const) {
      const hint = hintOf({ code, hresult }, true) ?? '';
      assert.match(hint, says);
      assert.doesNotMatch(hint, /--redraw/);
    }
  });

  it('never says that the previous password opens an account that was left between two', () => {
    const failure = { code: 'ERR_LAPS_ACCOUNT_REFUSED', hresult: halfDone } as const;
    for (const hint of [hintOf(failure, true) ?? '', refusalHint(failure)]) {
      assert.match(hint, /which one is not known: laps recover .*laps process/);
      assert.doesNotMatch(hint, /previous password|--redraw/);
    }
  });

  it('goes by the code alone for everything else', () => {
    for (const mayRedraw of [true, false]) {
      assert.match(hintOf({ code: 'ERR_LAPS_INTERRUPTED', hresult: 0x80070020 }, mayRedraw) ?? '', /goes on from here/);
      const unverified = hintOf({ code: 'ERR_LAPS_ACCOUNT_UNVERIFIED', hresult: 0x80070020 }, mayRedraw);
      assert.match(unverified ?? '', /tried again at each cycle\. On Linux see what becomes of a password that is set/);
      assert.equal(hintOf({ code: 'ERR_LAPS_INTERNAL', hresult: 0 }, mayRedraw), null);
    }
  });
});
