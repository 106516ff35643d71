/**
 * The token endpoint, v1 and v2: which grant is asked for, and all of them but the device's own (`deviceToken.ts`).
 *
 * Knows: forms and grants (wire 10.2). Promises: unknown fields are passed over; a secret is compared by its verifier.
 * Must never: say whether a name exists: a wrong name and a wrong password get one answer, at one cost.
 */
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { type Exchange, headerOf } from '../context.ts';
import { deviceCodeInterval, deviceCodeSeconds } from '../deviceCodes.ts';
import { jsonReply, oauthError, tokenReply } from '../envelopes.ts';
import { cleanText, isGuid } from '../plain.ts';
import type { Application, User } from '../store/principals.ts';
import { joinClients, tokenSeconds } from '../tokens.ts';
import { verifies } from '../verifiers.ts';
import { deviceToken } from './deviceToken.ts';
import { isLoginTenant } from './discovery.ts';

const oidcScopes = ['openid', 'profile', 'email', 'offline_access'];

/** `grant_type` of a body, for the routes: the nonce is an operation of its own among the faults. */
export function grantOf(body: Buffer): string | null {
  return new URLSearchParams(body.toString('utf8')).get('grant_type');
}

type Version = 'v1' | 'v2';
type Form = URLSearchParams;

export function tokenEndpoint(version: Version) {
  return async (exchange: Exchange): Promise<OutgoingReply> => {
    const { tenant, request, param, voice, note, at } = exchange;
    const segment = param('tenant');
    if (!isLoginTenant(tenant, segment)) return oauthError(voice, 'unknownTenant', cleanText(segment));
    const form = formOf(exchange);
    if (form === undefined) return oauthError(voice, 'notAForm');
    const grant = form.get('grant_type');
    if (grant === null) return oauthError(voice, 'missingField', 'grant_type');
    note('grant', grant);
    switch (grant) {
      case 'srv_challenge':
        return tokenReply({ Nonce: tenant.nonces.issue(at) });
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return deviceToken(exchange, form.get('request'), headerOf(request, 'user-agent'));
      case 'client_credentials':
        return clientCredentials(exchange, form, version);
      case 'password':
        return password(exchange, form, version);
      case 'device_code':
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return redeemDeviceCode(exchange, form, version);
      default:
        return oauthError(voice, 'unsupportedGrant', cleanText(grant));
    }
  };
}

