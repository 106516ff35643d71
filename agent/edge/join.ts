/**
 * Joins a tenant and leaves it (wire 1.1 to 1.5).
 *
 * Promises: what comes back from a join is checked against the key that was made for it before anything is kept; the
 * origins met here are the ones pinned from now on. Must never: keep the user's token or password.
 */
import type { TenantProfile } from '../core/cloudProfiles.ts';
import { LapsError } from '../core/errors.ts';
import type { Clock, IdSource, JoinType } from '../core/ports.ts';
import type { Secret } from '../core/secret.ts';
import { createDeviceKey, readDeviceCertificate } from './certificates.ts';
import { createDeviceTokens } from './deviceToken.ts';
import { discover, type Endpoints } from './discovery.ts';
import type { Http, HttpOutcome } from './http.ts';
import { mismatchOf, profileOfIdentity, type StoredIdentity } from './identityRecord.ts';
import { authorityOfTokenEndpoint, type SignInMethod, type SignInRequest, signIn } from './userToken.ts';
import { deviceServiceErrorOf } from './wireErrors.ts';
import { errorOf, failureOfStatus, failureOfUnanswered, hostOf } from './wireFailure.ts';
import { objectIn, objectOf, textIn } from './wireJson.ts';
import { cleanText } from './wireText.ts';

/** What the join asks for (wire 1.3). */
const joinTypeNumber: Readonly<Record<JoinType, number>> = { entra: 0, registered: 4, hybrid: 6 };

/** Device object was not found in the tenant. */
const aadstsDeviceDeleted = 700003;

const refusalHints: Readonly<Record<string, string>> = {
  error_device_quota_exceeded: 'the user has as many devices as the tenant allows; remove one, or join as another user',
  error_invalid_token: 'sign in again',
  error_authorization_request_denied: 'the tenant lets only certain users join devices; ask an administrator',
};

function refusal(outcome: HttpOutcome, url: string, doing: 'join' | 'leave'): LapsError {
  if (outcome.kind !== 'answer') return errorOf(failureOfUnanswered(outcome, url, 'ERR_LAPS_NO_TENANT'));
  const said = deviceServiceErrorOf(outcome.text);
  const message = said?.message ?? textIn(objectOf(outcome.text), 'Message');
  const known = refusalHints[said?.subcode ?? ''];
  return errorOf(
    failureOfStatus(
      'ERR_LAPS_JOIN_REFUSED',
      outcome.status,
      message === undefined
        ? `${hostOf(url)} answered the ${doing} with HTTP ${outcome.status}`
        : `the tenant refused the ${doing}: ${cleanText(message)}`,
      known ?? 'ask an administrator of the tenant',
    ),
  );
}

/** The nonce for the request, where the tenant offers one; joining without it still works (wire 1.2). */
async function csrNonce(http: Http, endpoints: Endpoints): Promise<string | undefined> {
  if (endpoints.csrNonceEndpoint === undefined) return undefined;
  const outcome = await http.send({ method: 'GET', url: `${endpoints.csrNonceEndpoint}?api-version=1.0` });
  return outcome.kind === 'answer' && outcome.status === 200 ? textIn(objectOf(outcome.text), 'Value') : undefined;
}

/** Who joins what as what. */
export interface JoinRequest {
  readonly http: Http;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly sleep: SignInRequest['sleep'];
  /** A cloud's profile, or `tenantProfile(origin, null)`. */
  readonly profile: TenantProfile;
  /** Tenant id or domain; the domain of the user's name unless given. */
  readonly tenant?: string;
  readonly signIn: Exclude<SignInMethod, { readonly kind: 'clientSecret' }>;
  readonly joinType: JoinType;
  readonly displayName: string;
  /** Build, `10.0.26100`. */
  readonly os: string;
  readonly machineId: string;
  /** Remembered with the identity. */
  readonly caPem: string | null;
}

function tenantOf({ tenant, signIn: method }: JoinRequest): string {
  const named = tenant ?? (method.kind === 'password' ? method.user.split('@')[1] : undefined);
  if (named !== undefined && named !== '') return named;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: 'which tenant to join is not clear',
    hint: 'name it with --tenant-id, or the user with --user name@domain',
  });
}

/** Checks what the join gave and makes the identity of it. */
function identityOf(options: {
  readonly request: JoinRequest;
  readonly endpoints: Endpoints;
  readonly rawCertificate: string;
  readonly privateKeyPem: string;
}): StoredIdentity {
  const { request, endpoints, rawCertificate, privateKeyPem } = options;
  const wrong = (problem: string): LapsError =>
    new LapsError('ERR_LAPS_JOIN_REFUSED', {
      message: `what the tenant gave for a device certificate cannot be used: ${problem}`,
      hint: 'nothing was kept; check the tenant, and remove the device there if it appears',
      hresult: 0x80072f78,
    });
  let ids: ReturnType<typeof readDeviceCertificate>;
  try {
    ids = readDeviceCertificate(rawCertificate);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : 'it cannot be read');
  }
  const mismatch = mismatchOf(ids.certificate, privateKeyPem);
  if (mismatch !== undefined) throw wrong(mismatch);
  if (ids.tenantId !== undefined && ids.tenantId !== endpoints.tenantId) throw wrong('it is of another tenant');
  const { profile } = request;
  return {
    version: 1,
    tenantId: endpoints.tenantId,
    deviceId: ids.deviceId,
    machineId: request.machineId,
    displayName: request.displayName,
    joinType: request.joinType,
    os: request.os,
    tenant: profile.name === 'tenant' ? profile.registrationOrigin : profile.name,
    pinnedOrigins: [...new Set([...endpoints.origins, profile.registrationOrigin])],
    certificate: ids.certificate,
    privateKeyPem,
    caPem: request.caPem,
  };
}

