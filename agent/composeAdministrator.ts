/**
 * The wiring for administrators: which tenant, who asks, and a signed-in Graph client.
 *
 * Promises: a tenant that was started for one question ends with it. Must never: keep a token or a password.
 */
import { identityOf, type Place } from './compose.ts';
import { httpFor } from './composeClient.ts';
import { serviceSocket } from './composeDoor.ts';
import {
  belongsToEmbedded,
  pause,
  profileNamed,
  refuseUnusable,
  seededPassword,
  startEmbedded,
} from './composeTenant.ts';
import { type TenantProfile, tenantProfile } from './core/cloudProfiles.ts';
import { LapsError } from './core/errors.ts';
import type { Secret } from './core/secret.ts';
import { systemClock } from './edge/clock.ts';
import type { GraphClient } from './edge/graphClient.ts';
import { randomIds } from './edge/ids.ts';
import { absolutePath, thisSystem } from './edge/system.ts';
import type { TenantHandle } from './edge/tenantProcess.ts';
import { readCertificateFile, readTextFile } from './edge/textFile.ts';
import type { DeviceCodePrompt, SignInMethod } from './edge/userToken.ts';
import { isObject, listIn, objectOf, textIn } from './edge/wireJson.ts';

/** The public client of the shipped seed that people sign in with. */
async function seededClientId(): Promise<string | undefined> {
  const applications = listIn(objectOf(await readTextFile(thisSystem().shippedSeed)), 'applications') ?? [];
  const found = applications.find((one) => isObject(one) && one['publicClient'] === true);
  return isObject(found) ? textIn(found, 'appId') : undefined;
}

/** Who recovers; a member left out is chosen as contract 2 says. */
export interface Administrator {
  readonly user: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: Secret | undefined;
  readonly deviceCode: boolean;
  readonly tenant: string | undefined;
  readonly tenantId: string | undefined;
  readonly caFile: string | undefined;
  readonly askPassword: (user: string) => Promise<Secret>;
  readonly showCode: (prompt: DeviceCodePrompt) => void;
  readonly signal: AbortSignal;
}

/** Where one asks from. An administrator needs no device: without a data folder none is made for a question. */
export type Asking = Pick<Place, 'env' | 'cwd' | 'interrupted'> & { readonly place: Place | undefined };

interface Target {
  readonly profile: TenantProfile;
  readonly tenantId: string;
  readonly trustedCas: readonly string[];
  /** Present when it is the embedded tenant. */
  readonly embedded: TenantHandle | undefined;
}

/** For whoever has no data folder here and may not open that of the service. */
const closedService = (): LapsError =>
  new LapsError('ERR_LAPS_PERMISSION', {
    message: "which tenant this machine's service has is closed to you",
    hint: 'the same command with sudo asks it; or name a tenant with --tenant URL and yourself with --user UPN',
  });

async function targetOf({ place, env, cwd }: Asking, wanted: Administrator): Promise<Target> {
  const trusted = wanted.caFile === undefined ? [] : [await readCertificateFile(absolutePath(wanted.caFile, cwd))];
  if (wanted.tenant !== undefined && wanted.tenant !== 'embedded') {
    const tenantId = wanted.tenantId ?? wanted.user?.split('@')[1];
    if (tenantId === undefined)
      throw new LapsError('ERR_LAPS_USAGE', {
        message: 'which tenant to ask is not clear',
        hint: 'name it with --tenant-id, or the user with --user name@domain',
      });
    return { profile: profileNamed(wanted.tenant), tenantId, trustedCas: trusted, embedded: undefined };
  }
  const none = () =>
    new LapsError('ERR_LAPS_NO_TENANT', {
      message: 'there is no tenant to ask yet',
      hint: 'start one with laps run, or name one with --tenant URL',
    });
  if (place === undefined)
    throw (await serviceSocket({ data: undefined, env, cwd })) === undefined ? none() : closedService();
  const { profileOfIdentity } = await import('./edge/identityRecord.ts');
  const reading = await (await identityOf(place)).readFull();
  if (wanted.tenant === undefined) refuseUnusable(reading);
  if (reading.kind === 'joined' && wanted.tenant !== 'embedded' && !(await belongsToEmbedded(place))) {
    const { identity } = reading;
    const own = identity.caPem === null ? [] : [identity.caPem];
    return {
      profile: profileOfIdentity(identity),
      tenantId: wanted.tenantId ?? identity.tenantId,
      trustedCas: [...own, ...trusted],
      embedded: undefined,
    };
  }
  if (place.remembered.tenantPort === undefined) throw none();
  const embedded = await startEmbedded(place);
  const ca = await readTextFile(embedded.address.caFile);
  return {
    profile: tenantProfile(embedded.address.url, null),
    tenantId: embedded.address.tenantId,
    trustedCas: [ca, ...trusted],
    embedded,
  };
}

async function methodOf(
  target: Target,
  wanted: Administrator,
): Promise<{ clientId: string; method: SignInMethod; caller: 'application' | 'user' }> {
  if (wanted.clientSecret !== undefined && wanted.clientId !== undefined)
    return {
      clientId: wanted.clientId,
      method: { kind: 'clientSecret', secret: wanted.clientSecret },
      caller: 'application',
    };
  const clientId =
    wanted.clientId ??
    (target.profile.name === 'tenant' ? await seededClientId() : undefined) ??
    target.profile.adminClientId;
  if (wanted.deviceCode)
    return { clientId, method: { kind: 'deviceCode', show: wanted.showCode, signal: wanted.signal }, caller: 'user' };
  if (wanted.user === undefined && target.embedded !== undefined) {
    const user = `clouddevice@${target.embedded.address.domain}`;
    return {
      clientId,
      method: { kind: 'password', user, password: await seededPassword(target.embedded.address, user) },
      caller: 'user',
    };
  }
  if (wanted.user === undefined)
    throw new LapsError('ERR_LAPS_USAGE', {
      message: 'who is asking is not clear',
      hint: 'name an administrator with --user UPN, an application with --client-id ID and LAPS_CLIENT_SECRET, or use --device-code',
    });
  return {
    clientId,
    method: { kind: 'password', user: wanted.user, password: await wanted.askPassword(wanted.user) },
    caller: 'user',
  };
}

/** Signs in and hands a Graph client to `act`; a tenant started for it ends afterwards. */
export async function asAdministrator<T>(
  asking: Asking,
  wanted: Administrator,
  act: (graph: GraphClient) => Promise<T>,
  permissions?: readonly string[],
): Promise<T> {
  const [{ authorityOf, signIn }, { createGraphClient, graphScope }] = await Promise.all([
    import('./edge/userToken.ts'),
    import('./edge/graphClient.ts'),
  ]);
  const target = await targetOf(asking, wanted);
  try {
    const { profile } = target;
    const http = await httpFor(asking, target.trustedCas);
    const { clientId, method, caller } = await methodOf(target, wanted);
    const token = await signIn({
      http,
      clock: systemClock,
      sleep: pause,
      authority: authorityOf(profile.loginOrigin, target.tenantId),
      clientId,
      scope: graphScope(profile, caller, permissions),
      method,
    });
    return await act(createGraphClient({ http, clock: systemClock, ids: randomIds, profile, token }));
  } finally {
    await target.embedded?.release();
  }
}
