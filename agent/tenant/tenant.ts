/**
 * The Entra-compatible test tenant: made, answering, closed.
 *
 * Knows: how its parts go together. Promises: resolves when it answers over HTTPS; a failed start leaves nothing open;
 * in a file, everything it said yes to is there again after a restart. Must never: listen beyond loopback, write a
 * secret outside its folder, or meet the agent anywhere but over HTTPS.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type RunningHttpServer, startHttpServer } from '../edge/httpServer.ts';
import { createAdmin } from './admin.ts';
import type { TenantContext, TenantLimits, TenantLogLine } from './context.ts';
import { createDeviceCodes } from './deviceCodes.ts';
import { TenantError } from './errors.ts';
import { createFaultBoard } from './faults.ts';
import { privateFolder, readPrivateFile, writePrivateFile } from './files.ts';
import { openKeys, serverCertificateMs, type TenantKeys } from './keys.ts';
import { replaceLost } from './lostCredentials.ts';
import { createNonces } from './nonces.ts';
import { isJson, parseJson } from './plain.ts';
import { newTenantPolicy, policyOf, writePolicy } from './policy.ts';
import { createRateLimit } from './rateLimit.ts';
import { createSealer } from './seal.ts';
import { checkSeed, drawCredentials, plainSeed, plantSeed } from './seed.ts';
import { createServe } from './serve.ts';
import { openStore, type Store } from './store.ts';
import { createTokens } from './tokens.ts';

export type { TenantLimits, TenantLogLine } from './context.ts';
export { TenantError, type TenantErrorCode } from './errors.ts';

export interface TenantOptions {
  /** 0 takes any free one. Default 8443. */
  readonly port?: number;
  /** Default 8444, or any free one where `port` is 0. */
  readonly adminPort?: number;
  /** SQLite file; left out, everything is kept in memory and gone with the process. */
  readonly dataFile?: string;
  /** Made 0700; holds ca.pem, credentials.json, admin.token and, with a data file, tenant.key, all 0600. */
  readonly folder: string;
  /** Parsed seed (contract 5); judged here. Read at the first start only. */
  readonly seed?: unknown;
  /** `OP:EFFECT[:COUNT]` each. */
  readonly faults?: readonly string[];
  /** Epoch ms. */
  readonly now: () => number;
  /** The machine's own clock for certificates, which TLS clients judge by it; default `now`. */
  readonly tlsNow?: () => number;
  /** Lower-case GUIDs; default random ones. */
  readonly newId?: () => string;
  /** Must not throw: what it tells of has happened. */
  readonly log: (line: TenantLogLine) => void;
  readonly limits?: Partial<TenantLimits>;
}

export interface RunningTenant {
  /** `https://localhost:PORT`. */
  readonly url: string;
  /** `http://127.0.0.1:PORT`. */
  readonly adminUrl: string;
  readonly adminTokenFile: string;
  readonly tenantId: string;
  readonly domain: string;
  readonly caFile: string;
  readonly credentialsFile: string;
  /** Users and applications for whom the credentials file held nothing any more: what it holds now is new. */
  readonly redrawn: readonly string[];
  /**
   * The dates of the authority's certificate, epoch ms, where it was out of them: `caFile` is a new one for the same key,
   * and whoever trusts the one before by a copy needs it.
   */
  readonly redated: { readonly from: number; readonly to: number } | undefined;
  /**
   * Makes a new server certificate if the present one is old enough or not in force; it does so by itself every minute,
   * and before it shows one to a client that names its host.
   */
  renewCertificateIfDue(): Promise<boolean>;
  close(): Promise<void>;
}

const defaultLimits: TenantLimits = {
  backupsPerHour: 100,
  historyDepth: 3,
  lenientHexNumbers: false,
  recogniseRepeats: false,
  requireUserAgent: false,
  serverCertificateMs,
};

/**
 * Rejects with a TenantError (seed, faults, data) or the system's own error, `code` EADDRINUSE where a port is taken.
 */
