/**
 * The embedded tenant as a child process (design 5): found when it runs, started when it does not, gone with its starter.
 *
 * Knows: the file in which a running one says where it is, and the words that start one. Promises: two commands at once
 * end up with one tenant; a tenant that was started here ends when this process does, however it does. Must never: reach
 * into the tenant; it is spoken to over HTTPS, or asked over its guarded listener whether it is there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { withoutServiceManager } from './serviceManager.ts';
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
  /** Ends it if it was started here; a tenant of somebody else goes on. */
  release(): Promise<void>;
}

/** Where a running embedded tenant says where it is, below the data folder's `tenant`. */
export const runningFileName = 'running.json';

const startMs = 20_000;
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
    token = (await readFile(address.adminTokenFile, 'utf8')).trim();
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
    text = await readFile(join(folder, runningFileName), 'utf8');
  } catch {
    // None was started, or it ended in order.
    return undefined;
  }
  const address = addressOf(text);
  return address !== undefined && (await answers(address)) ? address : undefined;
}

/** What the child said before it ended: its own error document. */
function failureOf(said: string, told: string): LapsError {
  const error = objectOf(said)?.['error'];
  const inner = typeof error === 'object' && error !== null ? objectOf(JSON.stringify(error)) : undefined;
  const code = textIn(inner, 'code');
  const message = textIn(inner, 'message') ?? 'it ended before it answered';
  const hint = textIn(inner, 'hint');
  const known = code === 'ERR_LAPS_PORT_TAKEN' || code === 'ERR_LAPS_TENANT_LOST' ? code : 'ERR_LAPS_NO_TENANT';
  return new LapsError(known, {
    message: known === 'ERR_LAPS_PORT_TAKEN' ? message : `the embedded tenant could not be started: ${message}`,
    hint: hint ?? 'laps tenant shows what keeps it from starting',
    detail: told.slice(0, 2000),
  });
}

/** Waits for the ready line; rejects with what the child said otherwise. */
function ready(child: ChildProcess): Promise<TenantAddress> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    const timer = setTimeout(() => finish(failureOf('', 'no answer in time')), startMs);
    const finish = (result: TenantAddress | LapsError): void => {
      clearTimeout(timer);
      child.stdout?.removeAllListeners('data');
      child.stdout?.resume();
      child.removeAllListeners('exit');
      if (result instanceof LapsError) reject(result);
      else resolve(result);
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

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Finds or starts the embedded tenant. Throws ERR_LAPS_PORT_TAKEN, ERR_LAPS_TENANT_LOST or ERR_LAPS_NO_TENANT. */
export async function embeddedTenant(request: {
  /** The data folder's `tenant`. */
  readonly folder: string;
  readonly self: { readonly program: string; readonly words: readonly string[] };
  /** Words after `tenant`, the ports and the data folder among them. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<TenantHandle> {
  const found = await findTenant(request.folder);
  if (found !== undefined) return { address: found, started: false, release: async () => {} };
  const { program, words } = request.self;
  // Its own process group: Ctrl-C reaches the daemon, which parks its step and then lets the tenant go.
  const child = spawn(program, [...words, 'tenant', ...request.words], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...withoutServiceManager(request.env) },
    detached: true,
  });
  child.stdin?.on('error', () => {});
  try {
    const address = await ready(child);
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr])
      if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
    return {
      address,
      started: true,
      async release() {
        // The tenant ends when the pipe does: that also holds when this process is killed.
        child.ref();
        child.stdin?.end();
        await ended(child);
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    // Another command may have been faster and hold the port: then its tenant is the one.
    const other = await findTenant(request.folder);
    if (other !== undefined) return { address: other, started: false, release: async () => {} };
    throw error;
  }
}
