/**
 * Discovery: where everything is (wire 1.1), for devices; OIDC metadata, keys and realms (wire 10.1), for everybody else.
 *
 * Knows: the tenant's own addresses. Promises: every URL is of this origin. Must never: need a token.
 */
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { type Exchange, namesTenant, type TenantContext } from '../context.ts';
import { drsRefusal, drsReply, jsonReply, oauthError } from '../envelopes.ts';
import { cleanText } from '../plain.ts';

/** `GET /{tenant}/Discover` (wire 1.1). */
export function discover({ tenant, request, param, voice }: Exchange): OutgoingReply {
  const segment = param('tenant');
  if (!namesTenant(tenant, segment)) {
    const about = { operation: 'Discover', tenantId: cleanText(segment) };
    return drsRefusal(voice, 'error_authorization_request_denied', about);
  }
  const version = request.query.get('api-version') ?? '1.0';
  if (!/^1\.\d{1,2}$/.test(version)) {
    return drsRefusal(voice, 'error_unsupported_api_version', { operation: 'Discover', tenantId: tenant.tenantId });
  }
  const { origin, tenantId, registrationResource: resource } = tenant;
  return drsReply(voice, 200, {
    DiscoveryService: { DiscoveryEndpoint: `${origin}/${tenantId}/Discover`, ServiceVersion: version },
    DeviceRegistrationService: {
      RegistrationEndpoint: `${origin}/EnrollmentServer/DeviceEnrollmentWebService.svc`,
      RegistrationResourceId: resource,
      ServiceVersion: '1.0',
    },
    AuthenticationService: {
      OAuth2: {
        AuthCodeEndpoint: `${origin}/${tenantId}/oauth2/authorize`,
        TokenEndpoint: `${origin}/${tenantId}/oauth2/token`,
      },
    },
    IdentityProviderService: { Federated: false, PassiveAuthEndpoint: `${origin}/${tenantId}/wsfed` },
    DeviceJoinService: {
      JoinEndpoint: `${origin}/EnrollmentServer/device/`,
      JoinResourceId: resource,
      ServiceVersion: '2.0',
    },
    KeyProvisioningService: {
      KeyProvisionEndpoint: `${origin}/EnrollmentServer/key/`,
      KeyProvisionResourceId: resource,
      ServiceVersion: '1.0',
    },
    DeviceManagementService: {
      DeviceManagementEndpoint: `${origin}/manage/${tenantId}/`,
      DeviceManagementResourceId: resource,
      ServiceVersion: '1.0',
    },
    TenantInfo: { DisplayName: tenant.displayName, TenantId: tenantId, TenantName: tenant.domain },
    NonceService: {
      Endpoint: `${origin}/EnrollmentServer/nonce/${tenantId}/`,
      ResourceId: resource,
      ServiceVersion: '1.0',
    },
  });
}

/** Whether a segment of a login address is this tenant's, or one of the names for "whoever it is". */
export function isLoginTenant(tenant: TenantContext, segment: string): boolean {
  return namesTenant(tenant, segment) || ['common', 'organizations'].includes(segment.toLowerCase());
}

/** `GET /{tenant}/v2.0/.well-known/openid-configuration`. */
export function openidConfiguration({ tenant, param, voice }: Exchange): OutgoingReply {
  const segment = param('tenant');
  if (!isLoginTenant(tenant, segment)) return oauthError(voice, 'unknownTenant', cleanText(segment));
  const { origin, tenantId } = tenant;
  const base = `${origin}/${tenantId}`;
  return jsonReply(200, {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    // The endpoint is named because official clients refuse a document without it; no browser flow is served there.
    response_types_supported: [],
    response_modes_supported: [],
    grant_types_supported: ['client_credentials', 'password', 'urn:ietf:params:oauth:grant-type:device_code'],
    subject_types_supported: ['pairwise'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'oid', 'name', 'preferred_username', 'nonce', 'ver'],
    request_uri_parameter_supported: false,
    tenant_region_scope: 'EU',
    msgraph_host: new URL(origin).host,
  });
}

/** `GET /{tenant}/discovery/v2.0/keys`. */
export async function keys({ tenant, param, voice }: Exchange): Promise<OutgoingReply> {
  const segment = param('tenant');
  if (!isLoginTenant(tenant, segment)) return oauthError(voice, 'unknownTenant', cleanText(segment));
  const signing = await tenant.keys.signing();
  const { kty, n, e } = signing.publicKey.export({ format: 'jwk' });
  const issuer = `${tenant.origin}/${tenant.tenantId}/v2.0`;
  return jsonReply(200, {
    keys: [{ kty, use: 'sig', kid: signing.kid, x5t: signing.kid, n, e, x5c: [signing.x5c], alg: 'RS256', issuer }],
  });
}

/** `GET /common/discovery/instance`: only this very origin is an instance. */
export function instance({ tenant, request, voice }: Exchange): OutgoingReply {
  const { host } = new URL(tenant.origin);
  const asked = request.query.get('authorization_endpoint') ?? '';
  if (!asked.startsWith(`${tenant.origin}/`)) {
    return jsonReply(400, {
      error: 'invalid_instance',
      error_description: 'AADSTS50049: Unknown or invalid instance.',
      error_codes: [50049],
      trace_id: voice.requestId,
    });
  }
  return jsonReply(200, {
    tenant_discovery_endpoint: `${tenant.origin}/${tenant.tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}

/** `GET /common/UserRealm/{upn}`: everybody is managed here, and whether one exists is not told. */
export function userRealm({ tenant, param }: Exchange): OutgoingReply {
  const name = param('upn');
  return jsonReply(200, {
    ver: '1.0',
    account_type: name.toLowerCase().endsWith(`@${tenant.domain}`) ? 'Managed' : 'Unknown',
    domain_name: tenant.domain,
    cloud_instance_name: new URL(tenant.origin).host,
  });
}
