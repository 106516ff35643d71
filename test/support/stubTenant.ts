/**
 * A device, and a stub server that answers like a tenant from fixtures/wire until a test says otherwise.
 */
import 'reflect-metadata';
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { tenantProfile } from '../../agent/core/cloudProfiles.ts';
import type { Clock } from '../../agent/core/ports.ts';
import { bytesOfGuid } from '../../agent/edge/guid.ts';
import { createHttp, type Http } from '../../agent/edge/http.ts';
import { type Stub, type StubAnswer, type StubRequest, startStub } from './stubServer.ts';
import { replyOf, wireFixture } from './wireFixture.ts';

export const tenantId = '8d1f0000-0000-4000-8000-0000000000aa';
export const deviceId = '3f2c0000-0000-4000-8000-0000000000bb';

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const deviceCa = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function imported(key: KeyObject, usage: 'sign' | 'verify') {
  const der =
    usage === 'sign' ? key.export({ type: 'pkcs8', format: 'der' }) : key.export({ type: 'spki', format: 'der' });
  return crypto.subtle.importKey(usage === 'sign' ? 'pkcs8' : 'spki', der, algorithm, true, [usage]);
}

/** A device certificate in the layout of wire 1.4; `longForm` writes extension lengths as `81 10`. Base64 DER. */
export async function deviceCertificate(options: {
  readonly publicKey: Parameters<typeof x509.X509CertificateGenerator.create>[0]['publicKey'];
  readonly subject?: string;
  readonly extensionDeviceId?: string;
  readonly extensionTenantId?: string;
  readonly longForm?: boolean;
}): Promise<string> {
  const { publicKey, subject = `CN=${deviceId}`, longForm = false } = options;
  const wrapped = (guid: string): Uint8Array =>
    Buffer.concat([Buffer.from(longForm ? [4, 0x81, 16] : [4, 16]), bytesOfGuid(guid) ?? Buffer.alloc(0)]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: 'CN=Stub device CA',
    publicKey,
    signingKey: await imported(deviceCa.privateKey, 'sign'),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.Extension('1.2.840.113556.1.5.284.2', false, wrapped(options.extensionDeviceId ?? deviceId)),
      new x509.Extension('1.2.840.113556.1.5.284.5', false, wrapped(options.extensionTenantId ?? tenantId)),
    ],
  });
  return Buffer.from(certificate.rawData).toString('base64');
}

async function makeDevice() {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    tenantId,
    deviceId,
    os: '10.0.26100.4202',
    certificate: await deviceCertificate({ publicKey: await imported(keys.publicKey, 'verify') }),
    privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: keys.publicKey,
  };
}
let device: ReturnType<typeof makeDevice> | undefined;
/** One device for all tests of a process: keys are slow to make. */
export function testDevice(): ReturnType<typeof makeDevice> {
  device ??= makeDevice();
  return device;
}

/** A clock that stands until it is moved. */
export function standingClock(at = Date.UTC(2026, 0, 5)): Clock & { advance(ms: number): void; set(at: number): void } {
  let wall = at;
  let monotonic = 1000;
  return {
    now: () => wall,
    monotonicMs: () => monotonic,
    advance(ms) {
      wall += ms;
      monotonic += ms;
    },
    set(next) {
      wall = next;
    },
  };
}

export const ids = { newId: (): string => randomUUID() };

export type Operation =
  | 'discovery'
  | 'csrNonce'
  | 'nonce'
  | 'token'
  | 'userToken'
  | 'backup'
  | 'join'
  | 'leave'
  | 'graph';

/** Which operation of a tenant a request is. */
export function operationOf({ method, path, body }: Pick<StubRequest, 'method' | 'path' | 'body'>): Operation {
  if (path.includes('/Discover?')) return 'discovery';
  if (path.includes('/EnrollmentServer/nonce/')) return 'csrNonce';
  if (path.includes('lapsdevicepasswordupdate')) return 'backup';
  if (path.includes('/EnrollmentServer/device/')) return method === 'DELETE' ? 'leave' : 'join';
  if (path.includes('/oauth2/v2.0/')) return 'userToken';
  if (path.includes('/oauth2/token')) return body.includes('srv_challenge') ? 'nonce' : 'token';
  return 'graph';
}

export interface StubTenant {
  readonly stub: Stub;
  readonly http: Http;
  readonly names: Readonly<Record<string, string>>;
  readonly profile: ReturnType<typeof tenantProfile>;
  /** Operations in the order they arrived. */
  operations(): Operation[];
  /** The requests of one operation. */
  of(operation: Operation): StubRequest[];
  /** Answers one operation otherwise from now on. */
  on(operation: Operation, answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer>): void;
  close(): Promise<void>;
}

/** Starts it. Every fixture placeholder is filled with this stub's own names. */
export async function startStubTenant(overrides: { readonly deadlineMs?: number } = {}): Promise<StubTenant> {
  const special = new Map<Operation, (request: StubRequest) => StubAnswer | Promise<StubAnswer>>();
  const names: Record<string, string> = { tenantId, deviceId, domain: 'contoso.test', deviceName: 'DESKTOP-STUB' };
  const reply = (path: string, body?: Readonly<Record<string, unknown>>): StubAnswer =>
    replyOf(wireFixture(path, names), body);
  const usual: Readonly<Record<Operation, (request: StubRequest) => StubAnswer | Promise<StubAnswer>>> = {
    discovery: () => reply('discovery/byTenantId'),
    csrNonce: () => reply('csrNonce/ok', { Value: 'csr-nonce' }),
    nonce: () => reply('nonce/ok', { Nonce: 'stub-nonce' }),
    token: () => reply('deviceToken/ok', { access_token: 'stub.device.token' }),
    userToken: () => reply('oauth/joinTokenV2', { access_token: 'stub.user.token' }),
    backup: (request) => {
      const id = new URL(request.path, 'https://x').searchParams.get('client-request-id') ?? '';
      const answer = replyOf(wireFixture('backup/ok', names));
      return { ...answer, headers: { ...answer.headers, 'client-request-id': id } };
    },
    join: async (request) => {
      const { CertificateRequest } = JSON.parse(request.body) as { CertificateRequest: { Data: string } };
      const { publicKey } = new x509.Pkcs10CertificateRequest(Buffer.from(CertificateRequest.Data, 'base64'));
      return reply('join/entra', {
        Certificate: { Thumbprint: '00', RawBody: await deviceCertificate({ publicKey }) },
      });
    },
    leave: () => reply('leave/ok'),
    graph: () => ({ status: 404 }),
  };
  const stub = await startStub((request) => {
    const operation = operationOf(request);
    return (special.get(operation) ?? usual[operation])(request);
  });
  const drs = `urn:ms-drs:localhost`;
  Object.assign(names, { origin: stub.origin, host: new URL(stub.origin).host, drsResource: drs });
  return {
    stub,
    http: createHttp({
      env: {},
      trustedCas: [stub.caPem],
      deadlineMs: overrides.deadlineMs ?? 5000,
      maxBytes: 1_048_576,
    }),
    names,
    profile: tenantProfile(stub.origin, [stub.origin]),
    operations: () => stub.requests.map(operationOf),
    of: (operation) => stub.requests.filter((request) => operationOf(request) === operation),
    on: (operation, answer) => special.set(operation, answer),
    close: stub.close,
  };
}
