/**
 * The device identity as it is kept: what a join gave, and where the tenant is.
 *
 * Knows: the file's shape and how to read it back. Promises: a record that is not whole, that is not as it was written, or
 * whose key is not its certificate's, is refused with the reason in words; one from before there was a checksum is read.
 * Must never: put the key into a message, or take the checksum for a protection from anybody (it is one from the disk).
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { cloudProfiles, isCloudName, type TenantProfile, tenantProfile } from '../core/cloudProfiles.ts';
import type { JoinType } from '../core/ports.ts';
import { isGuid } from './guid.ts';
import { type JsonObject, listIn, objectOf, textIn } from './wireJson.ts';

/** Everything of a joined device, private key included: never leaves the edge. */
export interface StoredIdentity {
  readonly version: 1;
  /** Lower-case GUIDs. */
  readonly tenantId: string;
  readonly deviceId: string;
  readonly machineId: string;
  readonly displayName: string;
  readonly joinType: JoinType;
  /** Build, `10.0.26100`. */
  readonly os: string;
  /** A cloud's name, or the origin of a tenant by URL. */
  readonly tenant: string;
  /** Origins learned at the join; a cloud's are its profile's. */
  readonly pinnedOrigins: readonly string[];
  /** Base64 DER. */
  readonly certificate: string;
  /** PKCS#8 PEM. */
  readonly privateKeyPem: string;
  /** Private authority of the tenant, PEM. */
  readonly caPem: string | null;
}

export type IdentityParsing =
  | { readonly kind: 'identity'; readonly identity: StoredIdentity }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged'; readonly problem: string };

/** The tenant of an identity, pinned. */
export function profileOfIdentity(identity: Pick<StoredIdentity, 'tenant' | 'pinnedOrigins'>): TenantProfile {
  return isCloudName(identity.tenant)
    ? cloudProfiles[identity.tenant]
    : tenantProfile(identity.tenant, identity.pinnedOrigins);
}

/** `https://host[:port]` and nothing else. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:' && new URL(text).origin === text;
}

/** Whether a base64 DER certificate can be read and belongs to the key; a problem in words otherwise. */
export function mismatchOf(certificate: string, privateKeyPem: string): string | undefined {
  try {
    const parsed = new X509Certificate(Buffer.from(certificate, 'base64'));
    return parsed.checkPrivateKey(createPrivateKey(privateKeyPem)) ? undefined : 'the key is not the certificate’s';
  } catch {
    return 'the certificate or the key cannot be read';
  }
}

function joinTypeOf(text: string | undefined): JoinType | undefined {
  return text === 'entra' || text === 'hybrid' || text === 'registered' ? text : undefined;
}

const memberNames = [
  'version',
  'tenantId',
  'deviceId',
  'machineId',
  'displayName',
  'joinType',
  'os',
  'tenant',
  'pinnedOrigins',
  'certificate',
  'privateKeyPem',
  'caPem',
] as const satisfies readonly (keyof StoredIdentity)[];

/** A name or an origin with one bit wrong is a name or an origin still: nothing but this would tell. */
function checksumOf(identity: StoredIdentity): string {
  const values = memberNames.map((name) => identity[name]);
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

function problemWith(object: JsonObject, isProven: boolean): string | undefined {
  for (const name of ['tenantId', 'deviceId', 'machineId'])
    if (!isGuid(textIn(object, name) ?? '')) return `${name} is missing or no GUID`;
  for (const name of ['displayName', 'os', 'certificate', 'privateKeyPem'])
    if (textIn(object, name) === undefined) return `${name} is missing`;
  if (joinTypeOf(textIn(object, 'joinType')) === undefined) return 'joinType is missing or unknown';
  const tenant = textIn(object, 'tenant') ?? '';
  if (!isCloudName(tenant) && !isOrigin(tenant)) return 'tenant is neither a cloud nor an https origin';
  const origins = listIn(object, 'pinnedOrigins');
  if (!origins?.every((origin) => typeof origin === 'string' && isOrigin(origin))) return 'pinnedOrigins is damaged';
  if (object['caPem'] !== null && textIn(object, 'caPem') === undefined) return 'caPem is damaged';
  return isProven ? undefined : mismatchOf(textIn(object, 'certificate') ?? '', textIn(object, 'privateKeyPem') ?? '');
}

/** Reads a record back. `isProven`: of this very text it is known that key and certificate belong together. */
export function parseIdentity(text: string, isProven = false): IdentityParsing {
  const object = objectOf(text);
  if (object === undefined) return { kind: 'damaged', problem: 'it is not JSON, or was cut short' };
  const version = object['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    return { kind: 'damaged', problem: 'it has no version' };
  if (version > 1) return { kind: 'newer', version };
  const problem = problemWith(object, isProven);
  const joinType = joinTypeOf(textIn(object, 'joinType'));
  if (problem !== undefined || joinType === undefined)
    return { kind: 'damaged', problem: problem ?? 'joinType is missing or unknown' };
  const member = (name: string): string => textIn(object, name) ?? '';
  // The name of the checksum may be what was spoilt.
  const stray = Object.keys(object).find((name) => name !== 'checksum' && !memberNames.some((each) => each === name));
  if (stray !== undefined) return { kind: 'damaged', problem: 'it has a member that no laps-agent wrote' };
  const identity: StoredIdentity = {
    version: 1,
    tenantId: member('tenantId').toLowerCase(),
    deviceId: member('deviceId').toLowerCase(),
    machineId: member('machineId').toLowerCase(),
    displayName: member('displayName'),
    joinType,
    os: member('os'),
    tenant: member('tenant'),
    pinnedOrigins: (listIn(object, 'pinnedOrigins') ?? []).filter((origin) => typeof origin === 'string'),
    certificate: member('certificate'),
    privateKeyPem: member('privateKeyPem'),
    caPem: textIn(object, 'caPem') ?? null,
  };
  if (object['checksum'] !== undefined && object['checksum'] !== checksumOf(identity))
    return { kind: 'damaged', problem: 'it is not as it was written' };
  return { kind: 'identity', identity };
}

/** The file's text. */
export function printIdentity(identity: StoredIdentity): string {
  return `${JSON.stringify({ ...identity, checksum: checksumOf(identity) }, null, 2)}\n`;
}
