/**
 * The embedded tenant as a child process (design 5): found when it runs, started when it does not, gone with its starter.
 *
 * Knows: the file in which a running one says where it is, and the words that start one. Promises: commands at once end
 * up with one tenant, which is there for each until it is done, and ends with the last of them, however that ends. Must
 * never: reach into the tenant; it is spoken to over HTTPS, or asked over its guarded listener whether it is there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { get } from 'node:http';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { sleep, systemClock } from './clock.ts';
import { readPlainText } from './plainFile.ts';
import { withoutServiceManager } from './serviceManager.ts';
import { type TenantUse, unlessUsed, useTenant } from './tenantUse.ts';
import { objectOf, textIn } from './wireJson.ts';

/** Contract 3, the first line of `laps tenant --json`. */
export interface TenantAddress {
  readonly url: string;
  readonly adminUrl: string;
  readonly adminTokenFile: string;
  readonly tenantId: string;
  readonly domain: string;
  readonly caFile: string;
  readonly credentialsFile: string;
}

export interface TenantHandle {
  readonly address: TenantAddress;
  /** Whether it was started by this call. */
  readonly started: boolean;
  /** This process uses it no longer. Nobody else either: then it ends, and one that was started here has ended. */
  release(): Promise<void>;
}

/** Where a running embedded tenant says where it is, below the data folder's `tenant`. */
export const runningFileName = 'running.json';

const startMs = 20_000;
/** How long the start of another command may take until its tenant answers, in ms. */
const otherStartMs = 8_000;
const retryMs = 200;
/** How long one may take to end by itself, in ms: it looks every second, then gives its last replies theirs. */
const endMs = 8_000;
const askMs = 2_000;

/** The address in a ready line, or undefined when it is none. */
export function addressOf(text: string): TenantAddress | undefined {
  const said = objectOf(text);
  const [url, adminUrl, adminTokenFile, tenantId, domain, caFile, credentialsFile] = [
    'url',
    'adminUrl',
    'adminTokenFile',
    'tenantId',
    'domain',
    'caFile',
    'credentialsFile',
  ].map((name) => textIn(said, name));
  if (
    url === undefined ||
    adminUrl === undefined ||
    adminTokenFile === undefined ||
    tenantId === undefined ||
    domain === undefined ||
    caFile === undefined ||
    credentialsFile === undefined
  )
    return undefined;
  return { url, adminUrl, adminTokenFile, tenantId, domain, caFile, credentialsFile };
}

