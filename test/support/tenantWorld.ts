/**
 * A running tenant for tests, and the bare hands to use it: raw HTTPS, no client of the agent.
 *
 * Knows: the wire, from the specification. Promises: free ports, a folder of its own, everything gone after `close`.
 * Must never: use anything of the agent but the tenant's front door.
 */
import { type KeyObject, randomUUID, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTenant, type RunningTenant, type TenantLogLine, type TenantOptions } from '../../agent/tenant/tenant.ts';
import { exchange, type WireReply, type WireRequest } from './bareWire.ts';
import { certificateRequest, deviceKey, signedText, transportKeyOf } from './deviceKeys.ts';
import { asRecord, listOf, textOf } from './foreignJson.ts';

export interface JoinedDevice {
  readonly deviceId: string;
  readonly objectId: string;
  readonly name: string;
  /** Base64 DER. */
  readonly certificate: string;
  readonly privateKey: KeyObject;
  readonly clientCertificate: { readonly key: string; readonly cert: string };
  readonly joinReply: WireReply;
}

export interface RecoveredCredential {
  readonly accountName: string;
  readonly accountSid: string;
  readonly backupDateTime: string;
  readonly password: string;
}

export interface BackupWish {
  readonly password: string;
  readonly accountName?: string;
  readonly accountSid?: string;
  readonly ageDays?: number;
  /** GUID; sent braced and in upper case. */
  readonly requestId?: string;
  /** A token kept from earlier. */
  readonly token?: string;
}

export const graphScopes = {
  recovery: 'DeviceLocalCredential.Read.All',
  admin: 'Directory.AccessAsUser.All',
  policy: 'Policy.ReadWrite.DeviceConfiguration',
  audit: 'AuditLog.Read.All',
} as const;

/** The seed that ships. */
export function contosoSeed(): Record<string, unknown> {
  return asRecord(JSON.parse(readFileSync(new URL('../../fixtures/tenants/contoso.json', import.meta.url), 'utf8')));
}

export type TestTenant = Awaited<ReturnType<typeof startTestTenant>>;

