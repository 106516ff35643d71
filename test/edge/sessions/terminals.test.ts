/** What a warning on a terminal says; that it arrives there is tried in machineSessions.long.ts. */
import assert from 'node:assert/strict';
import { clockText, warningText } from '../../../agent/edge/sessions/terminals.ts';

describe('a warning on a terminal', () => {
  it('gives the time as a clock on the wall of this machine does', () => {
    const at = Date.UTC(2026, 10, 27, 14, 33, 49, 490);
    assert.equal(clockText(at, 'Europe/Vienna'), '15:33');
    assert.equal(clockText(Date.UTC(2026, 10, 27), 'UTC'), '00:00');
    assert.match(warningText('lapsadmin', clockText(at, 'UTC')), /its sessions end at 14:33\.\r\n/);
  });
});
