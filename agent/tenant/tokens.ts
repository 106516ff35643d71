/**
 * Tokens: what the tenant signs, and what it takes back.
 *
 * Knows: claims (wire 2.3, 10.3) and the resources there are. Promises: only RS256 with this tenant's own key, its own
 * issuer and id, inside its times, for the right audience is accepted. Must never: write a token anywhere.
 */
import type { Caller } from './access.ts';
import type { TenantKeys } from './keys.ts';
import { type Json, member, textMember } from './plain.ts';
import type { Application, PrincipalStore, User } from './store/principals.ts';

/** Seconds a token lives; one less than an hour, as the service says (wire 2.3). */
export const tokenSeconds = 3_599;

/** First-party clients that join devices (wire 1.3): public, good for the registration service alone. */
export const joinClients: readonly string[] = [
  '29d9ed98-a469-4536-ade2-f981bc1d605e',
  'dd762716-544d-4aeb-a526-687b73838a22',
  'b90d5b8f-5503-4153-b545-b31cecfaece2',
  '1b730954-1685-4b74-9bfd-dac224a7b894',
];

export type Resource = 'graph' | 'registration';

const graphNames = [
  'https://graph.microsoft.com',
  'https://graph.microsoft.com/',
  '00000003-0000-0000-c000-000000000000',
];
/** The registration service by its public audience and its app id (wire 1.3). */
const registrationNames = ['urn:ms-drs:enterpriseregistration.windows.net', '01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9'];

/** Tokens of one request: made and judged at its instant. */
export interface Tokens {
  /** Which service an audience names; undefined for none of ours. */
  resourceOf(audience: string): Resource | undefined;
  forDevice(grant: {
    readonly deviceId: string;
    readonly objectId: string;
    readonly clientId: string;
    readonly audience: string;
    readonly at: number;
  }): Promise<string>;
  forUser(grant: {
    readonly user: User;
    readonly roleTemplateIds: readonly string[];
    readonly clientId: string;
    readonly confidential: boolean;
    readonly audience: string;
    readonly scopes: readonly string[];
    readonly remoteAddress: string;
    readonly at: number;
  }): Promise<string>;
  forApplication(grant: {
    readonly application: Application;
    readonly audience: string;
    readonly at: number;
  }): Promise<string>;
  idToken(grant: {
    readonly user: User;
    readonly clientId: string;
    readonly nonce: string | undefined;
    readonly at: number;
  }): Promise<string>;
  /** The claims of a good token for the resource; undefined for any other. `authorization` is the whole header. */
  read(authorization: string | undefined, resource: Resource, at: number): Promise<Json | undefined>;
}

export interface TokensParts {
  readonly keys: TenantKeys;
  readonly tenantId: string;
  readonly domain: string;
  /** The registration service's own resource name, as discovery says it. */
  readonly registrationResource: string;
  /** `https://localhost:port`. */
  readonly origin: () => string;
  readonly newId: () => string;
}

export function createTokens(parts: TokensParts): Tokens {
  const { tenantId } = parts;
  const issuer = `https://sts.${parts.domain}/${tenantId}/`;
  const names: Readonly<Record<Resource, readonly string[]>> = {
    graph: [...graphNames, parts.origin(), `${parts.origin()}/`],
    registration: [parts.registrationResource, ...registrationNames],
  };

  async function sign(claims: Json, typ: Json, at: number): Promise<string> {
    const { SignJWT } = await import('jose');
    const key = await parts.keys.signing();
    const now = Math.floor(at / 1000);
    return new SignJWT({ ...claims, uti: parts.newId() })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...typ })
      .setIssuedAt(now)
      .setNotBefore(now - 300)
      .setExpirationTime(now + tokenSeconds)
      .sign(key.privateKey);
  }

  async function access(audience: string, claims: Json, at: number): Promise<string> {
    const key = await parts.keys.signing();
    return sign({ aud: audience, iss: issuer, tid: tenantId, ver: '1.0', ...claims }, { x5t: key.kid }, at);
  }

  return {
    resourceOf(audience) {
      if (names.graph.includes(audience)) return 'graph';
      return names.registration.includes(audience) ? 'registration' : undefined;
    },
    forDevice: (grant) =>
      access(
        grant.audience,
        {
          appid: grant.clientId,
          appidacr: '2',
          deviceid: grant.deviceId,
          oid: grant.objectId,
          sub: grant.objectId,
          amr: ['rsa'],
          idtyp: 'device',
        },
        grant.at,
      ),
    forUser: (grant) =>
      access(
        grant.audience,
        {
          appid: grant.clientId,
          appidacr: grant.confidential ? '1' : '0',
          oid: grant.user.id,
          sub: grant.user.id,
          upn: grant.user.userPrincipalName,
          unique_name: grant.user.userPrincipalName,
          name: grant.user.displayName,
          ipaddr: grant.remoteAddress,
          scp: grant.scopes.join(' '),
          wids: grant.roleTemplateIds,
          acr: '1',
          amr: ['pwd'],
          idtyp: 'user',
        },
        grant.at,
      ),
    forApplication: ({ application, audience, at }) =>
      access(
        audience,
        {
          appid: application.appId,
          appidacr: '1',
          oid: application.id,
          sub: application.id,
          app_displayname: application.displayName,
          roles: application.roles,
          idtyp: 'app',
        },
        at,
      ),
    idToken: ({ user, clientId, nonce, at }) =>
      sign(
        {
          aud: clientId,
          iss: `${parts.origin()}/${tenantId}/v2.0`,
          tid: tenantId,
          oid: user.id,
          sub: user.id,
          name: user.displayName,
          preferred_username: user.userPrincipalName,
          ver: '2.0',
          ...(nonce === undefined ? {} : { nonce }),
        },
        {},
        at,
      ),
    async read(authorization, resource, at) {
      const token = /^Bearer +([A-Za-z0-9._-]+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) return undefined;
      const { jwtVerify } = await import('jose');
      const key = await parts.keys.signing();
      try {
        const { payload } = await jwtVerify(token, key.publicKey, {
          algorithms: ['RS256'],
          issuer,
          audience: [...names[resource]],
          requiredClaims: ['exp', 'nbf', 'tid'],
          currentDate: new Date(at),
        });
        return textMember(payload, 'tid') === tenantId ? payload : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

/** Who a Graph token speaks for, with the directory's word on roles; undefined when the principal is gone. */
export function callerOf(claims: Json, principals: PrincipalStore): Caller | undefined {
  const kind = textMember(claims, 'idtyp');
  if (kind === 'user') {
    const user = principals.userById(textMember(claims, 'oid') ?? '');
    if (user === undefined) return undefined;
    return {
      kind: 'user',
      id: user.id,
      userPrincipalName: user.userPrincipalName,
      scopes: (textMember(claims, 'scp') ?? '').split(' '),
      roleTemplateIds: principals.rolesOf(user.id),
    };
  }
  const application = kind === 'app' ? principals.application(textMember(claims, 'appid') ?? '') : undefined;
  if (application === undefined) return undefined;
  const claimed = member(claims, 'roles');
  const inToken = Array.isArray(claimed) ? claimed : [];
  return {
    kind: 'application',
    id: application.id,
    appId: application.appId,
    displayName: application.displayName,
    // What the token says was granted, as far as it still is.
    permissions: application.roles.filter((role) => inToken.includes(role)),
  };
}
