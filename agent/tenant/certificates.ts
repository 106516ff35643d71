/**
 * Making certificates and reading certificate requests.
 *
 * Knows: the X.509 library, of which this is the tenant's one importer; it is slow to load, so this file is loaded when
 * a certificate must be made. Promises: device certificates have the layout of wire 1.4. Must never: claim to be an
 * authority of anybody else, or sign a request whose own signature does not hold.
 */
// The library's dependency container refuses to load without this shim.
import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type Name,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { guidBytes } from './plain.ts';

cryptoProvider.set(webcrypto);

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

/** A certificate and its private key, PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function derOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

/** Positive and sixteen bytes long. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f || 1;
  return bytes.toString('hex');
}

async function signer(issuer: KeyedCertificate) {
  return webcrypto.subtle.importKey('pkcs8', derOf(issuer.key), ecdsa, false, ['sign']);
}

async function newKeys() {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const key = pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { keys, key };
}

/** A self-signed authority (EC P-256). `name` is a distinguished name; `+` joins into one RDN. */
export async function makeAuthority(name: string, validity: Validity): Promise<KeyedCertificate> {
  const { keys, key } = await newKeys();
  return { cert: await selfSigned(name, keys, validity), key };
}

/** The same authority, name and key, with other dates: what it signed before holds under this certificate as well. */
export async function redateAuthority(authority: KeyedCertificate, validity: Validity): Promise<KeyedCertificate> {
  const { subjectName, publicKey } = new X509Certificate(authority.cert);
  const keys = { privateKey: await signer(authority), publicKey: await publicKey.export(ecdsa, ['verify']) };
  return { cert: await selfSigned(subjectName, keys, validity), key: authority.key };
}

async function selfSigned(name: string | Name, keys: webcrypto.CryptoKeyPair, validity: Validity): Promise<string> {
  const made = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    ...validity,
    keys,
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return made.toString('pem').concat('\n');
}

/** A server certificate for this machine only, with a fresh key. */
export async function makeServerCertificate(
  authority: KeyedCertificate,
  validity: Validity,
): Promise<KeyedCertificate> {
  const { keys, key } = await newKeys();
  const made = await issue(authority, 'CN=localhost', keys.publicKey, validity, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
  ]);
  return { cert: made, key };
}

/** A certificate for the token signing key, as JWKS shows one (wire 10.1). `spki` is DER. */
export async function makeSigningCertificate(
  authority: KeyedCertificate,
  spki: Buffer,
  validity: Validity,
): Promise<string> {
  const publicKey = await webcrypto.subtle.importKey('spki', spki, rsa, true, ['verify']);
  return issue(authority, 'CN=token signing', publicKey, validity, [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  ]);
}

/** What a device certificate says (wire 1.4). */
export interface DeviceCertificateFacts {
  readonly deviceId: string;
  /** Object id of the user who joins. */
  readonly userId: string;
  readonly tenantId: string;
  /** `1` joined, `0` registered. */
  readonly joined: boolean;
  /** Two letters. */
  readonly region: string;
}

/** PEM. `spki` is DER of an RSA key. */
export async function makeDeviceCertificate(
  authority: KeyedCertificate,
  spki: Buffer,
  facts: DeviceCertificateFacts,
  validity: Validity,
): Promise<string> {
  const publicKey = await webcrypto.subtle.importKey('spki', spki, rsa, true, ['verify']);
  const fact = (last: number, value: Buffer) =>
    new Extension(`1.2.840.113556.1.5.284.${last}`, false, Buffer.from([0x04, value.length, ...value]));
  return issue(authority, `CN=${facts.deviceId}`, publicKey, validity, [
    new BasicConstraintsExtension(false, undefined, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    fact(2, guidBytes(facts.deviceId)),
    fact(3, guidBytes(facts.userId)),
    fact(5, guidBytes(facts.tenantId)),
    fact(7, Buffer.from(facts.joined ? '1' : '0')),
    fact(8, Buffer.from(facts.region)),
  ]);
}

async function issue(
  authority: KeyedCertificate,
  subject: string,
  publicKey: webcrypto.CryptoKey,
  validity: Validity,
  extensions: Extension[],
): Promise<string> {
  const issuer = new X509Certificate(authority.cert);
  const made = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: issuer.subjectName,
    ...validity,
    publicKey,
    signingKey: await signer(authority),
    signingAlgorithm: ecdsa,
    extensions: [
      ...extensions,
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return made.toString('pem').concat('\n');
}

/** A request that proved possession of its key. */
export interface CertificateRequest {
  readonly subject: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

/** Undefined for anything that is no PKCS#10 with a holding signature. */
export async function readCertificateRequest(der: Buffer): Promise<CertificateRequest | undefined> {
  try {
    const request = new Pkcs10CertificateRequest(der);
    if (!(await request.verify())) return undefined;
    return { subject: request.subject, spki: Buffer.from(request.publicKey.rawData) };
  } catch {
    return undefined;
  }
}

/** SHA-1 over the DER, upper-case hexadecimal: how Windows and the registration service name a certificate. */
export function thumbprintOf(certificate: string): string {
  return createHash('sha1').update(derOf(certificate)).digest('hex').toUpperCase();
}
