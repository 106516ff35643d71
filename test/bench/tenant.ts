/**
 * The tenant: how soon it answers, what it weighs, how many backups one core of it takes.
 *
 * Promises: every start is a first one, keys and credentials drawn anew; the load is real backups of a joined device,
 * over kept-alive TLS, each durable before its answer.
 */
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { cpuMsOf, memoryOf, pause } from './processes.ts';
import { inTurn, median, type Row, ratioOf } from './report.ts';
import { placeAt, postOf } from './rotation.ts';
import { root, type Site, startNode } from './site.ts';

type Ask = () => Promise<number>;

/** Sends one request and reads the whole answer; resolves with the status. */
function ask(
  url: string,
  options: { readonly method: string; readonly headers?: Record<string, string>; readonly agent?: Agent },
  body?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? secureRequest : plainRequest;
    const asked = send(url, options, (reply) => {
      reply.resume();
      reply.once('end', () => resolve(reply.statusCode ?? 0));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

async function startRows(site: Site, count: number): Promise<readonly Row[]> {
  const memory: number[] = [];
  const signed: number[] = [];
  let next = 0;
  const ours = async (): Promise<number> => {
    const started = performance.now();
    const tenant = await site.tenant(`start-${next++}`);
    try {
      const agent = new Agent({ ca: readFileSync(tenant.caFile) });
      const at = `${tenant.url}/${tenant.tenantId}`;
      await ask(`${at}/v2.0/.well-known/openid-configuration`, { method: 'GET', agent });
      const answered = performance.now() - started;
      await ask(`${at}/discovery/v2.0/keys`, { method: 'GET', agent });
      signed.push(performance.now() - started);
      await pause(2_000);
      memory.push(memoryOf(tenant.pid).rss);
      return answered;
    } finally {
      await tenant.close();
    }
  };
  const floor = async (): Promise<number> => {
    const bare = await startNode([join(root, 'test/bench/floors/keysAndServer.mjs')]);
    await bare.close();
    return bare.readyMs;
  };
  await floor();
  const pairs = await inTurn(count, ours, floor);
  const answered = median(pairs.ours);
  const weight = median(memory);
  return [
    {
      what: 'a new tenant, start to first answer',
      measured: `${answered.toFixed(0)} ms`,
      floor: `${median(pairs.floor).toFixed(0)} ms`,
      ratio: ratioOf(pairs),
      aim: '<= 500 ms',
      met: answered <= 500,
      note: `process start to the first HTTPS answer, in a file; its RSA signing key, made meanwhile, is there after ${median(signed).toFixed(0)} ms; floor: node, two elliptic keys, a listening TLS server; ${count} pairs`,
    },
    {
      what: "the tenant's memory (RSS)",
      measured: `${weight.toFixed(1)} MiB`,
      floor: '',
      ratio: undefined,
      aim: '<= 90 MiB',
      met: weight <= 90,
      note: `two seconds after its first answers, median of ${count}`,
    },
  ];
}

/** Keeps `width` requests in flight for `durationMs`; answers a second. */
async function rateOf(send: Ask, width: number, durationMs: number): Promise<number> {
  const from = performance.now();
  let done = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - from < durationMs) {
      const status = await send();
      if (status !== 200) throw new Error(`answered ${status} under load`);
      done++;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (done * 1000) / (performance.now() - from);
}

async function loadRow(site: Site, kept: boolean, quick: boolean): Promise<Row> {
  const core = 1;
  const name = kept ? 'load' : 'load-memory';
  const tenant = await site.tenant(`${name}-tenant`, { core, inMemory: !kept });
  const bare = await startNode(
    [join(root, 'test/bench/floors/storingServer.mjs'), kept ? site.path(`${name}-bare.db`) : ':memory:'],
    { core },
  );
  const width = 8;
  const agent = new Agent({ keepAlive: true, maxSockets: width, ca: readFileSync(tenant.caFile) });
  try {
    const { sent } = await postOf(await placeAt(site.join(`${name}-device`, tenant)));
    const headers = { ...sent.headers };
    const ours: Ask = () => ask(sent.url, { method: sent.method, headers, agent }, sent.body);
    const floor: Ask = () => ask(`http://127.0.0.1:${bare.line}/`, { method: 'POST' }, sent.body);
    const durationMs = quick ? 1_500 : 4_000;
    await rateOf(ours, width, durationMs);
    await rateOf(floor, width, 500);
    const before = cpuMsOf(tenant.pid);
    const from = performance.now();
    const pairs = await inTurn(
      quick ? 3 : 7,
      () => rateOf(ours, width, durationMs),
      () => rateOf(floor, width, 500),
    );
    const share = (cpuMsOf(tenant.pid) - before) / (performance.now() - from);
    return {
      what: `backups a second, one core, ${kept ? 'in a file (durable)' : 'in memory'}`,
      measured: `${median(pairs.ours).toFixed(0)}`,
      floor: `${median(pairs.floor).toFixed(0)}`,
      ratio: ratioOf(pairs),
      aim: '',
      met: undefined,
      note: `${width} kept-alive TLS connections; ${(share * 100).toFixed(0)} % of a core over the whole wait; RSS afterwards ${memoryOf(tenant.pid).rss.toFixed(0)} MiB; floor: bare node:http and one row of SQLite each, synchronous=FULL, no TLS, no token`,
    };
  } finally {
    agent.destroy();
    await bare.close();
    await tenant.close();
  }
}

/** Start, memory and load. */
export async function measureTenant(site: Site, quick: boolean): Promise<readonly Row[]> {
  return [
    ...(await startRows(site, quick ? 3 : 9)),
    await loadRow(site, true, quick),
    await loadRow(site, false, quick),
  ];
}
