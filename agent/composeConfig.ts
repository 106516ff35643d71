/**
 * The wiring of configuration by hand: what is set, by whom, and setting it.
 *
 * Promises: the file is read as the daemon reads it; a path is kept whole, whatever folder the command ran in. Must
 * never: open the device.
 */
import type { Place } from './compose.ts';
import { identityIn, localPort, ownIdentity } from './composeOwnTenant.ts';
import { authorityUnseen, policiesUnseen } from './composeServed.ts';
import { configurationOf } from './composeStanding.ts';
import {
  type ConfigurationKey,
  type ConfigurationRow,
  type ConfigurationValue,
  configurationRows,
  configurationTable,
} from './core/configuration.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import { type ServicePaths, servicePaths } from './core/hosting/place.ts';
import { mayGiveTo } from './core/hosting/systemdUnit.ts';
import { isoOf } from './core/time.ts';
import { isServed } from './edge/installedData.ts';
import type { Env } from './edge/proxyEnv.ts';
import { plainTextAt } from './edge/serviceHost.ts';
import { gidOf } from './edge/socketPath.ts';
import { absolutePath, isFolder } from './edge/system.ts';
import { readCertificateFile } from './edge/textFile.ts';
import type { CertificateFacts } from './edge/trust.ts';

/** One member as it stands. */
export interface Standing {
  readonly name: ConfigurationKey;
  readonly row: ConfigurationRow;
  /** Undefined: nothing is set, the default holds. */
  readonly value: ConfigurationValue | undefined;
  readonly origin: 'environment' | 'file' | 'default';
  /** What holds where nothing is set, in words. */
  readonly otherwise: string;
}

/** Every member, in the table's order; without a data folder, what the environment sets. */
export async function standings(place: Place | undefined, env: Env): Promise<readonly Standing[]> {
  const set = configurationOf(env);
  const file = place?.configuration.file ?? {};
  return configurationRows.map(([name, row]) => {
    const otherwise = otherwiseOf(place, name);
    if (set[name] !== undefined) return { name, row, value: set[name], origin: 'environment', otherwise };
    if (file[name] !== undefined) return { name, row, value: file[name], origin: 'file', otherwise };
    return { name, row, value: undefined, origin: 'default', otherwise };
  });
}

/** What holds in this data folder for a member that is not set, in words. */
export function otherwiseOf(place: Pick<Place, 'managed'> | undefined, name: ConfigurationKey): string {
  if (name === 'accounts' && place?.managed === 'linux') return 'linux, for real accounts are managed here';
  return configurationTable[name].default;
}

/** What this device was joined with, of the members that count at a join; empty for one that is not joined. */
export async function joinedWith(
  place: Pick<Place, 'folder' | 'remembered'>,
): Promise<{ readonly os?: string; readonly tenantPort?: number }> {
  try {
    const reading = await (await identityIn(place.folder)).readFull();
    if (reading.kind !== 'joined') return {};
    const { os } = reading.identity;
    const port = (await ownIdentity(place)) === undefined ? undefined : localPort(reading.identity.tenant);
    return port === undefined ? { os } : { os, tenantPort: port };
  } catch (error) {
    // An identity that cannot be read is told by whoever works with it.
    if (!isLapsError(error)) throw error;
    return {};
  }
}

/** Of members that are set to something else than this device was joined with: what it has, in words. */
export async function remarksOf(
  place: Place | undefined,
  all: readonly Pick<Standing, 'name' | 'value'>[],
): Promise<readonly string[]> {
  if (place === undefined) return [];
  const joined = await joinedWith(place);
  return all.flatMap(({ name, value }) => {
    const had = name === 'os' || name === 'tenantPort' ? joined[name] : undefined;
    if (had === undefined || value === undefined || value === had) return [];
    const what = name === 'os' ? `joined as ${had}` : `joined to its embedded tenant at port ${had}`;
    return [`this device is ${what} and stays so: ${name} = ${value} counts at its next join (laps leave comes first)`];
  });
}

/** A private authority that the device trusts; `validTo` as ISO text. */
export interface TrustedAuthority extends Omit<CertificateFacts, 'validTo'> {
  readonly validTo: string | null;
}

/** What the device trusts for its tenant beside the system's authorities; undefined where there is none, or no telling. */
export async function trustedNow(place: Place | undefined): Promise<readonly TrustedAuthority[] | undefined> {
  if (place === undefined) return undefined;
  try {
    const trusted = await (await import('./composeTrust.ts')).privateAuthorities(place);
    return trusted?.map((each) => ({ ...each, validTo: isoOf(each.validTo) }));
  } catch (error) {
    // What keeps the identity from being read is told by status; a setting can be seen and mended all the same.
    if (isLapsError(error)) return undefined;
    throw error;
  }
}

