/**
 * Certificates for the hostile stub server, made once per test process: a good one and each kind of bad one.
 */
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;

export interface StubCertificate {
  readonly cert: string;
  readonly key: string;
}
export type StubCertificateKind = 'good' | 'expired' | 'notYetValid' | 'foreign' | 'wrongHost' | 'selfSigned';

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function authority(name: string) {
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 30 * day),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { keys, cert };
}

async function keyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

async function make() {
  const ours = await authority('Stub CA');
  const foreign = await authority('Somebody else');
  const issue = async (kind: StubCertificateKind): Promise<StubCertificate> => {
    const keys = await newKeys();
    const issuer = kind === 'foreign' ? foreign : ours;
    const names: x509.JsonGeneralNames =
      kind === 'wrongHost'
        ? [{ type: 'dns', value: 'elsewhere.test' }]
        : [
            { type: 'dns', value: 'localhost' },
            { type: 'dns', value: 'tenant.test' },
            { type: 'ip', value: '127.0.0.1' },
            { type: 'ip', value: '::1' },
          ];
    const shared = {
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() + (kind === 'notYetValid' ? day : -2 * day)),
      notAfter: new Date(Date.now() + (kind === 'expired' ? -day : 20 * day)),
      extensions: [new x509.SubjectAlternativeNameExtension(names)],
    };
    const cert =
      kind === 'selfSigned'
        ? await x509.X509CertificateGenerator.createSelfSigned({ ...shared, name: 'CN=localhost' })
        : await x509.X509CertificateGenerator.create({
            ...shared,
            subject: 'CN=localhost',
            issuer: issuer.cert.subject,
            signingKey: issuer.keys.privateKey,
            publicKey: keys.publicKey,
          });
    return { cert: cert.toString('pem'), key: await keyPem(keys) };
  };
  const kinds = ['good', 'expired', 'notYetValid', 'foreign', 'wrongHost', 'selfSigned'] as const;
  const all = await Promise.all(kinds.map(async (kind) => [kind, await issue(kind)] as const));
  return {
    caPem: ours.cert.toString('pem'),
    foreignCaPem: foreign.cert.toString('pem'),
    certificates: new Map<StubCertificateKind, StubCertificate>(all),
  };
}

let made: ReturnType<typeof make> | undefined;

/** The authority to trust, and the certificates it (or somebody else) issued. */
export function stubCertificates(): ReturnType<typeof make> {
  made ??= make();
  return made;
}
