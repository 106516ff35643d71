/**
 * A place to measure at: a bundle of its own, a running tenant, joined devices, all in a temporary folder.
 *
 * Knows: the `laps` command as a user runs it. Promises: what was started here is ended by `close`, and the folder is
 * gone. Must never: touch dist/ or ./.laps, which others may be using.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone this file lies in. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = 'dist-bench';
/** The command as bundled for this measurement. */
export const program = join(root, folder, 'laps.js');

/** Bundles what ships into a folder of its own. */
export function buildProgram(): void {
  execFileSync(process.execPath, ['build.config.mjs', '--outdir', folder], { cwd: root, stdio: 'inherit' });
}

/** A child process that has said its first line. */
export interface Started {
  readonly pid: number;
  /** Its first line on stdout. */
  readonly line: string;
  /** From the spawn to that line. */
  readonly readyMs: number;
  /** Ends it politely and waits. */
  close(): Promise<void>;
}

/** Starts node with `words`, on one core when `core` is given, and waits for a line of stdout that `isReady` accepts. */
export async function startNode(
  words: readonly string[],
  wish: { readonly core?: number; readonly isReady?: (line: string) => boolean } = {},
): Promise<Started> {
  const started = performance.now();
  const [command, ...first] = wish.core === undefined ? [] : ['taskset', '-c', String(wish.core)];
  const child = spawn(command ?? process.execPath, [...first, ...(command ? [process.execPath] : []), ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await firstLine(child, wish.isReady ?? (() => true));
  const readyMs = performance.now() - started;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    line,
    readyMs,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function firstLine(child: ChildProcess, isReady: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const found = text.split('\n').slice(0, -1).find(isReady);
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready: ${text}`)));
  });
}

/** Contract 3, what `laps tenant --json` says first. */
export interface TenantSaid {
  readonly url: string;
  readonly tenantId: string;
  readonly domain: string;
  readonly caFile: string;
  readonly credentialsFile: string;
}

/** Where everything of this run lies. */
export interface Site {
  /** A fresh path in the temporary folder. */
  path(name: string): string;
  tenant(name: string, wish?: { readonly core?: number; readonly inMemory?: boolean }): Promise<Started & TenantSaid>;
  /** Joins a device of its own to the tenant; returns its data folder. */
  join(name: string, tenant: TenantSaid): string;
  close(): void;
}

/** Makes the temporary folder. */
export function openSite(): Site {
  const base = mkdtempSync(join(tmpdir(), 'laps-bench-'));
  const path = (name: string): string => join(base, name);
  return {
    path,
    async tenant(name, wish = {}) {
      const words = [program, 'tenant', '--json', '--port', '0', '--backups-per-hour', '0', '--data', path(name)];
      const kept = wish.inMemory === true ? [] : ['--data-file', path(`${name}.db`)];
      const started = await startNode([...words, ...kept], wish.core === undefined ? {} : { core: wish.core });
      // The parse boundary of our own command's documented line.
      return { ...started, ...(JSON.parse(started.line) as TenantSaid) };
    },
    join(name, tenant) {
      const user = `alice@${tenant.domain}`;
      const { users } = JSON.parse(readFileSync(tenant.credentialsFile, 'utf8')) as {
        readonly users: ReadonlyArray<{ readonly userPrincipalName: string; readonly password: string }>;
      };
      const password = users.find((each) => each.userPrincipalName === user)?.password ?? '';
      const words = ['join', '--tenant', tenant.url, '--user', user, '--ca-file', tenant.caFile, '--name', name];
      const joined = spawnSync(process.execPath, [program, ...words, '--data', path(name), '--json'], {
        cwd: root,
        input: `${password}\n`,
        encoding: 'utf8',
      });
      if (joined.status !== 0) throw new Error(`the device could not be joined: ${joined.stdout}${joined.stderr}`);
      return path(name);
    },
    close: () => rmSync(base, { recursive: true, force: true }),
  };
}