/** On free ports, with the contoso seed unless told otherwise. */
export async function startTestTenant(overrides: Partial<TenantOptions> = {}) {
  const folder = overrides.folder ?? mkdtempSync(join(tmpdir(), 'laps-tenant-'));
  const log: TenantLogLine[] = [];
  const clock = { offsetMs: 0 };
  const realNow = Date.now.bind(Date);
  const tenant: RunningTenant = await createTenant({
    port: 0,
    adminPort: 0,
    seed: contosoSeed(),
    now: () => realNow() + clock.offsetMs,
    tlsNow: realNow,
    log: (line) => log.push(line),
    ...overrides,
    folder,
  });
  const ca = readFileSync(tenant.caFile, 'utf8');
  // Below the five seconds after which a Node server ends an idle connection, which would otherwise cross a request.
  const agent = new Agent({ keepAlive: true, timeout: 4_000, ca });
  const credentials = asRecord(JSON.parse(readFileSync(tenant.credentialsFile, 'utf8')));
  const listed = (name: string) => listOf(credentials[name]);
  const found = (name: string, member: string, value: string, wanted: string) =>
    textOf(listed(name).find((each) => each[member] === value)?.[wanted]);
  const seed = asRecord(overrides.seed ?? contosoSeed());
  const applications = listOf(seed['applications']);
  const publicClientId = textOf(applications.find((each) => each['publicClient'] === true)?.['appId']);

  /** One exchange over TLS; rejects where the connection broke. */
  function send(path: string, wish: WireRequest = {}): Promise<WireReply> {
    const { body, client } = wish;
    const form = body instanceof URLSearchParams;
    const text =
      body === undefined ? undefined : form ? body.toString() : typeof body === 'string' ? body : JSON.stringify(body);
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8';
    return exchange(
      tenant.url + path,
      {
        method: wish.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(text === undefined ? {} : { 'content-type': type }),
          'user-agent': 'tenantWorld',
          ...wish.headers,
        },
        ...(client === undefined ? { agent } : { ...client, ca, agent: false as const }),
      },
      text,
    );
  }

  async function token(version: 'v1' | 'v2', form: Record<string, string>): Promise<WireReply> {
    const path = version === 'v1' ? 'oauth2/token' : 'oauth2/v2.0/token';
    return send(`/${tenant.tenantId}/${path}`, { body: new URLSearchParams(form) });
  }

  const passwordOf = (upn: string) => found('users', 'userPrincipalName', upn, 'password');

  /** A user's Graph token: `name` without the domain, scopes of Graph separated by spaces. */
  async function userToken(name: string, scope: string = graphScopes.recovery): Promise<string> {
    const username = name.includes('@') ? name : `${name}@${tenant.domain}`;
    const full = scope
      .split(' ')
      .map((each) => `https://graph.microsoft.com/${each}`)
      .join(' ');
    const form = {
      grant_type: 'password',
      client_id: publicClientId,
      username,
      password: passwordOf(username),
      scope: full,
    };
    return accessToken(await token('v2', form));
  }

  /** A Cloud Device Administrator with every Graph permission there is. */
  const adminToken = () => userToken('clouddevice', Object.values(graphScopes).join(' '));

  async function appToken(displayName = 'LAPS recovery service'): Promise<string> {
    const client_id = found('applications', 'displayName', displayName, 'appId');
    const client_secret = found('applications', 'displayName', displayName, 'secret');
    const scope = 'https://graph.microsoft.com/.default';
    return accessToken(await token('v2', { grant_type: 'client_credentials', client_id, client_secret, scope }));
  }

  async function joinToken(name = 'alice'): Promise<string> {
    const username = `${name}@${tenant.domain}`;
    const client_id = '29d9ed98-a469-4536-ade2-f981bc1d605e';
    const resource = 'urn:ms-drs:enterpriseregistration.windows.net';
    return accessToken(
      await token('v1', { grant_type: 'password', client_id, username, password: passwordOf(username), resource }),
    );
  }

  /** Throws where the join is refused. `joinType` 0 Entra, 4 registered, 6 hybrid. */
  async function joinDevice(
    wish: {
      readonly name?: string;
      readonly joinType?: number;
      readonly user?: string;
      readonly freshKey?: boolean;
    } = {},
  ): Promise<JoinedDevice> {
    const privateKey = deviceKey(wish.freshKey === true);
    const name = wish.name ?? `DESKTOP-${randomUUID().slice(0, 6).toUpperCase()}`;
    const joinReply = await send('/EnrollmentServer/device/?api-version=2.0', {
      headers: { authorization: `Bearer ${await joinToken(wish.user)}` },
      body: {
        CertificateRequest: { Type: 'pkcs10', Data: await certificateRequest(privateKey) },
        TransportKey: transportKeyOf(privateKey),
        TargetDomain: tenant.domain,
        DeviceType: 'Windows',
        OSVersion: '10.0.26100.4202',
        DeviceDisplayName: name,
        JoinType: wish.joinType ?? 0,
        Attributes: { ReuseDevice: 'true', ReturnClientSid: 'true', SharedDevice: 'false' },
      },
    });
    if (joinReply.status !== 200) throw new Error(`join refused: ${joinReply.text}`);
    const certificate = textOf(asRecord(joinReply.json['Certificate'])['RawBody']);
    const read = new X509Certificate(Buffer.from(certificate, 'base64'));
    const deviceId = read.subject.replace('CN=', '');
    const objectId = textOf((await admin('GET', `/devices/${deviceId}`)).json['id']);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return {
      deviceId,
      objectId,
      name,
      certificate,
      privateKey,
      clientCertificate: { key, cert: read.toString() },
      joinReply,
    };
  }

  async function nonce(): Promise<string> {
    return textOf((await token('v1', { grant_type: 'srv_challenge' })).json['Nonce']);
  }

  /** The signed request of wire 2.2 and its reply; members may be replaced or, with undefined, left out. */
  async function askDeviceToken(
    device: Pick<JoinedDevice, 'certificate' | 'privateKey'>,
    payload: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<WireReply> {
    const client = '1b730954-1685-4b74-9bfd-dac224a7b894';
    const request = signedText(
      { alg: 'RS256', typ: 'JWT', x5c: device.certificate, kdf_ver: 2, ...header },
      {
        grant_type: 'device_token',
        client_id: client,
        resource: 'urn:ms-drs:localhost',
        request_nonce: 'request_nonce' in payload ? undefined : await nonce(),
        win_ver: '10.0.26100.4202',
        iss: 'aad:brokerplugin',
        redirect_uri: `ms-appx-web://Microsoft.AAD.BrokerPlugin/${client}`,
        ...payload,
      },
      device.privateKey,
    );
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return token('v1', { windows_api_version: '2.2', grant_type, request });
  }

  const deviceToken = async (device: JoinedDevice) => accessToken(await askDeviceToken(device));

  function backupPath(deviceId: string, requestId: string = randomUUID()): string {
    const id = encodeURIComponent(`{${requestId.toUpperCase()}}`);
    const query = `api-version=1.0&client-request-id=${id}&return-client-request-id=${id}`;
    return `/manage/${tenant.tenantId}/lapsdevicepasswordupdate/${deviceId}?${query}`;
  }

  async function backup(device: JoinedDevice, wish: BackupWish): Promise<WireReply> {
    return send(backupPath(device.deviceId, wish.requestId), {
      headers: { authorization: `Bearer ${wish.token ?? (await deviceToken(device))}`, 'user-agent': 'Windows LAPS' },
      body: {
        AccountName: wish.accountName ?? 'lapsadmin',
        AccountSid: wish.accountSid ?? 'S-1-5-21-1111111111-222222222-333333333-1004',
        NewPassword: wish.password,
        PasswordAgeDays: wish.ageDays ?? 30,
      },
    });
  }

  const graph = (path: string, accessTokenText: string, wish: WireRequest = {}) =>
    send(path, { ...wish, headers: { authorization: `Bearer ${accessTokenText}`, ...wish.headers } });

  /** Newest first; throws where the tenant refuses. */
  async function recover(deviceId: string, accessTokenText?: string): Promise<readonly RecoveredCredential[]> {
    const path = `/v1.0/directory/deviceLocalCredentials/${deviceId}?$select=credentials`;
    const reply = await graph(path, accessTokenText ?? (await adminToken()));
    if (reply.status !== 200) throw new Error(`recovery refused: ${reply.status} ${reply.text}`);
    return listOf(reply.json['credentials']).map((each) => ({
      accountName: textOf(each['accountName']),
      accountSid: textOf(each['accountSid']),
      backupDateTime: textOf(each['backupDateTime']),
      password: Buffer.from(textOf(each['passwordBase64']), 'base64').toString('utf8'),
    }));
  }

  /** The management listener, with its token unless other headers are given. */
  function admin(
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<WireReply> {
    const authorization = `Bearer ${readFileSync(tenant.adminTokenFile, 'utf8').trim()}`;
    return exchange(
      tenant.adminUrl + path,
      { method, agent: false, headers: headers ?? { authorization, 'content-type': 'application/json' } },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  return {
    tenant,
    folder,
    ca,
    log,
    /** Added to the tenant's clock; certificates follow the machine's own. */
    clock,
    publicClientId,
    credentials,
    passwordOf,
    appSecret: (displayName: string) => found('applications', 'displayName', displayName, 'secret'),
    appId: (displayName: string) => found('applications', 'displayName', displayName, 'appId'),
    send,
    token,
    graph,
    userToken,
    adminToken,
    appToken,
    joinToken,
    joinDevice,
    nonce,
    askDeviceToken,
    deviceToken,
    backupPath,
    backup,
    recover,
    admin,
    lapsSwitch: (enabled: boolean) => admin('POST', '/laps-switch', { enabled }),
    fault: (...specs: string[]) => admin('POST', '/faults', { specs }),
    clearFaults: () => admin('DELETE', '/faults'),
    /** Ends the tenant; the folder stays when it was given. */
    async close() {
      agent.destroy();
      await tenant.close();
      if (overrides.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Throws where there is none. */
export function accessToken(reply: WireReply): string {
  const token = reply.json['access_token'];
  if (typeof token !== 'string') throw new Error(`no token: ${reply.status} ${reply.text}`);
  return token;
}
