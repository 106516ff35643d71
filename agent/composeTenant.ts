/**
 * The wiring towards a tenant: starting the embedded one, joining, leaving.
 *
 * Knows: which edges those need and in what order. Promises: a tenant that was started for one command ends with it.
 * Must never: decide anything; be loaded by a command that needs no tenant.
 */
import { identityOf, type Place } from './compose.ts';
import { httpFor } from './composeClient.ts';
import {
  localPort,
  otherTenant,
  ownIdentity,
  renewedAuthority,
  tenantDisplaced,
  tenantLost,
  trustsOwnTenant,
} from './composeOwnTenant.ts';
import { cloudProfiles, isCloudName, type TenantProfile, tenantProfile } from './core/cloudProfiles.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import type { JoinType } from './core/ports.ts';
import { Secret } from './core/secret.ts';
import { sleep, systemClock } from './edge/clock.ts';
import type { FullIdentityReading } from './edge/deviceIdentity.ts';
import type { StoredIdentity } from './edge/identityRecord.ts';
import { randomIds } from './edge/ids.ts';
import { joinPath, thisSystem } from './edge/system.ts';
import { lookAtTenant, tenantFiles } from './edge/tenantFolder.ts';
import type { TenantAddress, TenantHandle } from './edge/tenantProcess.ts';
import { readTextFile } from './edge/textFile.ts';
import type { SignInMethod } from './edge/userToken.ts';
import { isObject, listIn, textIn } from './edge/wireJson.ts';

/** Tenant ports of a first start; free ones are taken where these are not. */
const usualPorts = { port: 8443, adminPort: 8444 };

/** Whether this identity belongs to the embedded tenant of the same data folder, which must then be running. */
export async function belongsToEmbedded(place: Place): Promise<boolean> {
  return (await ownIdentity(place)) !== undefined;
}

/** Ports: the one at which this device joined, whatever is configured since; else as remembered, else the usual ones. */
function portsFor(place: Place, identity: StoredIdentity | undefined): readonly { port: number; adminPort: number }[] {
  const { tenantAdminPort } = place.remembered;
  const tenantPort = localPort(identity?.tenant ?? '') ?? place.remembered.tenantPort;
  // Ports once chosen are part of what devices and scripts know: a later clash is told, not worked around.
  if (tenantPort === undefined) return [usualPorts, { port: 0, adminPort: 0 }];
  if (tenantAdminPort !== undefined) return [{ port: tenantPort, adminPort: tenantAdminPort }];
  return [
    { port: tenantPort, adminPort: Math.min(tenantPort + 1, 65_535) },
    { port: tenantPort, adminPort: 0 },
  ];
}

/** Whether another program, or a tenant that is about to end, has one of the ports. */
const isPortTaken = (error: unknown): boolean => isLapsError(error) && error.code === 'ERR_LAPS_PORT_TAKEN';

/** A tenant whose last user was killed ends a moment later, and until then its ports are taken: by ourselves, so to say. */
async function oncePortsAreFree(start: () => Promise<TenantHandle>): Promise<TenantHandle> {
  const until = systemClock.monotonicMs() + 1_000;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!isPortTaken(error) || systemClock.monotonicMs() >= until) throw error;
      await sleep(200);
    }
  }
}

/** The tenant has renewed its authority, which its own device trusts for the file it keeps beside it. */
async function trustRenewed(place: Place, identity: StoredIdentity): Promise<void> {
  const renewed = await renewedAuthority(identity, place.folder.tenant);
  if (renewed === undefined) return;
  const { trustText } = await import('./composeTrust.ts');
  await trustText(place, renewed, joinPath(place.folder.tenant, tenantFiles.ca));
}

/**
 * Finds or starts the embedded tenant of a data folder and remembers its ports (contract 1). Throws ERR_LAPS_TENANT_LOST
 * when this device is joined to one that is no longer there: never is another one made in its place unasked. Throws
 * ERR_LAPS_DISK where something else stands in the place of its data.
 */
