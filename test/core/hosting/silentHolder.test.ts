import assert from 'node:assert/strict';
import { silentHolder } from '../../../agent/core/hosting/silentHolder.ts';

describe('whoever holds a data folder and answers nobody', () => {
  it('is told by what it is, with what leads back', () => {
    const service = silentHolder({ pid: 7, isDaemon: true }, true);
    assert.match(service.message, /^the daemon \(process 7\) works .* answers nobody$/);
    assert.match(service.hint, /within a minute.*sudo systemctl restart laps-agent$/);
    assert.match(silentHolder({ pid: 7, isDaemon: true }, false).hint, /laps run$/);
    const command = silentHolder({ pid: undefined, isDaemon: false }, false);
    assert.match(command.message, /^another laps-agent works/);
    assert.match(command.hint, /ends by itself.*laps run$/);
  });
});
