/**
 * The keys of one tenant: its authority, its server certificate, the key that signs tokens, the authority for devices.
 *
 * Knows: what each is for and how long it lasts. Promises: every key is made for this tenant, kept sealed with its data;
 * the server certificate is short-lived and renewed at two thirds of its life; the slow RSA key is made while the tenant
 * already answers. Must never: give a private key to anything but the server and the signer.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import type { DeviceCertificateFacts, KeyedCertificate, Validity } from './certificates.ts';
import { TenantError } from './errors.ts';
import { msPerDay } from './instants.ts';
import { isJson, parseJson, textMember } from './plain.ts';
import type { Sealer } from './seal.ts';
import type { MetaStore } from './store.ts';

const minute = 60_000;

/** How long a server certificate lives unless told otherwise. */
export const serverCertificateMs = msPerDay;

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly kid: string;
  /** The certificate of the key, base64 DER. */
  readonly x5c: string;
}

export interface IssuedCertificate {
  /** SHA-1, upper-case hexadecimal. */
  readonly thumbprint: string;
  /** Base64 DER. */
  readonly rawBody: string;
}

export interface TenantKeys {
  /** PEM, for those who are to trust the tenant. */
  readonly caCertificate: string;
  server(): KeyedCertificate;
  /** Makes a new server certificate when two thirds of the present one's life are over; undefined otherwise. */
  renewServerIfDue(): Promise<KeyedCertificate | undefined>;
  signing(): Promise<SigningKey>;
  /** Ten years, and half an hour before the clock (wire 1.4). `spki` is DER. */
  issueDeviceCertificate(spki: Buffer, facts: DeviceCertificateFacts, at: number): Promise<IssuedCertificate>;
  /** Whether this tenant issued the certificate and `at` lies in its life. */
  issuedByUs(certificate: X509Certificate, at: number): boolean;
  /** Resolves when nothing is being made any more. */
  settled(): Promise<void>;
}

export interface TenantKeysParts {
  readonly meta: MetaStore;
  readonly sealer: Sealer;
  readonly tenantId: string;
  readonly domain: string;
  /** Epoch ms by the machine's own clock: TLS clients judge by it. */
  readonly tlsNow: () => number;
  readonly serverCertificateMs: number;
}

/** Loads what is kept and makes what is not; throws TENANT_DATA_DAMAGED where kept keys do not open. */
export async function openKeys(parts: TenantKeysParts): Promise<TenantKeys> {
  const { meta, sealer } = parts;
  const about = (name: string) => `${parts.tenantId}|key|${name}`;
  const kept = (name: string): KeyedCertificate | undefined => {
    const sealed = meta.get(`key.${name}`);
    if (sealed === undefined) return undefined;
    try {
      return keyedOf(sealer.open(sealed, about(name)));
    } catch {
      throw new TenantError('TENANT_DATA_DAMAGED', "the tenant's keys do not open with the key beside the data file");
    }
  };
  const keep = (name: string, value: KeyedCertificate): KeyedCertificate => {
    meta.set(`key.${name}`, sealer.seal(JSON.stringify(value), about(name)));
    return value;
  };

  const signingMaking = kept('signing') ?? newRsaKey();
  const start = parts.tlsNow();
  const authorities: Validity = { notBefore: new Date(start - msPerDay), notAfter: tenYearsOn(start) };
  const dn = dnOf(parts.domain);
  const authority =
    kept('authority') ??
    keep(
      'authority',
      await (await makers()).makeAuthority(`CN=laps-agent test tenant CA+O=${parts.domain}`, authorities),
    );
  let deviceAuthority: Promise<KeyedCertificate> | undefined;
  const devices = () => {
    deviceAuthority ??= (async () =>
      kept('devices') ??
      keep(
        'devices',
        await (await makers()).makeAuthority(`CN=Test-Organization-Access+OU=${parts.tenantId}${dn}`, authorities),
      ))();
    return deviceAuthority;
  };

  const makeServer = async () => {
    const now = parts.tlsNow();
    const validity = { notBefore: new Date(now - 5 * minute), notAfter: new Date(now + parts.serverCertificateMs) };
    return keep('server', await (await makers()).makeServerCertificate(authority, validity));
  };
  const keptServer = kept('server');
  let server = keptServer === undefined || isDue(keptServer, parts) ? await makeServer() : keptServer;

  const signing = (async (): Promise<SigningKey> => {
    const made = await signingMaking;
    let cert = made.cert;
    const privateKey = createPrivateKey(made.key);
    const publicKey = createPublicKey(privateKey);
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    if (cert === '') {
      cert = await (await makers()).makeSigningCertificate(authority, spki, authorities);
      keep('signing', { key: made.key, cert });
    }
    const kid = createHash('sha1').update(new X509Certificate(cert).raw).digest('base64url');
    return { privateKey, publicKey, kid, x5c: new X509Certificate(cert).raw.toString('base64') };
  })();
  // Reported to whoever asks for the key; unheard of until then it must not end the process.
  signing.catch(() => {});
  const devicesKept = kept('devices');
  let deviceCaKey = devicesKept && new X509Certificate(devicesKept.cert);

  return {
    caCertificate: authority.cert,
    server: () => server,
    async renewServerIfDue() {
      if (!isDue(server, parts)) return undefined;
      server = await makeServer();
      return server;
    },
    signing: () => signing,
    async issueDeviceCertificate(spki, facts, at) {
      const issuer = await devices();
      deviceCaKey ??= new X509Certificate(issuer.cert);
      const validity = { notBefore: new Date(at - 30 * minute), notAfter: tenYearsOn(at) };
      const { makeDeviceCertificate, thumbprintOf } = await makers();
      const cert = await makeDeviceCertificate(issuer, spki, facts, validity);
      return { thumbprint: thumbprintOf(cert), rawBody: new X509Certificate(cert).raw.toString('base64') };
    },
    issuedByUs(certificate, at) {
      // No device authority yet: no device yet.
      if (deviceCaKey === undefined) return false;
      return (
        certificate.issuer === deviceCaKey.subject &&
        certificate.verify(deviceCaKey.publicKey) &&
        Date.parse(certificate.validFrom) <= at &&
        at < Date.parse(certificate.validTo)
      );
    },
    async settled() {
      await Promise.allSettled([signing, deviceAuthority]);
    },
  };
}

const makers = () => import('./certificates.ts');

/** The same date and time of day (wire 1.4). */
function tenYearsOn(at: number): Date {
  const date = new Date(at);
  date.setUTCFullYear(date.getUTCFullYear() + 10);
  return date;
}

/** `contoso.test` as further parts of a name. */
function dnOf(domain: string): string {
  return domain
    .split('.')
    .map((label) => `+DC=${label}`)
    .join('');
}

function isDue(server: KeyedCertificate, parts: TenantKeysParts): boolean {
  const certificate = new X509Certificate(server.cert);
  const left = Date.parse(certificate.validTo) - parts.tlsNow();
  // A clock set far back makes it look young for ever and not yet valid to clients: renewed as well.
  return left < parts.serverCertificateMs / 3 || left > parts.serverCertificateMs + 10 * minute;
}

async function newRsaKey(): Promise<KeyedCertificate> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, _publicKey, key) =>
      error === null
        ? resolve({ key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: '' })
        : reject(error),
    );
  });
}

function keyedOf(text: string): KeyedCertificate | undefined {
  const value = parseJson(text);
  const key = isJson(value) ? textMember(value, 'key') : undefined;
  const cert = isJson(value) ? textMember(value, 'cert') : undefined;
  return key === undefined || cert === undefined ? undefined : { key, cert };
}
