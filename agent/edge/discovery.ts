/**
 * Asks the registration service where everything is (wire 1.1), and believes only what is pinned.
 *
 * Promises: every address used later is https and of an origin known from the join or the cloud's profile; a document
 * that points elsewhere or downgrades is refused whole, and nothing is sent there. Must never: follow a redirect.
 */
import type { TenantProfile } from '../core/cloudProfiles.ts';
import type { Clock, IdSource, WireFailure } from '../core/ports.ts';
import type { Http } from './http.ts';
import { patienceHint, retryAtOf } from './retryAfter.ts';
import { failureOfStatus, failureOfUnanswered, hostOf } from './wireFailure.ts';
import { type JsonObject, objectIn, objectOf, textIn } from './wireJson.ts';
import { cleanText } from './wireText.ts';

/** What the device needs of the discovery document. */
export interface Endpoints {
  readonly tenantId: string;
  /** The tenant's own name, or empty. */
  readonly tenantName: string;
  /** With a trailing slash. */
  readonly joinEndpoint: string;
  readonly deviceManagementEndpoint: string;
  readonly deviceManagementResourceId: string;
  /** The v1 token endpoint, which also hands out nonces (wire 2.1). */
  readonly tokenEndpoint: string;
  /** Nonce for the CSR (wire 1.2); undefined where it is not offered. */
  readonly csrNonceEndpoint: string | undefined;
  /** Every origin above, for pinning. */
  readonly origins: readonly string[];
}

export type DiscoveryOutcome =
  | { readonly kind: 'found'; readonly endpoints: Endpoints }
  | { readonly kind: 'failed'; readonly failure: WireFailure };

/** The client version the Windows client asks with (wire 1.1). */
const apiVersion = '1.6';

function notPinned(message: string, detail: string): DiscoveryOutcome {
  return {
    kind: 'failed',
    failure: {
      code: 'ERR_LAPS_TENANT_NOT_PINNED',
      message,
      hint: 'nothing was sent there; if the tenant really moved, leave it and join again',
      hresult: 0x80072f78,
      detail: cleanText(detail),
    },
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function malformed(host: string, missing: string): DiscoveryOutcome {
  return {
    kind: 'failed',
    failure: failureOfStatus(
      'ERR_LAPS_DISCOVERY_FAILED',
      200,
      `what ${host} answered is no discovery document: ${missing}`,
      'check that this address is a tenant, and that nothing in between answers in its place',
    ),
  };
}

function readDocument(
  document: JsonObject,
  options: {
    readonly host: string;
    readonly pinnedOrigins: readonly string[] | null;
    readonly expectedTenantId: string | undefined;
  },
): DiscoveryOutcome {
  const { host, pinnedOrigins, expectedTenantId } = options;
  const section = (name: string, member: string): string | undefined => textIn(objectIn(document, name), member);
  const joinEndpoint = section('DeviceJoinService', 'JoinEndpoint');
  const deviceManagementEndpoint = section('DeviceManagementService', 'DeviceManagementEndpoint');
  const deviceManagementResourceId = section('DeviceManagementService', 'DeviceManagementResourceId');
  const tokenEndpoint = textIn(objectIn(objectIn(document, 'AuthenticationService'), 'OAuth2'), 'TokenEndpoint');
  const csrNonceEndpoint = section('NonceService', 'Endpoint');
  const tenantId = section('TenantInfo', 'TenantId')?.toLowerCase();
  if (joinEndpoint === undefined) return malformed(host, 'it names no join service');
  if (deviceManagementEndpoint === undefined || deviceManagementResourceId === undefined)
    return malformed(host, 'it names no device management service');
  if (tokenEndpoint === undefined) return malformed(host, 'it names no token endpoint');
  if (tenantId === undefined) return malformed(host, 'it names no tenant');
  if (expectedTenantId !== undefined && tenantId !== expectedTenantId.toLowerCase())
    return notPinned(`${host} answers for another tenant than this device belongs to`, tenantId);

  const used = [joinEndpoint, deviceManagementEndpoint, tokenEndpoint, ...(csrNonceEndpoint ? [csrNonceEndpoint] : [])];
  const origins = new Set<string>();
  for (const address of used) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol !== 'https:' || url.username !== '' || url.search !== '' || url.hash !== '')
      return notPinned(`${host} names an address that is not plain https`, address);
    if (pinnedOrigins !== null && !pinnedOrigins.includes(url.origin))
      return notPinned(`${host} points to an address that is not this tenant's`, url.origin);
    origins.add(url.origin);
  }
  return {
    kind: 'found',
    endpoints: {
      tenantId,
      tenantName: cleanText(section('TenantInfo', 'TenantName') ?? section('TenantInfo', 'DisplayName') ?? ''),
      joinEndpoint: withSlash(joinEndpoint),
      deviceManagementEndpoint: withSlash(deviceManagementEndpoint),
      deviceManagementResourceId,
      tokenEndpoint,
      csrNonceEndpoint,
      origins: [...origins],
    },
  };
}

/** An answer without a document. Who asks for patience is there, and the address is right. */
function refused(
  { status, headers }: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  host: string,
  now: number,
): WireFailure {
  const message = `${host} answered discovery with HTTP ${status}`;
  const retryAt = status === 429 || status === 503 ? retryAtOf(headers, now) : undefined;
  if (retryAt !== undefined)
    return { ...failureOfStatus('ERR_LAPS_TENANT_THROTTLED', status, message, patienceHint), retryAt };
  if (status === 429) return failureOfStatus('ERR_LAPS_TENANT_THROTTLED', status, message, 'run it again later');
  const hint =
    status >= 500
      ? 'the tenant, or what stands before it, is in trouble: run it again later'
      : 'check the tenant id and the address, and try again later';
  return failureOfStatus('ERR_LAPS_DISCOVERY_FAILED', status, message, hint);
}

/**
 * One discovery.
 * @param tenant id or domain. @param expectedTenantId refused when the document is another tenant's.
 * @param onRequest is told the address, for event 10030.
 */
export async function discover(options: {
  readonly http: Http;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly profile: TenantProfile;
  readonly tenant: string;
  readonly expectedTenantId?: string;
  readonly fresh?: boolean;
  readonly onRequest?: (url: string) => void;
}): Promise<DiscoveryOutcome> {
  const { http, clock, ids, profile, tenant, expectedTenantId, fresh = false, onRequest } = options;
  const trace = `{${ids.newId().toUpperCase()}}`;
  const base = `${profile.registrationOrigin}/${encodeURIComponent(tenant)}/Discover?api-version=${apiVersion}&managed=true`;
  onRequest?.(`${base}&traceid=${trace}`);
  const url = `${base}&traceid=${encodeURIComponent(trace)}`;
  const headers = { accept: 'application/json', 'user-agent': 'Windows LAPS' };
  const outcome = await http.send({ method: 'GET', url, headers, fresh });
  if (outcome.kind !== 'answer')
    return { kind: 'failed', failure: failureOfUnanswered(outcome, url, 'ERR_LAPS_DISCOVERY_FAILED') };
  const host = hostOf(url);
  if (outcome.status >= 300 && outcome.status < 400)
    return notPinned(`${host} redirects discovery elsewhere`, `HTTP ${outcome.status}`);
  if (outcome.status !== 200) return { kind: 'failed', failure: refused(outcome, host, clock.now()) };
  const document = objectOf(outcome.text);
  if (document === undefined) return malformed(host, 'it is not JSON');
  return readDocument(document, { host, pinnedOrigins: profile.pinnedOrigins, expectedTenantId });
}
