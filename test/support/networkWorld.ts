/**
 * A joined device, a real tenant, and a network between them that a test can spoil.
 *
 * Knows: the device asks a door (an HTTPS front with a certificate of its own) that hands everything on to the tenant; it
 * gets there directly as `localhost`, or as `tenant.test` through a proxy. Promises: one device for all faults, so that
 * what a fault leaves behind is what the next one meets; each fault is judged by the tenant's own records and by signing
 * in. Must never: sleep; a deadline passes by the fake clock, and only once the fault has been reached.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sinon from 'sinon';
import { filetimeOf, instantOfFiletime, msPerDay } from '../../agent/core/time.ts';
import { at } from './contractForms.ts';
import { createJoinedWorld, type JoinedCopy, type JoinedWorld } from './joinedWorld.ts';
import { startLaps } from './lapsProcess.ts';
import { ownPorts } from './processWorld.ts';
import { type Stub, type StubAnswer, type StubRequest, startStub, startStubProxy } from './stubServer.ts';
import { type Operation, operationOf } from './stubTenant.ts';
import type { TestTenant } from './tenantWorld.ts';

export type Spoiler = (request: StubRequest, pass: () => Promise<StubAnswer>) => StubAnswer | Promise<StubAnswer>;

export interface NetworkWorld {
  readonly joined: JoinedWorld;
  /** The one device. */
  readonly device: JoinedCopy;
  /** Between device and tenant: certificates, listening and answers can be changed. */
  readonly door: Stub;
  /** What the tenant holds of the device, newest first. */
  held(): Promise<Awaited<ReturnType<TestTenant['recover']>>>;
  /** What opens the account now; each fault that is survived leaves another. */
  present: string;
  /** A proxy that lets everything through to the door. */
  readonly proxyUrl: string;
  /** Answers operations otherwise; undefined operations mean all of them. Returns how to stop. */
  spoil(operation: Operation | undefined, spoiler: Spoiler): () => void;
  close(): Promise<void>;
}

/** A fault while it lasts. */
export interface FaultInPlace {
  /** Added to the environment of the command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves once the command waits for what will not come: then its deadline may pass. */
  readonly reached?: Promise<void>;
  /** How long the tenant asked to be left alone. */
  readonly patienceMs?: number;
  /** Words before the command, which then is a real process. */
  readonly within?: readonly string[];
  /** Heals it. Throws when the fault did what it must not, as a redirect that was followed. */
  end(): Promise<void> | void;
}

export interface NetworkFault {
  readonly name: string;
  /** How it is brought about, for the table of faults. */
  readonly how: string;
  /** `tenant.test` through the proxy; otherwise `localhost` directly. */
  readonly way?: 'proxied';
  /** Another of the same kind comes after it. */
  readonly besideAnother?: true;
  /** Why it cannot be tried here, or undefined. */
  readonly unavailable?: () => string | undefined;
  /** The last events before 10005. */
  readonly events: readonly number[];
  /** Of the error. */
  readonly code: string;
  /** Of 10005, as the answer shows it; undefined where it is not fixed. */
  readonly hresult?: string;
  begin(world: NetworkWorld): Promise<FaultInPlace> | FaultInPlace;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What came of a fault. */
export interface NetworkOutcome {
  readonly status: number;
  readonly code: string;
  readonly hresult: string;
  readonly events: readonly number[];
  /** The password from before still opens the account, and the tenant holds it. */
  readonly passwordStood: boolean;
  /** Cycles after the fault until a new password was in place; 0 when that never happened. */
  readonly cyclesToRecover: number;
  /** At the end the tenant's newest credential is a new one, and opens the account. */
  readonly newestOpens: boolean;
}

/** Hop by hop, or said anew. */
const notForwarded = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive'];

async function handOn(tenant: TestTenant, request: StubRequest): Promise<StubAnswer> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value !== 'string' || notForwarded.includes(name) ? [] : [[name, value]],
    ),
  );
  const { method, path, body } = request;
  const reply = await tenant.send(path, { method, headers, ...(body === '' ? {} : { body }) });
  return {
    status: reply.status,
    headers: Object.fromEntries(
      Object.entries(reply.headers).flatMap(([name, value]) =>
        typeof value !== 'string' || notForwarded.includes(name) ? [] : [[name, value]],
      ),
    ),
    // The tenant names itself by the address it knows; whoever asks at the door is to come back to the door.
    body: reply.text.replaceAll(tenant.tenant.url, `https://${request.headers.host ?? ''}`),
  };
}