export async function createTenant(options: TenantOptions): Promise<RunningTenant> {
  const faults = createFaultBoard(options.faults ?? []);
  privateFolder(options.folder);
  const store = openStore(options.dataFile);
  const undo: Array<() => Promise<void> | void> = [() => store.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await start(options, { store, faults, undo, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opened {
  readonly store: Store;
  readonly faults: ReturnType<typeof createFaultBoard>;
  /** What must be undone, in the order it was done. */
  readonly undo: Array<() => Promise<void> | void>;
  readonly close: () => Promise<void>;
}

async function start(options: TenantOptions, { store, faults, undo, close }: Opened): Promise<RunningTenant> {
  const newId = options.newId ?? randomUUID;
  const limits = { ...defaultLimits, ...options.limits };
  const file = (name: string) => join(options.folder, name);
  const files = { ca: file('ca.pem'), credentials: file('credentials.json'), adminToken: file('admin.token') };

  const known = store.meta.get('tenantId');
  const seed =
    known === undefined ? await checkSeed(options.seed === undefined ? plainSeed(newId) : options.seed) : undefined;
  const tenantId = known ?? seed?.tenantId.toLowerCase() ?? '';
  const domain = store.meta.get('domain') ?? seed?.domain ?? '';
  const sealer = createSealer(sealingKey(options, known !== undefined));
  const clock = { skewSeconds: 0 };
  const now = () => options.now() + clock.skewSeconds * 1000;
  const tlsNow = options.tlsNow ?? options.now;

  const keys = await openKeys({
    meta: store.meta,
    sealer,
    tenantId,
    domain,
    tlsNow,
    serverCertificateMs: limits.serverCertificateMs,
  });
  undo.push(() => keys.settled());
  if (seed !== undefined) {
    const credentials = drawCredentials(seed);
    // The file before the rows: a start cut off between the two draws again, and nobody has seen the first.
    writePrivateFile(files.credentials, `${JSON.stringify(credentials, null, 2)}\n`);
    await plantSeed(store, seed, credentials, newId);
  }
  const redrawn = seed === undefined ? await replaceLost(files.credentials, store) : [];
  writePrivateFile(files.ca, keys.caCertificate);
  const adminToken = randomBytes(32).toString('base64url');

  const closing = new AbortController();
  let resolveContext: (context: TenantContext) => void = () => {};
  const context = new Promise<TenantContext>((resolve) => {
    resolveContext = resolve;
  });
  const server = await startHttpServer({
    listen: {
      kind: 'tls',
      port: options.port ?? 8443,
      certificate: keys.server(),
      renewal: () => keys.renewServerIfDue(),
      requestClientCertificate: true,
    },
    wordsTooLarge: true,
    handler: createServe({ context, faults, now, log: options.log, closing: closing.signal }),
  });
  undo.push(() => server.close());
  const origin = `https://localhost:${server.port}`;
  const tenant = buildContext({ store, keys, sealer, limits, newId, origin, tenantId, domain });
  const admin = await startHttpServer({
    listen: { kind: 'plain', port: options.adminPort ?? (options.port === 0 ? 0 : 8444) },
    handler: createAdmin({ context, faults, token: adminToken, clock, now, reset: () => reset(tenant, faults, clock) }),
  });
  undo.push(() => admin.close());
  undo.push(() => closing.abort());
  // After the listener has its port: a second tenant that finds it taken must not replace the first one's token.
  writePrivateFile(files.adminToken, `${adminToken}\n`);

  const renewCertificateIfDue = () => renew(keys, server);
  const timer = setInterval(() => void renewCertificateIfDue().catch(() => {}), 60_000);
  timer.unref();
  undo.push(() => clearInterval(timer));
  resolveContext(tenant);
  return {
    url: origin,
    adminUrl: `http://127.0.0.1:${admin.port}`,
    adminTokenFile: files.adminToken,
    tenantId,
    domain,
    caFile: files.ca,
    credentialsFile: files.credentials,
    redrawn,
    redated: keys.redated,
    renewCertificateIfDue,
    close,
  };
}

function buildContext(
  parts: Pick<TenantContext, 'store' | 'keys' | 'limits' | 'newId' | 'origin' | 'tenantId' | 'domain'> & {
    readonly sealer: ReturnType<typeof createSealer>;
  },
): TenantContext {
  const { store, keys, sealer, limits, newId, origin, tenantId, domain } = parts;
  const registrationResource = 'urn:ms-drs:localhost';
  return {
    tenantId,
    domain,
    displayName: store.meta.get('displayName') ?? domain,
    origin,
    registrationResource,
    store,
    credentials: store.credentials({ sealer, tenantId, historyDepth: limits.historyDepth }),
    keys,
    tokens: createTokens({ keys, tenantId, domain, registrationResource, origin: () => origin, newId }),
    nonces: createNonces(),
    deviceCodes: createDeviceCodes(),
    backupLimit: createRateLimit(limits.backupsPerHour),
    limits,
    newId,
  };
}

/** In memory: a key of this process. In a file: its own, beside the data and never in it. */
function sealingKey(options: TenantOptions, mustExist: boolean): Buffer {
  if (options.dataFile === undefined) return randomBytes(32);
  const path = join(options.folder, 'tenant.key');
  const kept = readPrivateFile(path);
  if (kept?.length === 32) return kept;
  if (kept !== undefined || mustExist) {
    throw new TenantError('TENANT_DATA_DAMAGED', `${path}, which opens the data, is missing or cut short`);
  }
  const key = randomBytes(32);
  writePrivateFile(path, key);
  return key;
}

async function renew(keys: TenantKeys, server: RunningHttpServer): Promise<boolean> {
  const renewed = await keys.renewServerIfDue();
  if (renewed !== undefined) server.replaceCertificate(renewed);
  return renewed !== undefined;
}

function reset(
  tenant: TenantContext,
  faults: ReturnType<typeof createFaultBoard>,
  clock: { skewSeconds: number },
): void {
  const kept = parseJson(tenant.store.meta.get('seededPolicy') ?? '');
  const policy = isJson(kept) ? policyOf(kept, newTenantPolicy) : newTenantPolicy;
  tenant.store.transaction(() => {
    tenant.store.devices.removeAll();
    tenant.store.audits.removeAll();
    writePolicy(tenant.store.meta, typeof policy === 'string' ? newTenantPolicy : policy);
  });
  tenant.deviceCodes.clear();
  tenant.backupLimit.clear();
  faults.clear();
  clock.skewSeconds = 0;
}