function formOf({ request }: Exchange): Form | undefined {
  const type = headerOf(request, 'content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return undefined;
  return new URLSearchParams(request.body.toString('utf8'));
}

/** A client that may ask: a registered application with its secret proved, or a first-party one. */
type Client =
  | { readonly kind: 'registered'; readonly clientId: string; readonly application: Application }
  | { readonly kind: 'join'; readonly clientId: string };

async function clientOf({ tenant, request, voice }: Exchange, form: Form): Promise<Client | OutgoingReply> {
  const basic = basicOf(headerOf(request, 'authorization'));
  const clientId = (form.get('client_id') ?? basic?.id)?.toLowerCase();
  if (clientId === undefined) return oauthError(voice, 'missingField', 'client_id');
  if (joinClients.includes(clientId)) return { kind: 'join', clientId };
  const application = isGuid(clientId) ? tenant.store.principals.application(clientId) : undefined;
  if (application === undefined) return oauthError(voice, 'unknownClient', cleanText(clientId));
  if (application.secretVerifier !== null) {
    const secret = form.get('client_secret') ?? basic?.secret;
    if (secret === undefined) return oauthError(voice, 'secretMissing');
    if (!(await verifies(application.secretVerifier, secret))) return oauthError(voice, 'wrongSecret');
  }
  return { kind: 'registered', clientId, application };
}

function basicOf(header: string | undefined): { readonly id: string; readonly secret: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [id, ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  try {
    return { id: decodeURIComponent(id ?? ''), secret: decodeURIComponent(secret.join(':')) };
  } catch {
    return undefined;
  }
}

function isReply(value: object): value is OutgoingReply {
  return 'status' in value;
}

/** What is asked for: an audience, the permissions there, and whether an identity is wanted too. */
interface Wish {
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly wantsIdToken: boolean;
}

function wishOf({ tenant, voice }: Exchange, form: Form, version: Version, client: Client): Wish | OutgoingReply {
  const text = form.get('scope') ?? '';
  const words = text.split(/\s+/).filter((word) => word !== '');
  const wantsIdToken = words.includes('openid');
  const asked = words.filter((word) => !oidcScopes.includes(word));
  let audience: string;
  let names: readonly string[];
  if (version === 'v1') {
    const resource = form.get('resource');
    if (resource === null) return oauthError(voice, 'missingField', 'resource');
    [audience, names] = [resource, ['.default']];
  } else {
    if (form.get('scope') === null) return oauthError(voice, 'missingField', 'scope');
    const split = asked.map(splitScope);
    audience = split[0]?.audience ?? 'https://graph.microsoft.com';
    if (split.some((each) => each.audience !== audience)) return oauthError(voice, 'badScope', cleanText(text));
    names = split.length === 0 ? ['.default'] : split.map((each) => each.name);
  }
  const resource = tenant.tokens.resourceOf(audience);
  if (resource === undefined) return oauthError(voice, 'unknownResource', cleanText(audience));
  if (client.kind === 'join' && resource !== 'registration') {
    return oauthError(voice, 'scopeNotGranted', cleanText(audience));
  }
  if (resource === 'registration') return { audience, scopes: ['self_service_device_delete'], wantsIdToken };
  const consented = client.kind === 'registered' ? client.application.scopes : [];
  const scopes = names.flatMap((name) => (name === '.default' ? consented : [name]));
  const refused = scopes.find((scope) => !consented.some((each) => each.toLowerCase() === scope.toLowerCase()));
  if (refused !== undefined) return oauthError(voice, 'scopeNotGranted', cleanText(refused));
  const granted = consented.filter((each) => scopes.some((scope) => scope.toLowerCase() === each.toLowerCase()));
  return { audience, scopes: granted, wantsIdToken };
}

/** `https://host/Name` and `guid/Name` name their resource; a bare name is Graph's. */
function splitScope(scope: string): { readonly audience: string; readonly name: string } {
  const slash = scope.lastIndexOf('/');
  const before = scope.slice(0, Math.max(slash, 0));
  if (slash < 0 || !(before.includes(':') || isGuid(before))) {
    return { audience: 'https://graph.microsoft.com', name: scope };
  }
  return { audience: before, name: scope.slice(slash + 1) };
}

async function clientCredentials(exchange: Exchange, form: Form, version: Version): Promise<OutgoingReply> {
  const { tenant, voice, at, note } = exchange;
  const client = await clientOf(exchange, form);
  if (isReply(client)) return client;
  if (client.kind === 'join' || client.application.secretVerifier === null) return oauthError(voice, 'publicClient');
  const scope = version === 'v1' ? form.get('resource') : form.get('scope');
  if (scope === null) return oauthError(voice, 'missingField', version === 'v1' ? 'resource' : 'scope');
  const { audience, name } = version === 'v1' ? { audience: scope, name: '.default' } : splitScope(scope.trim());
  // An application asks for all it was granted, never for a part of it.
  if (name !== '.default') return oauthError(voice, 'badScope', cleanText(scope));
  const resource = tenant.tokens.resourceOf(audience);
  if (resource !== 'graph') return oauthError(voice, 'unknownResource', cleanText(audience));
  note('caller', client.application.displayName);
  const access_token = await tenant.tokens.forApplication({ application: client.application, audience, at });
  return tokenReply({ token_type: 'Bearer', ...lifetime(version, at, audience), access_token });
}

/** Numbers are texts on the v1 endpoint, which also names the resource (wire 2.3). */
function lifetime(version: Version, at: number, resource: string) {
  if (version === 'v2') return { expires_in: tokenSeconds, ext_expires_in: tokenSeconds };
  const now = Math.floor(at / 1000);
  const seconds = String(tokenSeconds);
  const span = { expires_on: String(now + tokenSeconds), not_before: String(now - 300) };
  return { expires_in: seconds, ext_expires_in: seconds, ...span, resource };
}

async function password(exchange: Exchange, form: Form, version: Version): Promise<OutgoingReply> {
  const { tenant, voice, note } = exchange;
  const client = await clientOf(exchange, form);
  if (isReply(client)) return client;
  const [name, given] = [form.get('username'), form.get('password')];
  if (name === null) return oauthError(voice, 'missingField', 'username');
  if (given === null) return oauthError(voice, 'missingField', 'password');
  const { principals } = tenant.store;
  const user = principals.userByName(name);
  if (!(await verifies(user?.verifier, given, principals.userCosts())) || user === undefined)
    return oauthError(voice, 'wrongPassword');
  const wish = wishOf(exchange, form, version, client);
  if (isReply(wish)) return wish;
  note('caller', user.userPrincipalName);
  return userReply(exchange, { user, client, wish, version, form });
}

async function userReply(
  { tenant, request, at }: Exchange,
  grant: {
    readonly user: User;
    readonly client: Client;
    readonly wish: Wish;
    readonly version: Version;
    readonly form: Form;
  },
): Promise<OutgoingReply> {
  const { user, client, wish, version, form } = grant;
  const confidential = client.kind === 'registered' && client.application.secretVerifier !== null;
  const access_token = await tenant.tokens.forUser({
    user,
    roleTemplateIds: tenant.store.principals.rolesOf(user.id),
    clientId: client.clientId,
    confidential,
    audience: wish.audience,
    scopes: wish.scopes,
    remoteAddress: request.remoteAddress,
    at,
  });
  const nonce = form.get('nonce') ?? undefined;
  const id_token = wish.wantsIdToken
    ? await tenant.tokens.idToken({ user, clientId: client.clientId, nonce, at })
    : undefined;
  const clientInfo = Buffer.from(JSON.stringify({ uid: user.id, utid: tenant.tenantId })).toString('base64url');
  const qualified = wish.scopes.map((scope) => (version === 'v1' ? scope : `${wish.audience}/${scope}`));
  return tokenReply({
    token_type: 'Bearer',
    scope: [...qualified, ...(wish.wantsIdToken ? ['openid', 'profile'] : [])].join(' '),
    ...lifetime(version, at, wish.audience),
    access_token,
    ...(id_token === undefined ? {} : { id_token }),
    ...(form.get('client_info') === '1' ? { client_info: clientInfo } : {}),
  });
}

/** `POST /{tenant}/oauth2/v2.0/devicecode` and `/oauth2/devicecode`. */
export function deviceCodeEndpoint(version: Version) {
  return async (exchange: Exchange): Promise<OutgoingReply> => {
    const { tenant, param, voice, at } = exchange;
    const segment = param('tenant');
    if (!isLoginTenant(tenant, segment)) return oauthError(voice, 'unknownTenant', cleanText(segment));
    const form = formOf(exchange);
    if (form === undefined) return oauthError(voice, 'notAForm');
    const client = await clientOf(exchange, form);
    if (isReply(client)) return client;
    const wish = wishOf(exchange, form, version, client);
    if (isReply(wish)) return wish;
    const { deviceCode, userCode } = tenant.deviceCodes.begin({ clientId: client.clientId, ...wish }, at);
    const page = `${tenant.origin}/devicelogin`;
    return jsonReply(200, {
      user_code: userCode,
      device_code: deviceCode,
      ...(version === 'v1' ? { verification_url: page } : { verification_uri: page }),
      expires_in: version === 'v1' ? String(deviceCodeSeconds) : deviceCodeSeconds,
      interval: version === 'v1' ? String(deviceCodeInterval) : deviceCodeInterval,
      message: `To sign in, open ${page} and enter the code ${userCode}.`,
    });
  };
}

async function redeemDeviceCode(exchange: Exchange, form: Form, version: Version): Promise<OutgoingReply> {
  const { tenant, voice, at, note } = exchange;
  const client = await clientOf(exchange, form);
  if (isReply(client)) return client;
  // The v1 endpoint calls it `code`.
  const code = form.get('device_code') ?? form.get('code');
  if (code === null) return oauthError(voice, 'missingField', 'device_code');
  const found = tenant.deviceCodes.redeem(code, client.clientId, at);
  switch (found.kind) {
    case 'pending':
      return oauthError(voice, 'authorizationPending');
    case 'expired':
      return oauthError(voice, 'deviceCodeExpired');
    case 'declined':
      return oauthError(voice, 'deviceCodeDeclined');
    case 'unknown':
      return oauthError(voice, 'deviceCodeUnknown');
    case 'approved': {
      const user = tenant.store.principals.userById(found.userId);
      if (user === undefined) return oauthError(voice, 'deviceCodeUnknown');
      note('caller', user.userPrincipalName);
      return userReply(exchange, { user, client, wish: found.wish, version, form });
    }
  }
}
