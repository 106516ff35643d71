/**
 * A tenant as a process, seen from outside: its faults by the management listener, its history through Graph.
 *
 * Knows: what `laps tenant --json` says when it answers. Promises: the history is read afresh each time, as an
 * administrator would recover it, through the agent's own Graph client. Must never: reach into the tenant's files for
 * a password.
 */
import { readFile } from 'node:fs/promises';
import { tenantProfile } from '../../../agent/core/cloudProfiles.ts';
import { Secret } from '../../../agent/core/secret.ts';
import { sleep, systemClock } from '../../../agent/edge/clock.ts';
import { createGraphClient, type GraphClient, graphScope } from '../../../agent/edge/graphClient.ts';
import { createHttp, type Http, httpDefaults } from '../../../agent/edge/http.ts';
import { randomIds } from '../../../agent/edge/ids.ts';
import { addressOf, type TenantAddress } from '../../../agent/edge/tenantProcess.ts';
import { authorityOf, signIn } from '../../../agent/edge/userToken.ts';
import { isObject, listIn, objectOf, textIn } from '../../../agent/edge/wireJson.ts';
import type { Commands, Running } from './children.ts';

/** The public client of the shipped seed that people sign in with. */
const adminClientId = 'a1c0ffee-0003-4a9b-8c3d-000000000003';
/** Tokens last about an hour; a new one is fetched long before. */
const tokenMs = 20 * 60_000;

/** One credential in the tenant, newest first in a list. */
export interface Held {
  readonly account: string;
  readonly password: Secret;
}

/** A tenant's outside face. */
export interface TenantView {
  readonly address: TenantAddress;
  passwordOf(user: string): Promise<Secret>;
  /** Newest first; empty when nothing is kept for the device. */
  history(deviceId: string): Promise<readonly Held[]>;
  setFaults(specs: readonly string[]): Promise<void>;
  clearFaults(): Promise<void>;
  /** Requests that active faults will still touch. */
  faultsLeft(): Promise<number>;
  /** Lets a user join any number of devices. */
  liftQuota(): Promise<void>;
}

/** Looks at the tenant that answers at `address`. */
export async function viewTenant(address: TenantAddress): Promise<TenantView> {
  const adminToken = (await readFile(address.adminTokenFile, 'utf8')).trim();
  const http: Http = createHttp({ env: {}, trustedCas: [await readFile(address.caFile, 'utf8')], ...httpDefaults });
  const profile = tenantProfile(address.url, null);
  let graph: { readonly client: GraphClient; readonly until: number } | undefined;

  async function passwordOf(user: string): Promise<Secret> {
    const users = listIn(objectOf(await readFile(address.credentialsFile, 'utf8')), 'users') ?? [];
    const found = users.find((each) => isObject(each) && textIn(each, 'userPrincipalName') === user);
    const password = isObject(found) ? textIn(found, 'password') : undefined;
    if (password === undefined) throw new Error(`the tenant's credentials file knows no ${user}`);
    return new Secret(password);
  }

  async function administrator(): Promise<GraphClient> {
    if (graph !== undefined && graph.until > systemClock.monotonicMs()) return graph.client;
    const user = `clouddevice@${address.domain}`;
    const token = await signIn({
      http,
      clock: systemClock,
      sleep: async (ms, signal) => void (await sleep(ms, signal)),
      authority: authorityOf(profile.loginOrigin, address.tenantId),
      clientId: adminClientId,
      scope: graphScope(profile, 'user'),
      method: { kind: 'password', user, password: await passwordOf(user) },
    });
    const client = createGraphClient({ http, clock: systemClock, ids: randomIds, profile, token });
    graph = { client, until: systemClock.monotonicMs() + tokenMs };
    return client;
  }

  async function admin(method: string, path: string, body?: object): Promise<unknown> {
    const reply = await fetch(`${address.adminUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`the management listener refused ${method} ${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  const leftOf = (told: unknown): number => {
    const faults = isObject(told) ? (listIn(told, 'faults') ?? []) : [];
    return faults.reduce<number>((sum, each) => sum + (isObject(each) ? Number(each['left'] ?? 0) : 0), 0);
  };

  return {
    address,
    passwordOf,
    async history(deviceId) {
      const client = await administrator();
      try {
        const found = await client.recover({ device: deviceId, includePasswords: true, includeHistory: true });
        return found.flatMap(({ account, password }) =>
          account === null || password === null ? [] : [{ account, password }],
        );
      } catch (error) {
        // Before its first backup the tenant keeps nothing for a device.
        if (error instanceof Error && 'code' in error && error.code === 'ERR_LAPS_DEVICE_UNKNOWN') return [];
        throw error;
      }
    },
    setFaults: async (specs) => void (await admin('POST', '/faults', { specs })),
    clearFaults: async () => void (await admin('DELETE', '/faults')),
    faultsLeft: async () => leftOf(await admin('GET', '/faults')),
    liftQuota: async () => void (await admin('POST', '/policy', { userDeviceQuota: 1_000_000 })),
  };
}

/** Starts `laps tenant WORDS` and waits until it answers. */
export async function startTenant(
  commands: Commands,
  words: readonly string[],
  wish: { readonly holdStdin?: boolean } = {},
): Promise<{ readonly view: TenantView; readonly process: Running }> {
  const process = commands.start(['tenant', '--json', ...words], wish);
  const answers = await process.says(/\n/, 30_000);
  const address = answers ? addressOf(process.stdout().split('\n')[0] ?? '') : undefined;
  if (address === undefined) {
    process.kill();
    const { stdout, stderr } = await process.ended;
    throw new Error(`the tenant did not start: ${stdout}${stderr}`);
  }
  return { view: await viewTenant(address), process };
}
