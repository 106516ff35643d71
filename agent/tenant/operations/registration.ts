/**
 * Registration: a device joins (wire 1.3), proves freshness of its request (1.2), and leaves (1.5).
 *
 * Knows: certificate requests, transport keys, the registration policy. Promises: a device exists exactly when its
 * certificate was issued and kept; a leave is believed only with the device's own certificate. Must never: issue a
 * certificate for a key the caller did not prove to hold.
 */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { OutgoingReply } from '../../edge/httpServer.ts';
import { builtInRoles } from '../access.ts';
import { writeAudit } from '../auditRecords.ts';
import { type Exchange, headerOf, namesTenant } from '../context.ts';
import { type DrsSubcode, drsRefusal, drsReply } from '../envelopes.ts';
import { stampOf } from '../instants.ts';
import { isJson, type Json, member, parseJson, sidOfObject, textMember } from '../plain.ts';
import { isMember, readPolicy } from '../policy.ts';
import type { Device, TrustType } from '../store/devices.ts';

/** JoinType to trustType (wire 1.3, 9): the four a join may ask for. */
const trustTypes: Readonly<Record<number, TrustType>> = { 0: 'AzureAd', 4: 'Workplace', 6: 'ServerAd', 8: 'AzureAd' };

/** `GET {NonceService.Endpoint}`: the misspelt member is as documented (wire 1.2). */
export function csrNonce({ tenant, param, voice, at }: Exchange): OutgoingReply {
  if (!namesTenant(tenant, param('tenant'))) {
    return drsRefusal(voice, 'error_authorization_request_denied', { operation: 'Nonce', tenantId: tenant.tenantId });
  }
  return drsReply(voice, 200, {
    ReponseStatus: { message: 'OK', traceId: voice.requestId, time: stampOf(at) },
    Value: tenant.nonces.issue(at),
  });
}

interface JoinWish {
  readonly spki: Buffer;
  readonly transportKey: string;
  readonly joinType: number;
  readonly displayName: string;
  readonly operatingSystem: string;
  readonly osVersion: string;
  readonly wantsSids: boolean;
}

/** `POST {JoinEndpoint}` (wire 1.3). */
export async function join(exchange: Exchange): Promise<OutgoingReply> {
  const { tenant, request, voice, at, note } = exchange;
  const refuse = (subcode: DrsSubcode, message?: string) => {
    note('refused', subcode);
    const about = { operation: 'DeviceJoin', tenantId: tenant.tenantId };
    return drsRefusal(voice, subcode, message === undefined ? about : { ...about, message });
  };
  const version = request.query.get('api-version') ?? '';
  const claims = await tenant.tokens.read(headerOf(request, 'authorization'), 'registration', at);
  const user = claims && tenant.store.principals.userById(textMember(claims, 'oid') ?? '');
  if (user === undefined || textMember(claims ?? {}, 'idtyp') !== 'user') return refuse('error_invalid_token');
  note('caller', user.userPrincipalName);
  if (version !== '1.0' && version !== '2.0') return refuse('error_unsupported_api_version');

  const body = parseJson(request.body);
  const wish = isJson(body) ? await readWish(body) : 'The request body is not valid JSON.';
  if (typeof wish === 'string') return refuse('error_invalid_body', wish);
  const policy = readPolicy(tenant.store.meta);
  const workplace = trustTypes[wish.joinType] === 'Workplace';
  const allowed = workplace ? policy.azureADRegistration.allowedToRegister : policy.azureADJoin.allowedToJoin;
  if (!isMember(allowed, user.id)) return refuse('error_join_not_allowed');
  if (policy.multiFactorAuthConfiguration === 'required') return refuse('error_mfa_required');

  const deviceId = tenant.newId();
  const issued = await tenant.keys.issueDeviceCertificate(
    wish.spki,
    { deviceId, userId: user.id, tenantId: tenant.tenantId, joined: !workplace, region: 'EU' },
    at,
  );
  const device = deviceOf(wish, issued.thumbprint, { deviceId, id: tenant.newId(), userId: user.id, at });
  // Judged where nothing can come between: two joins at once must not both take the last place.
  const joined = tenant.store.transaction(() => {
    if (tenant.store.devices.countOfUser(user.id) >= policy.userDeviceQuota) return false;
    tenant.store.devices.add(device);
    writeAudit(exchange, {
      activity: 'Register device',
      category: 'Device',
      operationType: 'Add',
      result: 'success',
      target: { id: device.id, displayName: device.displayName },
      deviceId,
    });
    return true;
  });
  if (!joined) return refuse('error_device_quota_exceeded');
  note('device', deviceId);
  return drsReply(voice, 200, {
    Certificate: { Thumbprint: issued.thumbprint, RawBody: issued.rawBody },
    User: { Upn: user.userPrincipalName },
    ...(wish.wantsSids ? { MembershipChanges: membershipChanges(exchange) } : {}),
  });
}

/** Who becomes local administrator on the device: two role SIDs (wire 1.3). */
function membershipChanges({ tenant }: Exchange) {
  // Role objects have ids of their own in each tenant; here they follow from the tenant's and the role's.
  const sidOf = (templateId: string) =>
    sidOfObject(createHash('sha256').update(`${tenant.tenantId}|${templateId}`).digest('hex').slice(0, 32));
  const joinedDeviceLocalAdministrator = '9f06204d-73c1-4d4c-880a-6edb90606fd8';
  const sids = [builtInRoles['Global Administrator'], joinedDeviceLocalAdministrator].map(sidOf);
  return [{ LocalSID: 'S-1-5-32-544', AddSIDs: sids }];
}