/**
 * Discovers, signs the user in, makes a key, joins. Returns the identity for the caller to keep. Throws LapsError:
 * ERR_LAPS_JOIN_REFUSED, ERR_LAPS_ADMIN_SIGN_IN, ERR_LAPS_TENANT_NOT_PINNED, ERR_LAPS_NO_TENANT and their like.
 */
export async function joinTenant(request: JoinRequest): Promise<StoredIdentity> {
  const { http, clock, ids, sleep, profile, os } = request;
  const tenant = tenantOf(request);
  const found = await discover({ http, clock, ids, profile, tenant });
  if (found.kind === 'failed') throw errorOf(found.failure);
  const { endpoints } = found;
  const authority = authorityOfTokenEndpoint(endpoints.tokenEndpoint);
  if (authority === undefined)
    throw new LapsError('ERR_LAPS_DISCOVERY_FAILED', {
      message: 'the token endpoint that discovery names is of an unknown form',
      hint: 'check that this address is a tenant',
    });

  // The key is made while the person signs in.
  const nonce = await csrNonce(http, endpoints);
  const making = createDeviceKey({ nonce });
  making.catch(() => {});
  const token: Secret = await signIn({
    http,
    clock,
    sleep,
    authority,
    clientId: profile.joinClientId,
    scope: `${profile.joinResource}/.default openid`,
    method: request.signIn,
  });
  const key = await making;

  const url = `${endpoints.joinEndpoint}?api-version=2.0`;
  const outcome = await http.send({
    method: 'POST',
    url,
    headers: {
      authorization: `Bearer ${token.reveal()}`,
      'content-type': 'application/json',
      'user-agent': `Dsreg/10.0 (Windows ${os})`,
      'ocp-adrs-client-name': 'Dsreg',
      'ocp-adrs-client-version': os,
      'client-request-id': ids.newId(),
      'return-client-request-id': 'true',
    },
    body: JSON.stringify({
      CertificateRequest: { Type: 'pkcs10', Data: key.request },
      TransportKey: key.transportKey,
      TargetDomain: tenant.includes('.') ? tenant : endpoints.tenantName || tenant,
      DeviceType: 'Windows',
      OSVersion: os,
      DeviceDisplayName: request.displayName,
      JoinType: joinTypeNumber[request.joinType],
      Attributes: { ReuseDevice: 'true', ReturnClientSid: 'true', SharedDevice: 'false' },
    }),
  });
  const body = outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300 ? outcome.text : undefined;
  const rawCertificate = body === undefined ? undefined : textIn(objectIn(objectOf(body), 'Certificate'), 'RawBody');
  if (rawCertificate === undefined) throw refusal(outcome, url, 'join');
  return identityOf({ request, endpoints, rawCertificate, privateKeyPem: key.privateKeyPem });
}

/**
 * Deletes the device at the tenant, proven by its own certificate (wire 1.5). 'gone' when the tenant no longer knew it.
 * Throws LapsError when it was not deleted; the caller keeps the identity then.
 */
export async function leaveTenant(options: {
  readonly http: Http;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly identity: StoredIdentity;
}): Promise<{ readonly kind: 'left' | 'gone' }> {
  const { http, clock, ids, identity } = options;
  const { tenantId, deviceId } = identity;
  const profile = profileOfIdentity(identity);
  const found = await discover({ http, clock, ids, profile, tenant: tenantId, expectedTenantId: tenantId });
  if (found.kind === 'failed') throw errorOf(found.failure);
  const url = `${found.endpoints.joinEndpoint}${encodeURIComponent(deviceId)}?api-version=1.0`;
  const lines = identity.certificate.match(/.{1,64}/g)?.join('\n') ?? '';
  const outcome = await http.send({
    method: 'DELETE',
    url,
    headers: { accept: 'application/json', 'user-agent': `Dsreg/10.0 (Windows ${identity.os})` },
    clientCertificate: {
      certificatePem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
      privateKeyPem: identity.privateKeyPem,
    },
  });
  if (outcome.kind === 'answer') {
    // A yes is JSON (or nothing at all): a portal's page in between is none.
    const yes = outcome.text.trim() === '' || objectOf(outcome.text) !== undefined;
    if (outcome.status >= 200 && outcome.status < 300 && yes) return { kind: 'left' };
    const said = deviceServiceErrorOf(outcome.text);
    if (said !== undefined && (outcome.status === 404 || said.subcode === 'error_missing_device'))
      return { kind: 'gone' };
  }
  // A deleted device's certificate proves nothing any more; the token endpoint tells deleted from distrusted (wire 2.4).
  if (outcome.kind === 'answer' && (outcome.status === 401 || outcome.status === 403)) {
    const { tokenEndpoint, deviceManagementResourceId: resource } = found.endpoints;
    const token = await createDeviceTokens({ http, clock, ...identity }).get({ tokenEndpoint, resource, fresh: false });
    if (token.kind === 'failed' && token.failure.token?.aadsts === aadstsDeviceDeleted) return { kind: 'gone' };
  }
  throw refusal(outcome, url, 'leave');
}
