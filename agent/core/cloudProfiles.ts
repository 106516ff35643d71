/**
 * The clouds a device may back up to, as data (wire 11), and the shape of the backup call (wire 3.3).
 *
 * Knows: hosts, resource ids, pinned origins, how many credentials are kept, and what the real service is *not known*
 * to do. Promises: nothing here is guessed; where a fact is not public the value says 'unknown'. Must never: decide.
 */

/** The national clouds of wire 11; a tenant by URL is 'tenant'. */
export type CloudName = 'global' | 'usgov' | 'china';

/**
 * The backup call. Path, api-version, method, `AccountName` and `NewPassword` are established (wire 3.1); the rest is
 * this project's own choice (wire 3.3, P), kept here so that it can be corrected the day the real form is public.
 */
export interface LapsBackupProfile {
  /** Under DeviceManagementEndpoint; `{deviceId}` is filled in. */
  readonly path: string;
  readonly apiVersion: string;
  /** Project-owned: a bearer device token. */
  readonly authMode: 'bearer';
  /** Our name of a member → its name on the wire. */
  readonly fieldMap: {
    readonly AccountName: string;
    readonly AccountSid: string;
    readonly NewPassword: string;
    readonly PasswordAgeDays: string;
  };
  /** Inclusive; which 2xx the service answers is not public, so any is taken. */
  readonly successStatus: { readonly from: number; readonly to: number };
}

/** Where one tenant's services are and what may be relied on. */
export interface TenantProfile {
  readonly name: CloudName | 'tenant';
  /** Origin that issues tokens. */
  readonly loginOrigin: string;
  /** Origin of Microsoft Graph or its stand-in. */
  readonly graphOrigin: string;
  /** What a Graph token is asked for: the resource before the scope's name. */
  readonly graphResource: string;
  /** Origin of the device registration service; discovery is asked there. */
  readonly registrationOrigin: string;
  /**
   * Origins that discovery may name (https only). Null for a tenant by URL that was not joined yet: its origins are
   * learned at the join and pinned from then on.
   */
  readonly pinnedOrigins: readonly string[] | null;
  /** Credentials kept per device, newest first (H of rotation.md 1). */
  readonly historyDepth: number;
  /** Whether a repeated client-request-id is recognised: never relied upon (rotation.md 1). */
  readonly recognisesRepeats: 'unknown' | 'optional';
  /** Public client that tools join with (wire 1.3: Microsoft Authentication Broker). */
  readonly joinClientId: string;
  /** What a join token is asked for: the Device Registration Service's application id (wire 1.3). */
  readonly joinResource: string;
  /** Public client an administrator signs in with unless another is named: Microsoft Graph's own command line. */
  readonly adminClientId: string;
  readonly lapsBackup: LapsBackupProfile;
}

const lapsBackup: LapsBackupProfile = {
  path: 'lapsdevicepasswordupdate/{deviceId}',
  apiVersion: '1.0',
  authMode: 'bearer',
  fieldMap: {
    AccountName: 'AccountName',
    AccountSid: 'AccountSid',
    NewPassword: 'NewPassword',
    PasswordAgeDays: 'PasswordAgeDays',
  },
  successStatus: { from: 200, to: 299 },
};

const everywhere = {
  historyDepth: 3,
  joinClientId: '29d9ed98-a469-4536-ade2-f981bc1d605e',
  joinResource: '01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9',
  adminClientId: '14d82eec-204b-4c2f-b7e8-296a70dab67e',
  lapsBackup,
} as const;

function cloud(
  name: CloudName,
  hosts: {
    readonly login: string;
    readonly loginAliases?: readonly string[];
    readonly graph: string;
    readonly drs: string;
  },
): TenantProfile {
  const origin = (host: string): string => `https://${host}`;
  return {
    name,
    loginOrigin: origin(hosts.login),
    graphOrigin: origin(hosts.graph),
    graphResource: origin(hosts.graph),
    registrationOrigin: origin(hosts.drs),
    pinnedOrigins: [hosts.login, ...(hosts.loginAliases ?? []), hosts.drs].map(origin),
    recognisesRepeats: 'unknown',
    ...everywhere,
  };
}

/** The clouds of wire 11. */
export const cloudProfiles: Readonly<Record<CloudName, TenantProfile>> = {
  global: cloud('global', {
    login: 'login.microsoftonline.com',
    graph: 'graph.microsoft.com',
    drs: 'enterpriseregistration.windows.net',
  }),
  usgov: cloud('usgov', {
    login: 'login.microsoftonline.us',
    graph: 'graph.microsoft.us',
    drs: 'enterpriseregistration.microsoftonline.us',
  }),
  china: cloud('china', {
    login: 'login.partner.microsoftonline.cn',
    loginAliases: ['login.chinacloudapi.cn'],
    graph: 'microsoftgraph.chinacloudapi.cn',
    drs: 'enterpriseregistration.partner.microsoftonline.cn',
  }),
};

/** Whether a `--tenant` word names a cloud. */
export function isCloudName(word: string): word is CloudName {
  return Object.hasOwn(cloudProfiles, word);
}

/**
 * The profile of a tenant by URL: one origin serves everything (wire 10.4) until discovery names others.
 * @param origin `https://host[:port]`, already checked to be that.
 * @param pinnedOrigins what the join learned; null before it.
 */
export function tenantProfile(origin: string, pinnedOrigins: readonly string[] | null): TenantProfile {
  return {
    name: 'tenant',
    loginOrigin: origin,
    graphOrigin: origin,
    // A stand-in issues Graph tokens under Graph's own name, whatever host it answers on.
    graphResource: 'https://graph.microsoft.com',
    registrationOrigin: origin,
    pinnedOrigins,
    // Our own tenant can be told to recognise repeats; the agent never counts on it.
    recognisesRepeats: 'optional',
    ...everywhere,
  };
}