export async function createNetworkWorld(): Promise<NetworkWorld> {
  const spoilers = new Map<Operation | 'all', Spoiler>();
  let door: Stub | undefined;
  const { tenantPort: port } = await ownPorts();
  const joined = await createJoinedWorld({
    limits: { backupsPerHour: 10_000 },
    async door(tenant) {
      door = await startStub(
        (request) => {
          const pass = (): Promise<StubAnswer> => handOn(tenant, request);
          const spoiler = spoilers.get(operationOf(request)) ?? spoilers.get('all');
          return spoiler === undefined ? pass() : spoiler(request, pass);
        },
        { port },
      );
      return { url: door.origin, caPem: door.caPem };
    },
  });
  if (door === undefined) throw new Error('the door was not opened');
  const opened = door;
  // One sign-in for all readings: judging a password takes the tenant long on purpose.
  const token = await joined.tenant.adminToken();
  const held: NetworkWorld['held'] = () => joined.tenant.recover(joined.deviceId, token);
  const proxy = await startStubProxy({ status: 200, forwardPort: opened.port });
  return {
    joined,
    device: joined.copy(),
    door: opened,
    held,
    present: (await held())[0]?.password ?? '',
    proxyUrl: proxy.url,
    spoil(operation, spoiler) {
      spoilers.set(operation ?? 'all', spoiler);
      return () => void spoilers.delete(operation ?? 'all');
    },
    async close() {
      await proxy.close();
      await opened.close();
      await joined.close();
    },
  };
}

/** Lets the password expire, or by less only grow older: both dates go back, so that they still follow from one another. */
export function expire(data: string, byMs = 31 * msPerDay): void {
  const path = join(data, 'state', 'state.json');
  const state: Record<string, unknown> = JSON.parse(readFileSync(path, 'utf8'));
  for (const name of ['LastPasswordUpdateTime', 'AzurePasswordExpiryTime']) {
    const instant = instantOfFiletime(String(state[name]));
    if (instant === undefined) throw new Error(`${name} is no time`);
    state[name] = filetimeOf(instant - byMs);
  }
  writeFileSync(path, JSON.stringify(state));
}

const numbersAt = (value: unknown): number[] =>
  (JSON.parse(JSON.stringify(at(value, 'events') ?? [])) as unknown[]).map(Number);

async function oneCycle(
  device: JoinedCopy,
  env: Readonly<Record<string, string>>,
  fault: FaultInPlace | undefined,
): Promise<{ readonly status: number; readonly value: unknown }> {
  if (fault?.within !== undefined) {
    const { status, stdout } = await startLaps(['process', '--json'], {
      cwd: device.data,
      env: { LAPS_DATA: device.data, LAPS_POLICIES: device.policies, ...env },
      within: fault.within,
    }).ended;
    return { status: status ?? -1, value: JSON.parse(stdout) };
  }
  if (fault?.reached === undefined) return device.json(['process'], { env });
  const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
  try {
    const running = device.json(['process'], { env });
    await Promise.race([fault.reached, running]);
    // In two steps, as time goes: a connection is given up a little before the whole is.
    clock.tick(28_000);
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    clock.tick(2_000);
    return await running;
  } finally {
    clock.restore();
  }
}

/** Whether the tenant holds this password, and it opens the account. */
async function stands(world: NetworkWorld, password: string): Promise<boolean> {
  const known = (await world.held()).some((credential) => credential.password === password);
  return known && (await world.device.run(['signin'], { stdin: password })).status === 0;
}

/** Tries one fault from a device at rest: a due rotation meets it, then it is healed and nobody but the cycle acts. */
export async function tryNetworkFault(world: NetworkWorld, fault: NetworkFault): Promise<NetworkOutcome> {
  const { device } = world;
  expire(device.data);
  const tenant = fault.way === 'proxied' ? 'https://tenant.test' : world.door.origin;
  device.changeIdentity({ tenant, pinnedOrigins: [tenant] });
  const env: Record<string, string> = fault.way === 'proxied' ? { HTTPS_PROXY: world.proxyUrl } : {};
  const inPlace = await fault.begin(world);
  const { status, value } = await oneCycle(device, { ...env, ...inPlace.env }, inPlace);
  const passwordStood = await stands(world, world.present);
  await inPlace.end();

  let cyclesToRecover = 0;
  const later = inPlace.patienceMs === undefined ? undefined : Date.now() + inPlace.patienceMs + 1000;
  // Only the date moves; a tenant that asked for patience goes by its own clock, which stays.
  const clock = later === undefined ? undefined : sinon.useFakeTimers({ now: later, toFake: ['Date'] });
  try {
    for (let cycle = 1; cycle <= 3 && cyclesToRecover === 0; cycle += 1) {
      const next = await oneCycle(device, env, undefined);
      if (at(next.value, 'outcome') === 'rotated') cyclesToRecover = cycle;
    }
  } finally {
    clock?.restore();
  }
  const newest = (await world.held())[0]?.password ?? '';
  const isNew = newest !== world.present;
  world.present = newest;
  return {
    status,
    code: String(at(value, 'error', 'code')),
    hresult: String(at(value, 'error', 'hresult')),
    events: numbersAt(value),
    passwordStood,
    cyclesToRecover,
    newestOpens: isNew && (await stands(world, newest)),
  };
}
