/**
 * One whole rotation against a running tenant, beside a bare script that does the same work on wire, disk and processor.
 *
 * Knows: the agent's own wiring, and how many durable writes and password hashes a rotation makes (counted here, not
 * assumed). Promises: both sides hold a device token and a kept-alive TLS connection; neither pays for a first time. Must
 * never: leave anything out of ours: it is the cycle that `laps reset` asks the daemon for.
 */
import { randomBytes, randomUUID, scrypt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Device, identityOf, openDevice, openPlace, type Place } from '../../agent/compose.ts';
import { Secret } from '../../agent/core/secret.ts';
import { defaultCost } from '../../agent/edge/accounts/verifier.ts';
import { systemClock } from '../../agent/edge/clock.ts';
import { createBackupClient } from '../../agent/edge/entraClient.ts';
import { createHttp, type HttpRequest, httpDefaults } from '../../agent/edge/http.ts';
import { profileOfIdentity } from '../../agent/edge/identityRecord.ts';
import { randomIds } from '../../agent/edge/ids.ts';
import { runCycle } from '../../agent/service/cycle.ts';
import type { Ports } from '../../agent/service/run.ts';
import { inTurn, type Row, rowOfPairs } from './report.ts';
import { root, type Site, type TenantSaid } from './site.ts';

/** The joined device whose data folder is `data`, with the policies that ship. */
export async function placeAt(data: string): Promise<Place> {
  const place = await openPlace({ data, policies: join(root, 'policies'), env: {}, cwd: root, create: false });
  if (place === undefined) throw new Error('the joined device has no data folder');
  return place;
}

async function rotateOnce(ports: Ports): Promise<void> {
  const result = await runCycle(ports, {
    trigger: 'administrator',
    requestedAt: Date.now(),
    acceptRisk: false,
    redraw: false,
    progress() {},
    parked: () => false,
  });
  if (result.outcome !== 'rotated') throw new Error(`the rotation did not work: ${result.error?.message}`);
}

/** What one rotation asks of disk and processor. */
interface Work {
  readonly writes: number;
  readonly hashes: number;
}

/** Runs one rotation through ports that count. */
async function countWork({ ports }: Device): Promise<Work> {
  const work = { writes: 0, hashes: 0 };
  const counted =
    <Words extends unknown[], Result>(costs: Partial<Work>, act: (...words: Words) => Result) =>
    (...words: Words): Result => {
      work.writes += costs.writes ?? 0;
      work.hashes += costs.hashes ?? 0;
      return act(...words);
    };
  const { journal, state, seal, accounts } = ports;
  await rotateOnce({
    ...ports,
    journal: { ...journal, write: counted({ writes: 1 }, journal.write) },
    state: { ...state, write: counted({ writes: 1 }, state.write) },
    seal: { ...seal, seal: counted({ writes: 1 }, seal.seal), keepOnly: counted({ writes: 1 }, seal.keepOnly) },
    accounts: {
      ...accounts,
      set: counted({ writes: 1, hashes: 1 }, accounts.set),
      opens: counted({ hashes: 1 }, accounts.opens),
    },
  });
  return work;
}

/** The one post of a rotation, as the agent's client makes it. */
export async function postOf(place: Place): Promise<{ readonly sent: HttpRequest; readonly ca: string }> {
  const reading = await (await identityOf(place)).readFull();
  if (reading.kind !== 'joined') throw new Error('the device is not joined');
  const { identity: device } = reading;
  const http = createHttp({ env: {}, trustedCas: device.caPem === null ? [] : [device.caPem], ...httpDefaults });
  const sent: HttpRequest[] = [];
  const client = createBackupClient({
    http: {
      ...http,
      send(each) {
        sent.push(each);
        return http.send(each);
      },
    },
    clock: systemClock,
    ids: randomIds,
    profile: profileOfIdentity(device),
    device,
  });
  const onRequest = (): void => {};
  const connected = await client.connect({ fresh: false, leftMs: 60_000, onRequest });
  if (connected.kind === 'failed') throw new Error(connected.failure.message);
  const reply = await client.backUp({
    rotationId: randomUUID(),
    body: { AccountName: 'lapsadmin', AccountSid: 'S-1-5-21-1-2-3-1000', PasswordAgeDays: 30 },
    secret: new Secret('the floor sends the same again'),
    fresh: false,
    leftMs: 60_000,
    onRequest,
  });
  const last = sent.at(-1);
  if (reply.kind !== 'stored' || last === undefined) throw new Error(`the floor's first post was ${reply.kind}`);
  http.dropIdle();
  return { sent: last, ca: device.caPem ?? '' };
}

function post(sent: HttpRequest, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(sent.url, { method: sent.method, headers: { ...sent.headers }, agent }, (reply) => {
      reply.resume();
      reply.once('end', () =>
        reply.statusCode === 200 ? resolve() : reject(new Error(`the tenant answered ${reply.statusCode}`)),
      );
    });
    asked.once('error', reject);
    asked.end(sent.body);
  });
}

/** Temporary file, sync, rename, sync of the folder: what it takes and no more. */
async function writeDurably(folder: string, name: string, bytes: Buffer): Promise<void> {
  const temp = join(folder, `.${name}.tmp`);
  const file = await open(temp, 'wx', 0o600);
  await file.write(bytes);
  await file.sync();
  await file.close();
  await rename(temp, join(folder, name));
  const entry = await open(folder, 'r');
  await entry.sync();
  await entry.close();
}

const hash = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

async function bareRotation(folder: string, work: Work, sent: HttpRequest, agent: Agent): Promise<void> {
  const bytes = randomBytes(1500);
  for (let count = 0; count < work.hashes; count++)
    await hash(Buffer.from('a password'), randomBytes(16), 32, { N: defaultCost, r: 8, p: 1, maxmem: 2 ** 26 });
  for (let count = 0; count < work.writes; count++) await writeDurably(folder, `file${count}`, bytes);
  await post(sent, agent);
}

/** Pairs of rotations, warm, with the sizes they have in the product. */
export async function measureRotation(site: Site, tenant: TenantSaid, count: number): Promise<readonly Row[]> {
  const device = await openDevice(await placeAt(site.join('rotating', tenant)));
  await device.prepare();
  const { sent, ca } = await postOf(await placeAt(site.join('bare', tenant)));
  const agent = new Agent({ keepAlive: true, ca });
  const folder = site.path('bare-files');
  mkdirSync(folder, { mode: 0o700 });

  const timed = async (act: () => Promise<void>): Promise<number> => {
    const started = performance.now();
    await act();
    return performance.now() - started;
  };
  await rotateOnce(device.ports);
  const work = await countWork(device);
  const ours = (): Promise<number> => timed(() => rotateOnce(device.ports));
  const floor = (): Promise<number> => timed(() => bareRotation(folder, work, sent, agent));
  await inTurn(3, ours, floor);
  const pairs = await inTurn(count, ours, floor);
  const hashMs = await timed(async () => {
    await hash(Buffer.from('a password'), randomBytes(16), 32, { N: defaultCost, r: 8, p: 1, maxmem: 2 ** 26 });
  });
  agent.destroy();
  return [
    rowOfPairs(pairs, {
      what: 'one rotation, warm, tenant over TLS',
      unit: 'ms',
      most: 1.5,
      note: `against a bare script: 1 post, ${work.writes} durable writes, ${work.hashes} scrypt (about ${hashMs.toFixed(0)} ms each), as counted in ours`,
    }),
  ];
}