export async function startEmbedded(
  place: Place,
  /** Then one is started in place of a lost one. */
  { anew = false }: { readonly anew?: boolean } = {},
): Promise<TenantHandle> {
  const { embeddedTenant } = await import('./edge/tenantProcess.ts');
  const known = await ownIdentity(place);
  const identity = anew ? undefined : known;
  const look = await lookAtTenant(place.folder.tenant);
  if (look.kind === 'displaced') throw tenantDisplaced(look);
  if (identity !== undefined) {
    if (look.kind === 'none') throw tenantLost(`there is nothing in ${place.folder.tenant}`);
    if (look.kind === 'lost') throw tenantLost(look.problem);
  }
  const start = ({ port, adminPort }: { readonly port: number; readonly adminPort: number }): Promise<TenantHandle> =>
    embeddedTenant({
      folder: place.folder.tenant,
      self: thisSystem().self,
      words: [
        '--embedded',
        '--json',
        '--data',
        place.folder.root,
        '--port',
        String(port),
        '--admin-port',
        String(adminPort),
      ],
      env: place.env,
    });
  const [first = usualPorts, second] = portsFor(place, known);
  let handle: TenantHandle;
  try {
    handle = await (second === undefined ? oncePortsAreFree(() => start(first)) : start(first));
  } catch (error) {
    if (second === undefined || !isPortTaken(error)) throw error;
    handle = await start(second);
  }
  if (identity !== undefined && (await trustsOwnTenant(identity, place.folder.tenant)) === false) {
    await handle.release();
    throw tenantLost(otherTenant);
  }
  if (identity !== undefined) await trustRenewed(place, identity);
  const { tenantPort, tenantAdminPort } = place.remembered;
  const portOf = (url: string): number => Number(new URL(url).port);
  if (tenantPort === undefined || tenantAdminPort === undefined)
    await place.remember({
      tenant: 'embedded',
      tenantPort: portOf(handle.address.url),
      tenantAdminPort: portOf(handle.address.adminUrl),
    });
  return handle;
}

/** A password of the seed, drawn by the tenant and kept in its credentials file. Throws ERR_LAPS_DATA_DAMAGED. */
export async function seededPassword(address: TenantAddress, userPrincipalName: string): Promise<Secret> {
  const { credentialsFile } = address;
  const lost = (problem: string, cause?: unknown): LapsError =>
    new LapsError('ERR_LAPS_DATA_DAMAGED', {
      message: `the passwords of the embedded tenant's users are not to be had: ${credentialsFile} ${problem}`,
      hint: `end laps run and start it again: the tenant then draws new passwords for whom the file no longer knows; or name another user with --user`,
      cause,
    });
  let file: unknown;
  try {
    file = JSON.parse(await readTextFile(credentialsFile));
  } catch (error) {
    if (error instanceof SyntaxError) throw lost('is damaged');
    throw error instanceof LapsError && error.code === 'ERR_LAPS_NO_SUCH_FILE' ? lost('is gone', error) : error;
  }
  const users = isObject(file) ? (listIn(file, 'users') ?? []) : [];
  for (const user of users) {
    if (!isObject(user) || textIn(user, 'userPrincipalName') !== userPrincipalName) continue;
    const password = textIn(user, 'password');
    if (password !== undefined) return new Secret(password);
  }
  throw lost(`knows no ${userPrincipalName}`);
}

/** A cloud by name, or a tenant by URL. Throws ERR_LAPS_USAGE. */
export function profileNamed(word: string): TenantProfile {
  if (isCloudName(word)) return cloudProfiles[word];
  if (URL.canParse(word)) {
    const url = new URL(word);
    if (
      url.protocol === 'https:' &&
      url.username === '' &&
      (url.pathname === '/' || url.pathname === '') &&
      url.search === ''
    )
      return tenantProfile(url.origin, null);
  }
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `"${word}" names no tenant`,
    hint: 'a tenant is an https address without a path, as https://localhost:8443, or one of global, usgov, china',
  });
}

