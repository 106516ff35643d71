/**
 * The ways in which a network is made to fail: what a server, a proxy or the system is made to do, and what undoes it.
 *
 * Knows: what a failure at each place of a backup's way is told by. Promises: each is in place when it returns, and gone
 * after its `end`. Must never: judge; networkFaults.ts has the list.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { FaultInPlace, NetworkFault, NetworkWorld } from './networkWorld.ts';
import type { StubCertificateKind } from './stubCertificates.ts';
import { type StubAnswer, startStub, startStubProxy, startTcpStub } from './stubServer.ts';
import type { Operation } from './stubTenant.ts';

type Place = Extract<Operation, 'discovery' | 'nonce' | 'token' | 'backup'>;

/** What a failure at each place is told by: nothing sent, or unclear. */
export const unclearAt: Readonly<Record<Place, Pick<NetworkFault, 'events' | 'code'>>> = {
  discovery: { events: [10025], code: 'ERR_LAPS_DISCOVERY_FAILED' },
  nonce: { events: [10026, 10032], code: 'ERR_LAPS_DEVICE_AUTH' },
  token: { events: [10026, 10032], code: 'ERR_LAPS_DEVICE_AUTH' },
  backup: { events: [50008, 10028], code: 'ERR_LAPS_TENANT_UNCLEAR' },
};
export const brokenAt: Readonly<Record<Place, Pick<NetworkFault, 'events' | 'code'>>> = {
  ...unclearAt,
  nonce: { events: [10026], code: 'ERR_LAPS_DEVICE_AUTH' },
  token: { events: [10026], code: 'ERR_LAPS_DEVICE_AUTH' },
};

/** One place answers otherwise. */
export function answering(place: Place | undefined, answer: StubAnswer) {
  return (world: NetworkWorld): FaultInPlace => ({ end: world.spoil(place, () => answer) });
}

/** One place does its work, and the answer is another. */
export function afterwards(place: Place, answer: StubAnswer) {
  return (world: NetworkWorld): FaultInPlace => ({
    end: world.spoil(place, async (_, pass) => {
      await pass();
      return answer;
    }),
  });
}

/** One place never finishes its answer; `done` lets it do its work first. */
export function never(place: Place, answer: StubAnswer, done = false) {
  return (world: NetworkWorld): FaultInPlace => {
    let tell = (): void => {};
    const reached = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const end = world.spoil(place, async (_, pass) => {
      if (done) await pass();
      tell();
      return answer;
    });
    return { reached, end };
  };
}

export const silence: StubAnswer = { raw: [] };
export const trickle: StubAnswer = { raw: ['HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n{'], trickleMs: 5 };
export const portal =
  '<html><head><title>Welcome to the guest network</title></head><body>Please sign in</body></html>';
export const html = { 'content-type': 'text/html' };
/** Over the mebibyte that an answer may have. */
export const oversized: StubAnswer = { status: 200, body: `{"padding":"${'x'.repeat(1_100_000)}"}` };

function busy(status: number, retryAfter: string): StubAnswer {
  return {
    status,
    headers: { 'retry-after': retryAfter },
    body: {
      code: 'throttled',
      subcode: 'error_too_many_requests',
      operation: 'POST',
      message: 'Too many requests.',
      requestId: '5b0e0000-0000-4000-8000-000000000001',
      time: '2026-01-05T10:20:30.1234567Z',
    },
  };
}

/** Asks for patience: seconds, or a date that many seconds ahead. */
export function patience(place: Place, status: number, form: 'seconds' | 'date', seconds: number) {
  return (world: NetworkWorld): FaultInPlace => {
    const header = form === 'seconds' ? String(seconds) : new Date(Date.now() + seconds * 1000).toUTCString();
    return { patienceMs: seconds * 1000, end: world.spoil(place, () => busy(status, header)) };
  };
}

