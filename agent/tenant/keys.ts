/**
 * The keys of one tenant: its authority, its server certificate, the key that signs tokens, the authority for devices.
 *
 * Knows: what each is for and how long it lasts. Promises: every key is made for this tenant, kept sealed with its data;
 * no clock, however wrong at the first start, ends an authority; the server certificate is short-lived and renewed at two
 * thirds of its life; the slow RSA key is made while the tenant already answers. Must never: give a private key to anything but the server and the signer.
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

/**
 * An authority is trusted for its file and has no end, which is written so (RFC 5280, 4.1.2.5), nor a beginning that any
 * clock could be before: dates out of a clock without a battery would end it once the clock is right.
 */
const always: Validity = { notBefore: new Date(0), notAfter: new Date('9999-12-31T23:59:59Z') };

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
  /** That authority's dates, epoch ms, where it was out of them and has a new certificate for the same key. */
  readonly redated: { readonly from: number; readonly to: number } | undefined;
  server(): KeyedCertificate;
  /** Makes a new server certificate when two thirds of the present one's life are over, or the clock is out of it. */
  renewServerIfDue(): Promise<KeyedCertificate | undefined>;
  signing(): Promise<SigningKey>;
  /** Ten years, and half an hour before the clock (wire 1.4). `spki` is DER. */
  issueDeviceCertificate(spki: Buffer, facts: DeviceCertificateFacts, at: number): Promise<IssuedCertificate>;
  /**
   * Whether this tenant issued the certificate, whatever its dates: they are of its own clock at the join, which may have
   * been wrong; a device that counts no longer is told by its row.
   */
  issuedByUs(certificate: X509Certificate): boolean;
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
  const dn = dnOf(parts.domain);
  const keptAuthority = kept('authority');
  const before = keptAuthority && datesOf(keptAuthority);
  const authority =
    keptAuthority === undefined
      ? keep(
          'authority',
          await (await makers()).makeAuthority(`CN=laps-agent test tenant CA+O=${parts.domain}`, always),
        )
      : before?.to === always.notAfter.getTime()
        ? keptAuthority
        : keep('authority', await (await makers()).redateAuthority(keptAuthority, always));
  const redated = before !== undefined && (start < before.from || start > before.to) ? before : undefined;
  let deviceAuthority: Promise<KeyedCertificate> | undefined;
  const devices = () => {
    deviceAuthority ??= (async () =>
      kept('devices') ??
      keep(
        'devices',
        await (await makers()).makeAuthority(`CN=Test-Organization-Access+OU=${parts.tenantId}${dn}`, always),
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
  let making: Promise<KeyedCertificate> | undefined;

  const signing = (async (): Promise<SigningKey> => {
    const made = await signingMaking;
    let cert = made.cert;
    const privateKey = createPrivateKey(made.key);
    const publicKey = createPublicKey(privateKey);
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    if (cert === '') {
      cert = await (await makers()).makeSigningCertificate(authority, spki, always);
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
    redated,
    server: () => server,
    async renewServerIfDue() {
      if (!isDue(server, parts)) return undefined;
      // Several may notice at once: they get the same one.
      making ??= makeServer().finally(() => {
        making = undefined;
      });
      server = await making;
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
    issuedByUs(certificate) {
      // No device authority yet: no device yet.
      if (deviceCaKey === undefined) return false;
      return certificate.issuer === deviceCaKey.subject && certificate.verify(deviceCaKey.publicKey);
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

function datesOf({ cert }: KeyedCertificate): { readonly from: number; readonly to: number } {
  const { validFrom, validTo } = new X509Certificate(cert);
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}

function isDue(server: KeyedCertificate, parts: TenantKeysParts): boolean {
  const { from, to } = datesOf(server);
  const now = parts.tlsNow();
  // A clock set back makes it look young for ever and not yet valid to clients: renewed as well.
  return now < from || to - now < parts.serverCertificateMs / 3;
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