/** When what was set now counts, in words; an authority is taken up at once. */
export async function countsWhen(
  place: Place,
  name: ConfigurationKey,
  value: ConfigurationValue | null,
  paths: Pick<ServicePaths, 'unit'> = servicePaths(),
): Promise<string> {
  const [remark] = value === null ? [] : await remarksOf(place, [{ name, value }]);
  if (remark !== undefined) return remark;
  if (name === 'caFile') return authorityCounts(place, value);
  const joined = await joinedWith(place);
  if (name === 'tenantPort' && joined.tenantPort !== undefined)
    return `this device is joined to its embedded tenant at port ${joined.tenantPort} and stays so`;
  if (name === 'group' && typeof value === 'string') {
    const unit = (await isServed(paths, place.folder.root)) ? await plainTextAt(paths.unit) : undefined;
    if (unit !== undefined && !mayGiveTo(unit, value))
      return `the unit of the service may not give its socket to ${value} yet: sudo laps service install writes one that may, and starts it again`;
  }
  if (name === 'os')
    return joined.os === undefined ? 'it counts at the join' : `this device is joined as ${joined.os} and stays so`;
  return 'a daemon takes it up at its next start';
}

async function authorityCounts(place: Place, value: ConfigurationValue | null): Promise<string> {
  const isJoined = (await trustedNow(place)) !== undefined;
  if (typeof value !== 'string')
    return isJoined
      ? 'what this device trusts stays: laps config list shows it, and another file replaces it'
      : 'a join trusts the authorities of the system alone, unless it is told --ca-file';
  if (!isJoined) return 'a join trusts what it holds, beside the authorities of the system';
  if ((await ownIdentity(place)) !== undefined)
    return 'a join trusts what it holds; this device has the embedded tenant, whose authority it knows';
  const { trustAuthority, trustedWords } = await import('./composeTrust.ts');
  return trustedWords(await trustAuthority(place, value), value);
}

/** What a member names must be there: whoever mistypes it hears of it now, not when the daemon starts. */
async function mustBeThere(name: ConfigurationKey, value: string): Promise<void> {
  if (name === 'caFile') await readCertificateFile(value);
  if (name === 'policies' && !isFolder(value))
    throw new LapsError('ERR_LAPS_POLICIES_MISSING', {
      message: `there is no folder ${value}`,
      hint: 'make it first, then a policy in it: laps init writes one to begin with',
    });
  if (name === 'group' && (await gidOf(value)) === undefined)
    throw new LapsError('ERR_LAPS_CONFIGURATION', {
      message: `there is no group ${value} on this machine to let in`,
      hint: 'name another; groups lists your own',
    });
}

/** Keeps one member; the value as it was kept. A refusal leaves no folder that was made for it. */
export async function setMember(
  place: Place,
  name: ConfigurationKey,
  value: ConfigurationValue | null,
  paths: Pick<ServicePaths, 'unit'> = servicePaths(),
): Promise<ConfigurationValue | null> {
  try {
    return await memberSet(place, name, value, paths);
  } catch (error) {
    await place.unmake();
    throw error;
  }
}

async function memberSet(
  place: Place,
  name: ConfigurationKey,
  value: ConfigurationValue | null,
  paths: Pick<ServicePaths, 'unit'>,
): Promise<ConfigurationValue | null> {
  const isPath = configurationTable[name].kind === 'path';
  const kept = isPath && typeof value === 'string' ? absolutePath(value, place.cwd) : value;
  if (typeof kept === 'string') await mustBeThere(name, kept);
  const look = name === 'policies' ? policiesUnseen : name === 'caFile' ? authorityUnseen : undefined;
  const unseen = typeof kept === 'string' ? await look?.(place.folder.root, kept, paths) : undefined;
  if (unseen !== undefined) throw new LapsError('ERR_LAPS_SERVICE', unseen);
  if (name === 'group' && kept !== null && place.folder.socket.startsWith(`${place.folder.root}/`))
    throw new LapsError('ERR_LAPS_CONFIGURATION', {
      message: `group ${kept} cannot be let in: the socket is inside the data folder ${place.folder.root}, which is closed to others`,
      hint: 'a group is for the service with its data in the usual place: sudo laps config set group NAME, without --data',
    });
  const { tenantPort } = name === 'tenantPort' && kept !== null ? await joinedWith(place) : {};
  if (tenantPort !== undefined && kept !== tenantPort)
    throw new LapsError('ERR_LAPS_ALREADY_JOINED', {
      message: `this device is joined to its embedded tenant at port ${tenantPort}, and asks it there; nothing was changed`,
      hint: 'to have that tenant elsewhere leave it first, with the password that is stored there: laps leave; then set the port, and laps run joins anew',
    });
  await place.remember({ [name]: kept });
  return kept;
}
