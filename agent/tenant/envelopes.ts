/**
 * How the three services say things: token endpoint, device registration service, Graph.
 *
 * Knows: their error shapes and headers (wire 1.6, 2.4, 3.2, 4.2, 4.7). Promises: this is the only file that does. Must
 * never: put anything into an error that the caller did not send or may not know.
 */
import type { OutgoingReply } from '../edge/httpServer.ts';
import { spacedSecondOf, stampOf } from './instants.ts';

/** What every reply of one request carries: its instant, its id, and the caller's own id when it sent a usable one. */
export interface Voice {
  /** Epoch ms. */
  readonly at: number;
  readonly requestId: string;
  /** As the caller wrote it, braces and case included. */
  readonly clientRequestId?: string;
}

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };
/**
 * The header is there as on the real service (wire 4.2), and asks for nothing: a browser that trusts this authority would
 * else insist on https for every other server on localhost. 0 also takes back what an earlier version asked for.
 */
const hsts = { 'strict-transport-security': 'max-age=0' };

/** Plain JSON without a service's own headers. */
export function jsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): OutgoingReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...hsts, ...headers },
    body: JSON.stringify(body),
  };
}

// --- token endpoint --------------------------------------------------------------------------------------------

export function tokenReply(body: unknown): OutgoingReply {
  return jsonReply(200, body, noStore);
}

/** The errors of wire 2.4 and 10.2: AADSTS number, OAuth class, status, sentence. */
const oauthErrors = {
  deviceDisabled: [135011, 'invalid_grant', 400, 'Device used during the authentication is disabled.'],
  deviceDeleted: [700003, 'invalid_grant', 400, "Device object was not found in the tenant '{0}' directory."],
  deviceAuthFailed: [50155, 'invalid_grant', 400, 'Device authentication failed for this user.'],
  nonceMissing: [140000, 'invalid_request', 400, 'Request nonce is not provided.'],
  // Only the class of this one is established; the number is that of a request that is not valid (wire 2.4).
  nonceStale: [50027, 'invalid_grant', 400, 'The nonce of the request is expired, used or was not issued here.'],
  badSignature: [50006, 'invalid_grant', 400, 'Signature verification failed because of an invalid signature.'],
  badJwt: [50027, 'invalid_grant', 400, 'JWT token is invalid or malformed.'],
  deviceOnlyRefused: [221000, 'invalid_resource', 400, 'Device-only tokens are not supported by this resource.'],
  unknownTenant: [90002, 'invalid_request', 400, "Tenant '{0}' not found."],
  unknownClient: [700016, 'unauthorized_client', 400, "Application with identifier '{0}' was not found."],
  unknownResource: [500011, 'invalid_resource', 400, "The resource principal named '{0}' was not found."],
  missingField: [900144, 'invalid_request', 400, "The request body must contain the following parameter: '{0}'."],
  wrongSecret: [7000215, 'invalid_client', 401, 'Invalid client secret provided.'],
  secretMissing: [7000218, 'invalid_client', 401, "The request body must contain: 'client_secret'."],
  publicClient: [700025, 'invalid_client', 401, 'The client is public and cannot use the client_credentials grant.'],
  wrongPassword: [50126, 'invalid_grant', 400, 'Error validating credentials due to invalid username or password.'],
  scopeNotGranted: [65001, 'invalid_grant', 400, "The application has no consent for '{0}'."],
  badScope: [70011, 'invalid_scope', 400, "The provided value for scope '{0}' is not valid."],
  unsupportedGrant: [70003, 'unsupported_grant_type', 400, "The app requested an unsupported grant type '{0}'."],
  authorizationPending: [70016, 'authorization_pending', 400, 'The user has not yet signed in. Continue polling.'],
  deviceCodeExpired: [70019, 'expired_token', 400, 'The verification code expired.'],
  deviceCodeUnknown: [70000, 'invalid_grant', 400, 'The device code is not valid.'],
  deviceCodeDeclined: [65004, 'authorization_declined', 400, 'The user declined the sign-in.'],
  throttled: [90055, 'temporarily_unavailable', 429, 'There are too many incoming requests.'],
  unavailable: [90033, 'temporarily_unavailable', 503, 'A transient error has occurred. Please try again.'],
  failed: [50000, 'server_error', 500, 'The service failed.'],
  notAForm: [900144, 'invalid_request', 400, "The request body must be a form and contain: 'grant_type'."],
  wrongMethod: [900561, 'invalid_request', 405, 'The endpoint only accepts {0} request.'],
  tooLarge: [90013, 'invalid_request', 413, 'Invalid input: the request body is too large.'],
  // The class fits, the case is this tenant's own: no browser flow is served.
  notHere: [
    70005,
    'unsupported_response_type',
    501,
    "'{0}' is not served here: use a device code, password or secret.",
  ],
} as const satisfies Record<string, readonly [number, string, number, string]>;

