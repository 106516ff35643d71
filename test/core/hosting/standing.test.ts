/** What is said of an installed service that does not run. */
import assert from 'node:assert/strict';
import { serviceTrouble } from '../../../agent/core/hosting/standing.ts';

describe('an installed service', () => {
  it('that failed, or is enabled and does not run, is trouble with what to do; any other is none', () => {
    const told = (ActiveState: string, UnitFileState: string, Result = 'success') =>
      serviceTrouble(`Result=${Result}\nActiveState=${ActiveState}\nUnitFileState=${UnitFileState}\n`);
    for (const state of ['enabled', 'disabled'])
      assert.match(
        told('failed', state, 'exit-code') ?? '',
        /failed \(exit-code\): journalctl .* sudo systemctl start/,
      );
    assert.match(told('inactive', 'enabled') ?? '', /enabled, and does not run: sudo systemctl start laps-agent$/);
    assert.equal(told('inactive', 'disabled'), undefined);
    for (const state of ['active', 'activating', 'reloading']) assert.equal(told(state, 'enabled'), undefined);
    const unjoined = 'https://tenant.test';
    for (const lines of ['ActiveState=inactive\nUnitFileState=enabled', 'ActiveState=failed\nResult=exit-code'])
      assert.match(
        serviceTrouble(lines, unjoined) ?? '',
        /joined to no tenant: sudo laps join --tenant https:\/\/tenant\.test --user UPN; then: sudo systemctl start/,
      );
    assert.equal(serviceTrouble('ActiveState=inactive\nUnitFileState=disabled', unjoined), undefined);
    assert.equal(serviceTrouble('ActiveState=active\nUnitFileState=enabled', unjoined), undefined);
    assert.equal(serviceTrouble(''), undefined, 'nothing that systemd did not say');
  });
});
