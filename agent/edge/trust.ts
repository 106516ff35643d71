/**
 * Which certificate authorities are trusted (issue: private CA, the system's bundle).
 *
 * Knows: Node's own list, the bundle the system keeps for everybody, NODE_EXTRA_CA_CERTS. Promises: they add up, so that
 * an authority an administrator installed on the machine counts here as it does for curl; a file that is missing or
 * damaged adds nothing and takes nothing away. Must never: trust a certificate that is no authority's file entry.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { readPlainNow } from './plainFile.ts';
import type { Env } from './proxyEnv.ts';

/** Where the families of Linux and the BSDs keep it; the first that is there is the one. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Larger than any real bundle: whatever it is, it is not read. */
const maxBytes = 16_777_216;

function textOf(path: string): string | undefined {
  try {
    const bytes = readPlainNow(path);
    return bytes.length > maxBytes ? undefined : bytes.toString('latin1');
  } catch {
    // Like Node with NODE_EXTRA_CA_CERTS: a file that cannot be read adds nothing.
    return undefined;
  }
}

const pemForm = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const plain = (pem: string): string => pem.replace(/\s/g, '');

/** The certificates of a PEM text that are not known yet and can be read. */
function addTo(known: Set<string>, text: string | undefined): string[] {
  const added: string[] = [];
  for (const pem of text?.match(pemForm) ?? []) {
    if (known.has(plain(pem))) continue;
    known.add(plain(pem));
    try {
      new X509Certificate(pem);
      added.push(pem);
    } catch {
      // One damaged entry must not cost the others.
    }
  }
  return added;
}

/** The system's bundle: SSL_CERT_FILE, as OpenSSL reads it, else the first of the usual places. */
function systemBundle(env: Env): string | undefined {
  const named = env['SSL_CERT_FILE'];
  if (named !== undefined && named !== '') return textOf(named);
  for (const path of bundles) {
    const text = textOf(path);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The certificates of `text`, each as PEM, that `known` does not hold. */
export function certificatesBeyond(known: string, text: string): string[] {
  const there = new Set((known.match(pemForm) ?? []).map(plain));
  return addTo(there, text);
}

/**
 * Whether one of the certificates of `known` is for the very name and key that `authority` is for: the same authority with
 * other dates. What signs with that key is trusted already.
 */
export function isSameAuthority(known: string, authority: string): boolean {
  const { subject, publicKey } = new X509Certificate(authority);
  return addTo(new Set(), known).some((pem) => {
    const each = new X509Certificate(pem);
    return each.subject === subject && each.publicKey.equals(publicKey);
  });
}

/** A certificate as a person tells it from others. */
export interface CertificateFacts {
  /** On one line. */
  readonly subject: string;
  /** Epoch ms. */
  readonly validTo: number;
  /** SHA-256. */
  readonly fingerprint: string;
}

/** Of each certificate of a PEM text that can be read. */
export function certificatesIn(text: string): CertificateFacts[] {
  return addTo(new Set(), text).map((pem) => {
    const { subject, validTo, fingerprint256 } = new X509Certificate(pem);
    return { subject: subject.replaceAll('\n', ', '), validTo: Date.parse(validTo), fingerprint: fingerprint256 };
  });
}

/** PEM texts: Node's own list, the system's, NODE_EXTRA_CA_CERTS, and `more` (--ca-file), each once. */
export function trustedAuthorities(env: Env, more: readonly string[]): string[] {
  const known = new Set(rootCertificates.map(plain));
  const extra = env['NODE_EXTRA_CA_CERTS'];
  return [
    ...rootCertificates,
    ...addTo(known, systemBundle(env)),
    ...addTo(known, extra === undefined || extra === '' ? undefined : textOf(extra)),
    ...more,
  ];
}

/** A TLS context that trusts them; `client`, when given, shows who we are. */
export function authoritiesContext(
  env: Env,
  more: readonly string[],
  client?: { readonly certificatePem: string; readonly privateKeyPem: string },
): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ca: trustedAuthorities(env, more),
    ...(client === undefined ? {} : { cert: client.certificatePem, key: client.privateKeyPem }),
  });
}