/** The same from something in between, in a form of its own: whether the backup was stored stays open. */
export function patienceOfGateway(status: number, seconds: number) {
  return (world: NetworkWorld): FaultInPlace => ({
    patienceMs: seconds * 1000,
    end: world.spoil('backup', () => ({
      status,
      headers: { ...html, 'retry-after': String(seconds) },
      body: '<html>busy</html>',
    })),
  });
}

/** Sends the device elsewhere; whoever is found there must never be asked anything. */
export function redirecting(place: Place | undefined, status: number) {
  return async (world: NetworkWorld): Promise<FaultInPlace> => {
    const elsewhere = await startStub(() => ({ status: 200, body: portal, headers: html }));
    const stop = world.spoil(place, () => ({ status, headers: { location: `${elsewhere.origin}/take` } }));
    return {
      async end() {
        stop();
        await elsewhere.close();
        if (elsewhere.requests.length > 0) throw new Error(`a redirect (${status}) was followed`);
      },
    };
  };
}

export function showing(kind: StubCertificateKind) {
  return ({ door }: NetworkWorld): FaultInPlace => {
    door.show(kind);
    return { end: () => door.show('good') };
  };
}

/** Another server stands at the door's address. */
export function replaced(onConnection: (socket: Socket) => void) {
  return async ({ door }: NetworkWorld): Promise<FaultInPlace> => {
    await door.down();
    const other = await startTcpStub(onConnection, door.port);
    return {
      async end() {
        await other.close();
        await door.up();
      },
    };
  };
}

/** Whether this process waits for an answer to a SYN from that port. */
function isKnocking(port: number): boolean {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => {
      const [, , to = '', state] = line.trim().split(/\s+/);
      return to.endsWith(remote) && state === '02';
    });
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A listener that takes no connection and whose queue is full: the system drops every further SYN. */
export async function blackHole({ door }: NetworkWorld): Promise<FaultInPlace> {
  await door.down();
  const words = `require('node:net').createServer().listen({port:${door.port},host:'127.0.0.1',backlog:1},()=>process.stdout.write('up'))`;
  const child: ChildProcess = spawn(process.execPath, ['-e', words], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGSTOP');
  const fillers = await Promise.all(
    [1, 2].map(
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(door.port, '127.0.0.1', () => resolve(socket));
          socket.once('error', reject);
        }),
    ),
  );
  for (const socket of fillers) socket.on('error', () => {});
  let over = false;
  const reached = (async () => {
    while (!over && !isKnocking(door.port)) await nextTurn();
  })();
  return {
    reached,
    async end() {
      over = true;
      for (const socket of fillers) socket.destroy();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      await door.up();
    },
  };
}

/** How to run a command without any network, or undefined where that is not allowed. */
export function withoutNetwork(): readonly string[] | undefined {
  return [
    ['unshare', '--net'],
    ['unshare', '--user', '--map-current-user', '--net'],
  ].find(([program = '', ...words]) => spawnSync(program, [...words, 'true']).status === 0);
}

/** Another proxy than the good one. */
export function proxyAnswering(status: number) {
  return async (): Promise<FaultInPlace> => {
    const proxy = await startStubProxy({ status });
    return { env: { HTTPS_PROXY: proxy.url }, end: () => proxy.close() };
  };
}
export function proxyDoing(onConnection: (socket: Socket) => void, waits: boolean) {
  return async (): Promise<FaultInPlace> => {
    let tell = (): void => {};
    const reached = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const proxy = await startTcpStub((socket) => {
      socket.once('data', tell);
      onConnection(socket);
    });
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    return { env, ...(waits ? { reached } : {}), end: () => proxy.close() };
  };
}

export const noTenant = { events: [10025], code: 'ERR_LAPS_NO_TENANT' } as const;
export const untrusted = { events: [10025], code: 'ERR_LAPS_TENANT_UNTRUSTED' } as const;
export const noProxy = {
  events: [10025],
  code: 'ERR_LAPS_PROXY_REFUSED',
  hresult: '0x80072efd',
  way: 'proxied',
} as const;
export const onLinux = (): string | undefined =>
  process.platform === 'linux' ? undefined : 'needs Linux, to see that a SYN waits';