function deviceOf(
  wish: JoinWish,
  thumbprint: string,
  ids: { readonly deviceId: string; readonly id: string; readonly userId: string; readonly at: number },
): Device {
  return {
    deviceId: ids.deviceId,
    id: ids.id,
    displayName: wish.displayName,
    accountEnabled: true,
    trustType: trustTypes[wish.joinType] ?? 'Workplace',
    joinType: wish.joinType,
    operatingSystem: wish.operatingSystem,
    operatingSystemVersion: wish.osVersion,
    registeredBy: ids.userId,
    registeredAt: ids.at,
    lastSignInAt: ids.at,
    thumbprint,
    publicKey: wish.spki.toString('base64'),
    transportKey: wish.transportKey,
    extra: {},
  };
}

/** A text says what is wrong. */
async function readWish(body: Json): Promise<JoinWish | string> {
  const joinType = member(body, 'JoinType');
  if (typeof joinType !== 'number' || trustTypes[joinType] === undefined) return 'JoinType must be 0, 4, 6 or 8.';
  const displayName = textMember(body, 'DeviceDisplayName') ?? '';
  if (displayName.trim() === '' || displayName.length > 255 || /\p{Cc}/u.test(displayName)) {
    return 'DeviceDisplayName must be a text of 1 to 255 characters.';
  }
  const osVersion = textMember(body, 'OSVersion') ?? '';
  if (!/^[\w.\- ]{1,64}$/.test(osVersion)) return 'OSVersion must be a text of 1 to 64 characters.';
  const operatingSystem = textMember(body, 'DeviceType') ?? 'Windows';
  if (!/^[\w.\- ]{1,64}$/.test(operatingSystem)) return 'DeviceType must be a text of 1 to 64 characters.';
  const transportKey = textMember(body, 'TransportKey') ?? '';
  const blob = transportKeyProblem(Buffer.from(transportKey, 'base64'));
  if (blob !== undefined) return blob;

  const certificateRequest = member(body, 'CertificateRequest');
  const data = isJson(certificateRequest) ? textMember(certificateRequest, 'Data') : undefined;
  const type = isJson(certificateRequest) ? textMember(certificateRequest, 'Type') : undefined;
  if (data === undefined || type !== 'pkcs10') return 'CertificateRequest must be a pkcs10 with Data.';
  const { readCertificateRequest } = await import('../certificates.ts');
  const csr = await readCertificateRequest(Buffer.from(data, 'base64'));
  if (csr === undefined) return 'The certificate request is not valid or not signed by its own key.';
  const key = createPublicKey({ key: csr.spki, format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    return 'The key of the certificate request must be RSA with 2048 bits or more.';
  }
  const attributes = member(body, 'Attributes') ?? member(body, 'attributes');
  // Texts of either case and booleans are seen (wire 1.3).
  const wantsSids = isJson(attributes) && /^true$/i.test(String(member(attributes, 'ReturnClientSid')));
  return { spki: csr.spki, transportKey, joinType, displayName, operatingSystem, osVersion, wantsSids };
}

/** BCRYPT_RSAKEY_BLOB of a public key, all lengths true and no primes (wire 1.3); undefined when it is one. */
function transportKeyProblem(blob: Buffer): string | undefined {
  const wrong = 'TransportKey must be a public BCRYPT_RSAKEY_BLOB.';
  if (blob.length < 24 || blob.toString('latin1', 0, 4) !== 'RSA1') return wrong;
  const [bits, exponent, modulus, prime1, prime2] = [4, 8, 12, 16, 20].map((at) => blob.readUInt32LE(at));
  if (bits === undefined || exponent === undefined || modulus === undefined) return wrong;
  if (prime1 !== 0 || prime2 !== 0) return 'TransportKey must not hold primes.';
  return blob.length === 24 + exponent + modulus && modulus * 8 === bits && bits >= 2048 ? undefined : wrong;
}

/** `DELETE {JoinEndpoint}{deviceId}`, with mutual TLS (wire 1.5). */
export function leave(exchange: Exchange): OutgoingReply {
  const { tenant, param, voice, note } = exchange;
  const deviceId = param('deviceId').toLowerCase();
  const refuse = (subcode: DrsSubcode) => {
    note('refused', subcode);
    return drsRefusal(voice, subcode, { operation: 'DeviceDelete', tenantId: tenant.tenantId, deviceId });
  };
  const device = certificateOwner(exchange);
  if (device === undefined) return refuse('error_invalid_certificate');
  if (device.deviceId !== deviceId) return refuse('error_device_mismatch');
  tenant.store.transaction(() => {
    tenant.store.devices.remove(device.deviceId);
    writeAudit(exchange, {
      activity: 'Unregister device',
      category: 'Device',
      operationType: 'Delete',
      result: 'success',
      target: { id: device.id, displayName: device.displayName },
      deviceId,
    });
  });
  note('device', deviceId);
  return drsReply(voice, 200, { AttestationResult: { KeyId: device.thumbprint } });
}

/** The device whose registered certificate the caller holds the key of; undefined for none. */
function certificateOwner({ tenant, request }: Exchange): Device | undefined {
  if (request.peerCertificate === undefined) return undefined;
  const certificate = new X509Certificate(request.peerCertificate);
  if (!tenant.keys.issuedByUs(certificate)) return undefined;
  const [, deviceId] = /^CN=([0-9a-f-]{36})$/i.exec(certificate.subject) ?? [];
  const device = deviceId === undefined ? undefined : tenant.store.devices.byDeviceId(deviceId);
  const thumbprint = createHash('sha1').update(request.peerCertificate).digest('hex').toUpperCase();
  return device?.thumbprint === thumbprint ? device : undefined;
}
