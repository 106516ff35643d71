/**
 * The device's key, its certificate request, and what its certificate says (wire 1.3, 1.4).
 *
 * Promises: RSA-2048, a PKCS#10 with the fixed subject, the public key as a BCRYPT RSA1 blob, and a reader that takes
 * both length forms of the extensions. Must never: be loaded but for a join; the X.509 library is heavy.
 */
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { bytesOfGuid, guidOfBytes } from './guid.ts';

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
/** The subject every client uses in its request (wire 1.3); the tenant puts the device's id in its place. */
const requestSubject = 'CN=7E980AD9-B86D-4306-9425-9AC066FB014A';
const extensionIds = { deviceId: '1.2.840.113556.1.5.284.2', tenantId: '1.2.840.113556.1.5.284.5' } as const;
/** Carries the nonce of wire 1.2. */
const nonceExtensionId = '1.2.840.113556.1.5.284.2.1';

/** A new device key and what a join sends of it. */
export interface DeviceKey {
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
  /** Base64 DER PKCS#10. */
  readonly request: string;
  /** Base64 BCRYPT_RSAKEY_BLOB of the public key. */
  readonly transportKey: string;
}

/** The public key as Windows writes one: header, exponent, modulus; big-endian numbers under little-endian lengths. */
export function bcryptPublicBlob(exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const header = Buffer.alloc(24);
  header.write('RSA1', 0, 'latin1');
  header.writeUInt32LE(modulus.length * 8, 4);
  header.writeUInt32LE(exponent.length, 8);
  header.writeUInt32LE(modulus.length, 12);
  return Buffer.concat([header, exponent, modulus]);
}

/** DER OCTET STRING around bytes. */
function octetString(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([
    bytes.length < 128
      ? Buffer.from([4, bytes.length])
      : bytes.length < 256
        ? Buffer.from([4, 0x81, bytes.length])
        : Buffer.from([4, 0x82, bytes.length >> 8, bytes.length & 0xff]),
    bytes,
  ]);
}

/** Draws a key and signs a request with it. `nonce` is the registration service's, where it gives one. */
export async function createDeviceKey(options: { readonly nonce: string | undefined }): Promise<DeviceKey> {
  const keys: webcrypto.CryptoKeyPair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: requestSubject,
    keys,
    signingAlgorithm: algorithm,
    extensions:
      options.nonce === undefined
        ? []
        : [new x509.Extension(nonceExtensionId, false, octetString(Buffer.from(options.nonce)))],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const jwk = await crypto.subtle.exportKey('jwk', keys.publicKey);
  const blob = bcryptPublicBlob(Buffer.from(jwk.e ?? '', 'base64url'), Buffer.from(jwk.n ?? '', 'base64url'));
  return {
    privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    request: Buffer.from(request.rawData).toString('base64'),
    transportKey: Buffer.from(blob).toString('base64'),
  };
}

/** Content of a DER OCTET STRING in short or long form (`04 10 …`, `04 81 10 …`); undefined when it is none. */
export function contentOfOctetString(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 4) return undefined;
  const first = der[1];
  if (first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 2) return undefined;
  const length =
    lengthBytes === 0 ? first : der.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const content = der.subarray(2 + lengthBytes);
  return content.length === length ? content : undefined;
}

/** The ids a device certificate was issued for. */
export interface CertificateIds {
  /** Lower-case GUIDs. */
  readonly deviceId: string;
  readonly tenantId: string | undefined;
  /** Base64 DER. */
  readonly certificate: string;
}

/**
 * Reads a device certificate. Throws a plain Error in words of ours when it is none: not X.509, no device id in its
 * subject, or an extension that contradicts it.
 */
export function readDeviceCertificate(base64: string): CertificateIds {
  let certificate: x509.X509Certificate;
  try {
    certificate = new x509.X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    throw new Error('the device certificate cannot be read');
  }
  const name = certificate.subjectName.getField('CN')[0]?.toLowerCase();
  if (name === undefined || bytesOfGuid(name) === undefined)
    throw new Error('the device certificate names no device in its subject');
  const idIn = (oid: string): string | undefined => {
    const extension = certificate.getExtension(oid);
    const content = extension === null ? undefined : contentOfOctetString(new Uint8Array(extension.value));
    return content === undefined ? undefined : guidOfBytes(content);
  };
  const deviceId = idIn(extensionIds.deviceId);
  if (deviceId !== undefined && deviceId !== name) throw new Error('the device certificate names two devices');
  return {
    deviceId: name,
    tenantId: idIn(extensionIds.tenantId),
    certificate: Buffer.from(certificate.rawData).toString('base64'),
  };
}