/** Whether the tenant of this folder answers there: only it knows the token. */
async function answers(address: TenantAddress): Promise<boolean> {
  let token: string;
  try {
    token = (await readPlainText(address.adminTokenFile)).trim();
  } catch {
    // Without its token file it is not ours, or not there.
    return false;
  }
  return new Promise((resolve) => {
    const request = get(
      `${address.adminUrl}/state`,
      { headers: { authorization: `Bearer ${token}` }, timeout: askMs },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** The tenant that runs for this folder, if one does. */
export async function findTenant(folder: string): Promise<TenantAddress | undefined> {
  let text: string;
  try {
    text = await readPlainText(join(folder, runningFileName));
  } catch {
    // None was started, or it ended in order.
    return undefined;
  }
  const address = addressOf(text);
  return address !== undefined && (await answers(address)) ? address : undefined;
}

/** Why a child is no tenant; `busy`: another one has the data. */
interface Failure {
  readonly error: LapsError;
  readonly busy: boolean;
}

const knownCodes = ['ERR_LAPS_PORT_TAKEN', 'ERR_LAPS_TENANT_LOST', 'ERR_LAPS_DISK'] as const;
const isKnown = (code: string): code is (typeof knownCodes)[number] => knownCodes.some((known) => known === code);

/** What the child said before it ended: its own error document. */
function failureOf(said: string, told: string): Failure {
  const document = objectOf(said)?.['error'];
  const inner = typeof document === 'object' && document !== null ? objectOf(JSON.stringify(document)) : undefined;
  const code = textIn(inner, 'code');
  const message = textIn(inner, 'message') ?? 'it ended before it answered';
  const hint = textIn(inner, 'hint');
  const known = code !== undefined && isKnown(code) ? code : 'ERR_LAPS_NO_TENANT';
  const error = new LapsError(known, {
    message: known === 'ERR_LAPS_PORT_TAKEN' ? message : `the embedded tenant could not be started: ${message}`,
    hint: hint ?? 'laps tenant shows what keeps it from starting',
    detail: told.slice(0, 2000),
  });
  return { error, busy: code === 'ERR_LAPS_INSTANCE_RUNNING' };
}

/** Waits for the ready line, or for what the child says otherwise. */
function ready(child: ChildProcess): Promise<TenantAddress | Failure> {
  return new Promise((resolve) => {
    let out = '';
    let err = '';
    const timer = setTimeout(() => finish(failureOf('', 'no answer in time')), startMs);
    const finish = (result: TenantAddress | Failure): void => {
      clearTimeout(timer);
      child.stdout?.removeAllListeners('data');
      child.stdout?.resume();
      child.removeAllListeners('exit');
      resolve(result);
    };
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
      const end = out.indexOf('\n');
      if (end < 0) return;
      finish(addressOf(out.slice(0, end)) ?? failureOf(out.slice(0, end), err));
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (err.length < 4096) err += chunk.toString('utf8');
    });
    child.on('error', (error) => finish(failureOf('', error.message)));
    child.on('exit', () => finish(failureOf(out, err)));
  });
}

/** Whether it has ended within that time; without one, waits for it. */
function ended(child: ChildProcess, withinMs?: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = withinMs === undefined ? undefined : setTimeout(() => resolve(false), withinMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

interface TenantRequest {
  /** The data folder's `tenant`. */
  readonly folder: string;
  readonly self: { readonly program: string; readonly words: readonly string[] };
  /** Words after `tenant`, the ports and the data folder among them. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long one that is started here may take to end; default as long as it can need. */
  readonly endMs?: number;
}

/** Starts one; the child with its address, or why there is none. */
async function startOne({
  self,
  words,
  env,
}: TenantRequest): Promise<{ child: ChildProcess; address: TenantAddress } | Failure> {
  // Its own process group: Ctrl-C reaches the daemon, which parks its step and then lets the tenant go.
  const child = spawn(self.program, [...self.words, 'tenant', ...words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...withoutServiceManager(env) },
    detached: true,
  });
  child.stdin?.on('error', () => {});
  const answer = await ready(child);
  if ('error' in answer) {
    child.kill('SIGKILL');
    return answer;
  }
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  return { child, address: answer };
}

/** What this process has of the tenant of a folder: one use, for however many handles, and the child where it started one. */
interface Share {
  readonly use: Promise<TenantUse>;
  handles: number;
  child: ChildProcess | undefined;
}
const shares = new Map<string, Share>();

/** Gives up one handle; with the last of this process its use, and a tenant that nobody else uses either has then ended. */
async function giveUp(request: TenantRequest, share: Share): Promise<void> {
  const { folder } = request;
  share.handles -= 1;
  if (share.handles > 0) return;
  shares.delete(folder);
  const { child } = share;
  // The tenant hears of it by the end of the pipe: that also comes when this process is killed.
  child?.stdin?.end();
  const use = await share.use;
  const isLast = use.isLast();
  use.release();
  if (child === undefined || !isLast) return;
  child.ref();
  if (await ended(child, request.endMs ?? endMs)) return;
  // It hangs, and its data bears being killed at any moment; or a command came just now and uses it: then it stays.
  await unlessUsed(folder, async () => {
    child.kill('SIGKILL');
    await ended(child);
  });
  child.unref();
}

/** The tenant's address, of one that runs or was started now. */
async function findOrStart(
  request: TenantRequest,
  share: Share,
): Promise<{ address: TenantAddress; started: boolean }> {
  await share.use;
  const until = systemClock.monotonicMs() + otherStartMs;
  for (;;) {
    const found = await findTenant(request.folder);
    if (found !== undefined) return { address: found, started: false };
    const result = await startOne(request);
    if ('child' in result) {
      share.child = result.child;
      return { address: result.address, started: true };
    }
    // Another command was faster and has the data: its tenant is the one, as soon as it answers.
    if (!result.busy || systemClock.monotonicMs() >= until) throw result.error;
    await sleep(retryMs);
  }
}

/** Finds or starts the embedded tenant. Throws ERR_LAPS_PORT_TAKEN, ERR_LAPS_TENANT_LOST, ERR_LAPS_DISK or ERR_LAPS_NO_TENANT. */
export async function embeddedTenant(request: TenantRequest): Promise<TenantHandle> {
  const { folder } = request;
  const share: Share = shares.get(folder) ?? { use: useTenant(folder), handles: 0, child: undefined };
  shares.set(folder, share);
  share.handles += 1;
  try {
    const found = await findOrStart(request, share);
    let isHeld = true;
    return {
      ...found,
      async release() {
        if (!isHeld) return;
        isHeld = false;
        await giveUp(request, share);
      },
    };
  } catch (error) {
    // What kept it from starting says more than what then keeps it from being given up.
    await giveUp(request, share).catch(() => {});
    throw error;
  }
}
