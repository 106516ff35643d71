/**
 * The wiring of one question: is the tenant of this data folder still the one that this device joined?
 *
 * Knows: what the identity says of its tenant, and what the tenant has left in its folder. Promises: looks only. Must
 * never: start a tenant.
 */
import type { Configuration } from './core/configuration.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import type { DeviceIdentity } from './edge/deviceIdentity.ts';
import type { StoredIdentity } from './edge/identityRecord.ts';
import { lookAtTenant, ownAuthority, tenantLostHint } from './edge/tenantFolder.ts';

/** What of an opened data folder is looked at. */
export interface Standing {
  readonly folder: DataFolder;
  readonly remembered: Configuration;
}

/** The identity kept in a data folder. */
export async function identityIn(folder: DataFolder): Promise<DeviceIdentity> {
  const [{ createDeviceIdentity }, { readMachineId, systemMachine }] = await Promise.all([
    import('./edge/deviceIdentity.ts'),
    import('./edge/machineId.ts'),
  ]);
  return createDeviceIdentity({ folder: folder.identity, machineId: await readMachineId(systemMachine()) });
}

/** The port of a tenant on this machine, or undefined when it is elsewhere. */
export function localPort(tenant: string): number | undefined {
  if (!URL.canParse(tenant)) return undefined;
  const { hostname, port } = new URL(tenant);
  return hostname === 'localhost' ? Number(port || 443) : undefined;
}

/** Whether the identity trusts the authority of the tenant in `folder`; undefined when that cannot be told. */
export async function trustsOwnTenant(identity: StoredIdentity, folder: string): Promise<boolean | undefined> {
  const authority = await ownAuthority(folder);
  return authority === undefined || identity.caPem === null ? undefined : identity.caPem.includes(authority);
}

export const otherTenant = 'there is a new tenant in its place';

/** The identity of this device, when it belongs to the embedded tenant of the same data folder. */
export async function ownIdentity(place: Standing): Promise<StoredIdentity | undefined> {
  const reading = await (await identityIn(place.folder)).readFull();
  if (reading.kind !== 'joined') return undefined;
  const { identity } = reading;
  const port = localPort(identity.tenant);
  if (port === undefined) return undefined;
  if ((await trustsOwnTenant(identity, place.folder.tenant)) === true) return identity;
  // The tenant that was here may be gone, and another one in its place: then the port tells whose the device was.
  const { tenant = 'embedded', tenantPort } = place.remembered;
  return tenant === 'embedded' && tenantPort === port ? identity : undefined;
}

/** The embedded tenant no longer holds this device, and with it its stored passwords. */
export function tenantLost(problem: string): LapsError {
  return new LapsError('ERR_LAPS_TENANT_LOST', {
    message: `the embedded tenant no longer holds this device: ${problem}`,
    hint: tenantLostHint,
  });
}

/** What keeps the embedded tenant from being the one this device joined, seen without starting it. */
export async function tenantProblem(place: Standing): Promise<string | undefined> {
  const identity = await ownIdentity(place).catch((error: unknown) => {
    // Told by whoever reads the identity.
    if (isLapsError(error)) return undefined;
    throw error;
  });
  if (identity === undefined) return undefined;
  const look = await lookAtTenant(place.folder.tenant);
  const problem =
    look.kind === 'none'
      ? `there is nothing in ${place.folder.tenant}`
      : look.kind === 'lost'
        ? look.problem
        : (await trustsOwnTenant(identity, place.folder.tenant)) === false
          ? otherTenant
          : undefined;
  if (problem === undefined) return undefined;
  const { message, hint } = tenantLost(problem);
  return `${message}; ${hint}`;
}