/** Waits, for those who sign in. */
export const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await sleep(ms, signal);
};

export interface JoinWish {
  readonly profile: TenantProfile;
  readonly tenantId: string | undefined;
  readonly signIn: Exclude<SignInMethod, { kind: 'clientSecret' }>;
  readonly joinType: JoinType;
  readonly displayName: string | undefined;
  readonly os: string;
  readonly caPem: string | null;
}

export interface Joined {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly displayName: string;
  readonly joinType: JoinType;
}

/** Joins and keeps the identity. The caller holds the instance lock. */
export async function join(place: Place, wish: JoinWish): Promise<Joined> {
  const [{ joinTenant }, { readMachineId, systemMachine }] = await Promise.all([
    import('./edge/join.ts'),
    import('./edge/machineId.ts'),
  ]);
  const identity = await joinTenant({
    http: await httpFor(place, wish.caPem === null ? [] : [wish.caPem]),
    clock: systemClock,
    ids: randomIds,
    sleep: pause,
    profile: wish.profile,
    signIn: wish.signIn,
    joinType: wish.joinType,
    displayName: wish.displayName ?? thisSystem().deviceName,
    os: wish.os,
    machineId: await readMachineId(systemMachine()),
    caPem: wish.caPem,
    ...(wish.tenantId === undefined ? {} : { tenant: wish.tenantId }),
  });
  await (await identityOf(place)).write(identity);
  const { deviceId, tenantId, displayName, joinType } = identity;
  return { deviceId, tenantId, displayName, joinType };
}

/** The device has joined the embedded tenant, whichever one was configured before. */
export async function rememberEmbedded(place: Place): Promise<void> {
  const { tenant = 'embedded' } = place.configuration.file;
  if (tenant !== 'embedded') await place.remember({ tenant: 'embedded' });
}

/** Joins the embedded tenant as the seed's ordinary user, who may join devices of her own. */
export async function joinEmbedded(
  place: Place,
  address: TenantAddress,
  as: Pick<JoinWish, 'os' | 'joinType' | 'displayName'>,
): Promise<Joined> {
  const user = `alice@${address.domain}`;
  return join(place, {
    profile: tenantProfile(address.url, null),
    tenantId: address.tenantId,
    signIn: { kind: 'password', user, password: await seededPassword(address, user) },
    joinType: as.joinType,
    displayName: as.displayName,
    os: as.os,
    caPem: await readTextFile(address.caFile),
  });
}

/** An identity that is there and may not be used is told as what it is, not as no identity. */
export function refuseUnusable(reading: FullIdentityReading): void {
  if (reading.kind !== 'refused' && reading.kind !== 'damaged') return;
  throw new LapsError(reading.kind === 'refused' ? 'ERR_LAPS_IDENTITY_COPIED' : 'ERR_LAPS_DATA_DAMAGED', {
    message: reading.problem,
    hint: reading.hint,
  });
}

/**
 * Deletes the device at the tenant, unless that is to be left out, and forgets the identity. The caller holds the lock
 * and has settled what was open.
 */
export async function leave(
  place: Place,
  atTenant: boolean,
): Promise<{ readonly kind: 'left' | 'gone' | 'forgotten' } & Joined> {
  const [{ leaveTenant }, store] = await Promise.all([import('./edge/join.ts'), identityOf(place)]);
  const reading = await store.readFull();
  if (reading.kind !== 'joined')
    throw new LapsError('ERR_LAPS_NOT_JOINED', {
      message: 'this device is not joined to a tenant',
      hint: 'there is nothing to leave',
    });
  const { identity } = reading;
  const http = await httpFor(place, identity.caPem === null ? [] : [identity.caPem]);
  const ids = randomIds;
  const { kind } = atTenant
    ? await leaveTenant({ http, clock: systemClock, ids, identity })
    : { kind: 'forgotten' as const };
  await store.remove();
  const { deviceId, tenantId, displayName, joinType } = identity;
  return { kind, deviceId, tenantId, displayName, joinType };
}
