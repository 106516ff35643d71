/**
 * The device's own token: a request signed with the device key, over a nonce of ours (wire 2.2, 2.3).
 *
 * Knows: the checks and their order. Promises: the first check that fails names itself in the error of wire 2.4, and no
 * later one was looked at. Must never: believe anything in the request before its signature holds.
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { OutgoingReply } from '../../edge/httpServer.ts';
import type { Exchange } from '../context.ts';
import { type OauthErrorName, oauthError, tokenReply } from '../envelopes.ts';
import { cleanText, isJson, type Json, member, parseJson, textMember } from '../plain.ts';
import { joinClients, tokenSeconds } from '../tokens.ts';

export async function deviceToken(
  exchange: Exchange,
  signed: string | null,
  userAgent: string | undefined,
): Promise<OutgoingReply> {
  const { tenant, voice, at, note } = exchange;
  const refuse = (name: OauthErrorName, about?: string) => {
    note('refused', name);
    return oauthError(voice, name, about === undefined ? undefined : cleanText(about));
  };
  if (signed === null) return refuse('missingField', 'request');
  const certificate = certificateOf(signed);
  if (certificate === undefined) return refuse('badJwt');
  if (!tenant.keys.issuedByUs(certificate)) return refuse('deviceAuthFailed');
  const payload = await payloadOf(signed, certificate);
  if (payload === undefined) return refuse('badSignature');
  const grant = textMember(payload, 'grant_type');
  if (grant !== 'device_token') return refuse('unsupportedGrant', grant ?? '');

  const nonce = textMember(payload, 'request_nonce');
  if (nonce === undefined || nonce === '') return refuse('nonceMissing');
  if (!tenant.nonces.redeem(nonce, at)) return refuse('nonceStale');
  const deviceId = /^CN=([0-9a-f-]{36})$/i.exec(certificate.subject)?.[1] ?? '';
  note('device', deviceId);
  const device = tenant.store.devices.byDeviceId(deviceId);
  if (device === undefined) return refuse('deviceDeleted', tenant.tenantId);
  const thumbprint = createHash('sha1').update(certificate.raw).digest('hex').toUpperCase();
  if (device.thumbprint !== thumbprint) return refuse('deviceAuthFailed');
  if (!device.accountEnabled) return refuse('deviceDisabled');

  const clientId = (textMember(payload, 'client_id') ?? '').toLowerCase();
  if (clientId === '') return refuse('missingField', 'client_id');
  const known = joinClients.includes(clientId) || tenant.store.principals.application(clientId) !== undefined;
  if (!known) return refuse('unknownClient', clientId);
  const audience = textMember(payload, 'resource');
  if (audience === undefined) return refuse('missingField', 'resource');
  const resource = tenant.tokens.resourceOf(audience);
  if (resource === undefined) return refuse('unknownResource', audience);
  if (resource !== 'registration') return refuse('deviceOnlyRefused');

  tenant.store.devices.signedIn(device.deviceId, at);
  if (userAgent !== undefined) note('agent', userAgent);
  const access_token = await tenant.tokens.forDevice({
    deviceId: device.deviceId,
    objectId: device.id,
    clientId,
    audience,
    at,
  });
  const now = Math.floor(at / 1000);
  return tokenReply({
    token_type: 'Bearer',
    expires_in: String(tokenSeconds),
    ext_expires_in: String(tokenSeconds),
    expires_on: String(now + tokenSeconds),
    not_before: String(now - 300),
    resource: audience,
    access_token,
  });
}

/** From the header: one text in the Windows flow, an array elsewhere; standard base64 (wire 2.2). */
function certificateOf(signed: string): X509Certificate | undefined {
  const header = parseJson(Buffer.from(signed.split('.', 1)[0] ?? '', 'base64url'));
  if (!isJson(header) || textMember(header, 'alg') !== 'RS256') return undefined;
  const x5c = member(header, 'x5c');
  const [first]: readonly unknown[] = Array.isArray(x5c) ? x5c : [x5c];
  if (typeof first !== 'string' || first.length > 8_192) return undefined;
  try {
    return new X509Certificate(Buffer.from(first, 'base64'));
  } catch {
    return undefined;
  }
}

async function payloadOf(signed: string, certificate: X509Certificate): Promise<Json | undefined> {
  const { compactVerify } = await import('jose');
  try {
    const { payload } = await compactVerify(signed, certificate.publicKey, { algorithms: ['RS256'] });
    const read = parseJson(Buffer.from(payload));
    return isJson(read) ? read : undefined;
  } catch {
    return undefined;
  }
}