export type OauthErrorName = keyof typeof oauthErrors;

/** `about` fills the sentence; it is the caller's own word, cut and cleaned by the caller of this. */
export function oauthError(
  voice: Voice,
  name: OauthErrorName,
  about = '',
  more: { readonly status?: number; readonly retryAfter?: string } = {},
): OutgoingReply {
  const [number, error, status, sentence] = oauthErrors[name];
  const correlationId = bare(voice.clientRequestId) ?? voice.requestId;
  const time = spacedSecondOf(voice.at);
  return jsonReply(
    more.status ?? status,
    {
      error,
      error_description: `AADSTS${number}: ${sentence.replace('{0}', about)} Trace ID: ${voice.requestId} Correlation ID: ${correlationId} Timestamp: ${time}`,
      error_codes: [number],
      timestamp: time,
      trace_id: voice.requestId,
      correlation_id: correlationId,
    },
    more.retryAfter === undefined ? noStore : { ...noStore, 'retry-after': more.retryAfter },
  );
}

function bare(id: string | undefined): string | undefined {
  return id?.replace(/[{}]/g, '').toLowerCase();
}

// --- device registration service -------------------------------------------------------------------------------

/** Refusals by subcode (wire 3.2, 3.3, 1.6): status, code, sentence with {device} and {tenant}. */
export const drsRefusals = {
  error_fail: [400, 'invalid_request', 'Local admin password solution is not enabled for this tenant.'],
  error_missing_device: [400, 'invalid_request', 'The device {device} in {tenant} could not be found.'],
  error_authorization_request_denied: [
    403,
    'authorization_error',
    'The specified request is not allowed for tenant ({tenant})',
  ],
  error_invalid_token: [
    401,
    'authentication_error',
    'The access token is missing, expired or not meant for this service.',
  ],
  error_invalid_certificate: [401, 'authentication_error', 'The certificate of this device is needed.'],
  error_device_mismatch: [403, 'authorization_error', 'The token was issued to another device.'],
  error_unsupported_join_type: [403, 'authorization_error', 'The device is registered, not joined.'],
  error_invalid_body: [400, 'invalid_request', 'The request body is not valid.'],
  error_unsupported_api_version: [400, 'invalid_request', 'The api-version is not supported.'],
  error_device_quota_exceeded: [400, 'invalid_request', 'The user may not register more devices.'],
  error_join_not_allowed: [403, 'authorization_error', 'The user may not register devices.'],
  error_mfa_required: [403, 'authorization_error', 'Registering a device needs multifactor authentication.'],
  error_too_many_requests: [429, 'throttled', 'Too many requests.'],
  error_not_found: [404, 'invalid_request', 'There is nothing at this address.'],
  error_method_not_allowed: [405, 'invalid_request', 'The method is not supported.'],
  error_internal: [500, 'server_error', 'The service failed.'],
  error_unavailable: [503, 'server_error', 'The service is not available now.'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type DrsSubcode = keyof typeof drsRefusals;

export interface DrsAbout {
  /** The HTTP verb on the LAPS call, a logical name on join and leave (wire 1.6). */
  readonly operation: string;
  readonly tenantId: string;
  readonly deviceId?: string;
  readonly message?: string;
  readonly status?: number;
  readonly retryAfter?: string;
}

/** A reply of the service: the caller's id comes back in a header when it sent one. */
export function drsReply(voice: Voice, status: number, body: unknown): OutgoingReply {
  return jsonReply(status, body, drsHeaders(voice));
}

function drsHeaders(voice: Voice): Record<string, string> {
  return {
    'request-id': voice.requestId,
    ...(voice.clientRequestId === undefined ? {} : { 'client-request-id': voice.clientRequestId }),
  };
}

export function drsRefusal(voice: Voice, subcode: DrsSubcode, about: DrsAbout): OutgoingReply {
  const [status, code, sentence] = drsRefusals[subcode];
  const message =
    about.message ?? sentence.replace('{device}', about.deviceId ?? '').replace('{tenant}', about.tenantId);
  return jsonReply(
    about.status ?? status,
    {
      code,
      subcode,
      operation: about.operation,
      message,
      requestId: voice.requestId,
      time: stampOf(voice.at),
      // Older tools read `Message` (wire 1.5).
      ...(about.operation === 'DeviceDelete' ? { Message: message } : {}),
    },
    {
      ...drsHeaders(voice),
      ...(subcode === 'error_invalid_token' ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {}),
      ...(about.retryAfter === undefined ? {} : { 'retry-after': about.retryAfter }),
    },
  );
}

// --- Graph -----------------------------------------------------------------------------------------------------

function graphHeaders(voice: Voice): Record<string, string> {
  return {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'request-id': voice.requestId,
    'client-request-id': voice.clientRequestId ?? voice.requestId,
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
    'x-ms-ags-diagnostic': '{"ServerInfo":{"DataCenter":"loopback","Slice":"E","Ring":"0"}}',
  };
}

/** 200 with a body, or 204 without one. */
export function graphReply(voice: Voice, body?: unknown): OutgoingReply {
  return body === undefined
    ? { status: 204, headers: { ...hsts, ...graphHeaders(voice) } }
    : jsonReply(200, body, graphHeaders(voice));
}

/** A bare value, as `/$count` is answered. */
export function graphText(voice: Voice, text: string): OutgoingReply {
  return { status: 200, headers: { ...hsts, ...graphHeaders(voice), 'content-type': 'text/plain' }, body: text };
}

const graphErrors = {
  InvalidAuthenticationToken: [401, 'Access token is missing, expired or not valid.'],
  Authorization_RequestDenied: [403, 'Insufficient privileges to complete the operation.'],
  ResourceNotFound: [404, 'The resource was not found.'],
  Request_ResourceNotFound: [
    404,
    'The resource does not exist or one of its queried reference-property objects is not present.',
  ],
  BadRequest: [400, 'The request is not valid.'],
  Request_BadRequest: [400, 'The request is not valid.'],
  MethodNotAllowed: [405, 'The method is not supported on this resource.'],
  NotImplemented: [501, 'This tenant does not have this part of Graph yet.'],
  RequestEntityTooLarge: [413, 'The request body is too large.'],
  TooManyRequests: [429, 'Too many requests.'],
  ServiceUnavailable: [503, 'The service is not available now.'],
  InternalServerError: [500, 'The service failed.'],
} as const satisfies Record<string, readonly [number, string]>;

export type GraphErrorCode = keyof typeof graphErrors;

export function graphError(
  voice: Voice,
  code: GraphErrorCode,
  more: { readonly message?: string; readonly status?: number; readonly retryAfter?: string } = {},
): OutgoingReply {
  const [status, sentence] = graphErrors[code];
  return jsonReply(
    more.status ?? status,
    {
      error: {
        code,
        message: more.message ?? sentence,
        innerError: {
          date: stampOf(voice.at).slice(0, 19),
          'request-id': voice.requestId,
          'client-request-id': bare(voice.clientRequestId) ?? voice.requestId,
        },
      },
    },
    {
      ...graphHeaders(voice),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="", error="invalid_token"' } : {}),
      ...(more.retryAfter === undefined ? {} : { 'retry-after': more.retryAfter }),
    },
  );
}
