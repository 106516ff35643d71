/**
 * The wiring of a look at the service.
 *
 * Promises: anybody may look, and nothing is changed. Must never: need what is closed to others.
 */
import { identityOf, unjoinedTo } from './compose.ts';
import { placeAt } from './composeService.ts';
import type { ServiceHost } from './composeServiceHost.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import { unitName } from './core/hosting/place.ts';
import { dataOfUnit, givenToByUnit, isMadeHere, systemdUnit } from './core/hosting/systemdUnit.ts';
import * as host from './edge/serviceHost.ts';
import { thisSystem } from './edge/system.ts';

export interface ServiceStatus {
  readonly installed: boolean;
  readonly enabled: boolean;
  readonly active: string;
  readonly since: string | null;
  readonly pid: number | null;
  readonly says: string | null;
  readonly result: string | null;
  readonly unit: string;
  /** Whether the unit is what this version would write, or at least made by laps-agent. */
  readonly unitState: 'current' | 'other' | 'foreign' | 'absent';
  readonly data: string;
  /** The tenant that this device has to join before a start comes to anything; null where none is, or where that is closed. */
  readonly unjoined: string | null;
}

/** What the service would find, whatever the environment of whoever looks. */
async function unjoinedIn(data: string): Promise<string | null> {
  try {
    const place = await placeAt(data, { env: {}, cwd: '/' }, { create: false, look: true });
    return place === undefined ? null : ((await unjoinedTo(place, await identityOf(place))) ?? null);
  } catch (error) {
    // What is closed to whoever looks, or damaged, is for laps status and laps doctor to tell.
    if (isLapsError(error)) return null;
    throw error;
  }
}

/** How the service stands, for anybody. */
export async function serviceStatus(machine: ServiceHost): Promise<ServiceStatus> {
  const { paths } = machine;
  if (!(await machine.isSystemdHere()))
    throw new LapsError('ERR_LAPS_SERVICE', {
      message: 'this machine is not run by systemd, so there is no service of it to look at',
      hint: 'laps status shows a laps-agent that was started in another way; laps service print --kind openrc, --kind container or --kind cron prints ways',
    });
  const wanted = [
    'ActiveState',
    'SubState',
    'UnitFileState',
    'MainPID',
    'StatusText',
    'Result',
    'ActiveEnterTimestamp',
  ];
  const { stdout } = await machine.systemctl(['show', unitName, `--property=${wanted.join(',')}`]);
  const said = new Map(
    stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const of = (name: string): string | null => said.get(name) || null;
  const isThere = (await host.standing(paths.unit)).kind !== 'absent';
  const unit = isThere ? ((await host.plainTextAt(paths.unit)) ?? '') : undefined;
  // The record is closed to others; where the data is also stands in the unit.
  const data = dataOfUnit(unit ?? '') ?? paths.data;
  const current = systemdUnit({
    ...(await machine.program(data)),
    version: thisSystem().version,
    systemdVersion: await host.systemdVersion(),
    shadowIsShut: await host.isShadowShut(),
    // Which socket's group it was told is closed to others; the unit says it.
    givesTo: givenToByUnit(unit ?? ''),
    hasAdm: await host.isLocalGroup('adm'),
  });
  const pid = Number(of('MainPID') ?? 0);
  return {
    installed: unit !== undefined && isMadeHere(unit),
    enabled: of('UnitFileState') === 'enabled',
    active: of('ActiveState') ?? 'inactive',
    since: of('ActiveEnterTimestamp'),
    pid: pid > 0 ? pid : null,
    says: of('StatusText'),
    result: of('Result'),
    unit: paths.unit,
    unitState: unit === undefined ? 'absent' : unit === current ? 'current' : isMadeHere(unit) ? 'other' : 'foreign',
    data,
    unjoined: await unjoinedIn(data),
  };
}
