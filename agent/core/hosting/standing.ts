/**
 * An installed service that does not run, in words for a person.
 *
 * Knows: what systemd calls its states. Must never: ask systemd.
 */
import { serviceName } from './place.ts';

export const startService = `sudo systemctl start ${serviceName}`;

/**
 * `properties`: the lines of `systemctl show`; `unjoined`: the tenant that is configured where the device has joined none
 * and no start does it. Undefined where nothing is to be done about it.
 */
export function serviceTrouble(properties: string, unjoined?: string): string | undefined {
  const said = new Map(
    properties.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const state = said.get('ActiveState');
  const isDown = state === 'failed' || (state === 'inactive' && said.get('UnitFileState') === 'enabled');
  if (unjoined !== undefined && isDown)
    return `the service ${serviceName} does not run, for this device is joined to no tenant: sudo laps join --tenant ${unjoined} --user UPN; then: ${startService}`;
  if (state === 'failed')
    return `the service ${serviceName} has failed (${said.get('Result') || 'no result is told'}): journalctl -u ${serviceName} -n 20 shows why; then: ${startService}`;
  // One that somebody disabled is not meant to run.
  if (state !== 'inactive' || said.get('UnitFileState') !== 'enabled') return undefined;
  return `the service ${serviceName} is installed and enabled, and does not run: ${startService}`;
}
