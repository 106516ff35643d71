/**
 * The wiring of one question: which tenant did this device join, and is that the one that is here, or configured?
 *
 * Knows: what the identity says of its tenant, and what the tenant has left in its folder. Promises: looks only. Must
 * never: start a tenant.
 */
import type { Served } from './composeServed.ts';
import { isCloudName } from './core/cloudProfiles.ts';
import type { Configuration } from './core/configuration.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import { serviceName } from './core/hosting/place.ts';
import { restartService } from './core/hosting/staleProgram.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import type { DeviceIdentity } from './edge/deviceIdentity.ts';
import type { StoredIdentity } from './edge/identityRecord.ts';
import { lookAtTenant, ownAuthority, tenantLostHint } from './edge/tenantFolder.ts';
import { readCertificateFile } from './edge/textFile.ts';
import { certificatesBeyond, isSameAuthority } from './edge/trust.ts';

/** What of an opened data folder is looked at. */
export interface Standing {
  readonly folder: DataFolder;
  readonly remembered: Configuration;
  /** The service that works in it, as far as whoever only looks may see. */
  readonly served?: Served | undefined;
  /** That its configuration would leave real accounts, which nobody has plainly said. */
  readonly untold?: LapsError | undefined;
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

/**
 * Whether the identity trusts the authority of the tenant in `folder`, in whichever of its certificates; undefined when
 * that cannot be told.
 */
export async function trustsOwnTenant(identity: StoredIdentity, folder: string): Promise<boolean | undefined> {
  const authority = await ownAuthority(folder);
  if (authority === undefined || identity.caPem === null) return undefined;
  return isSameAuthority(identity.caPem, authority);
}

/** What the identity does not trust yet of its own tenant's authority, which has a new certificate; undefined for nothing. */
export async function renewedAuthority(identity: StoredIdentity, folder: string): Promise<string | undefined> {
  const authority = await ownAuthority(folder);
  if (authority === undefined || identity.caPem === null || !isSameAuthority(identity.caPem, authority))
    return undefined;
  return certificatesBeyond(identity.caPem, authority).length === 0 ? undefined : authority;
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

/** One way to write a tenant, out of those that a person may type. */
const written = (tenant: string): string =>
  tenant !== 'embedded' && !isCloudName(tenant) && URL.canParse(tenant) ? new URL(tenant).origin : tenant;

const toldAs = (tenant: string): string => (tenant === 'embedded' ? 'the embedded tenant' : tenant);

/** The tenant that this device joined, as a configuration names it, where `wanted` is another one. */
export async function joinedElsewhere(
  place: Standing,
  wanted: string,
): Promise<{ readonly joined: string; readonly problem: string } | undefined> {
  const reading = await (await identityIn(place.folder)).readFull();
  if (reading.kind !== 'joined') return undefined;
  const joined = (await ownIdentity(place)) === undefined ? reading.identity.tenant : 'embedded';
  if (written(wanted) === written(joined)) return undefined;
  return { joined, problem: `this device is joined to ${toldAs(joined)}, not to ${toldAs(wanted)}` };
}

/** For an identity that cannot be read: told by whoever reads it. */
function untold(error: unknown): undefined {
  if (!isLapsError(error)) throw error;
  return undefined;
}

/** That `laps run` and the service end at their start with what is configured; undefined when they do not. */
export async function misconfiguredTenant(place: Standing): Promise<LapsError | undefined> {
  const { tenant } = place.remembered;
  if (tenant === undefined) return undefined;
  const found = await joinedElsewhere(place, tenant).catch(untold);
  if (found === undefined) return undefined;
  const { served } = place;
  if (served?.members.tenant !== undefined) {
    const { place: where, remedy } = served.sourceOf('LAPS_TENANT');
    return new LapsError('ERR_LAPS_ALREADY_JOINED', {
      message: `LAPS_TENANT in ${where} names another tenant than this device has: ${found.problem}; the service does not start`,
      hint: `to stay with it: ${remedy}, then: ${restartService}; to join the other one: sudo systemctl stop ${serviceName}, sudo laps leave, then sudo laps join --tenant ${tenant} --user UPN`,
    });
  }
  return new LapsError('ERR_LAPS_ALREADY_JOINED', {
    message: `the configuration names another tenant than this device has: ${found.problem}; laps run, and so the service, does not start`,
    hint: `to stay with it: laps config set tenant ${found.joined}, then start it again; to join the other one: laps leave, then laps join --tenant ${tenant} --user UPN`,
  });
}

/**
 * That the configured authority would not be taken up at a start: its file is gone, or holds none. What is trusted goes on,
 * until the tenant has another authority. Undefined for a device that has no use for it.
 */
export async function lostAuthority(place: Standing): Promise<LapsError | undefined> {
  const { caFile } = place.remembered;
  if (caFile === undefined) return undefined;
  const reading = await (await identityIn(place.folder)).readFull();
  if (reading.kind !== 'joined' || (await ownIdentity(place).catch(untold)) !== undefined) return undefined;
  try {
    await readCertificateFile(caFile);
    return undefined;
  } catch (error) {
    if (!isLapsError(error)) throw error;
    return new LapsError(error.code, {
      message: `caFile is not taken up: ${error.message}; what this device trusted before goes on until its tenant has another authority`,
      hint: 'put the file back, or name another: laps config set caFile FILE; or do without: laps config unset caFile',
    });
  }
}

/** The embedded tenant no longer holds this device, and with it its stored passwords. */
export function tenantLost(problem: string): LapsError {
  return new LapsError('ERR_LAPS_TENANT_LOST', {
    message: `the embedded tenant no longer holds this device: ${problem}`,
    hint: tenantLostHint,
  });
}

/** What is kept of the embedded tenant does not stand where it belongs; the tenant is not started, and nothing set aside. */
export function tenantDisplaced({ problem, hint }: { readonly problem: string; readonly hint: string }): LapsError {
  return new LapsError('ERR_LAPS_DISK', { message: `the embedded tenant is not started: ${problem}`, hint });
}

/** What keeps the embedded tenant from being the one this device joined, seen without starting it. */
export async function tenantProblem(place: Standing): Promise<string | undefined> {
  const identity = await ownIdentity(place).catch(untold);
  if (identity === undefined) return undefined;
  const look = await lookAtTenant(place.folder.tenant);
  if (look.kind === 'displaced') {
    const { message, hint } = tenantDisplaced(look);
    return `${message}; ${hint}`;
  }
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
