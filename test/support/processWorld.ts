/**
 * One installation for tests of the whole program: a data folder, a policy folder, ports of its own.
 *
 * Promises: the embedded tenant's ports are this world's alone (below the range the system hands out), so that stopping
 * and starting again never meets another test's; everything said is kept for the search of secrets; all is gone after
 * `close`. Must never: touch the data of the person who runs the tests.
 */
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openPlace } from '../../agent/compose.ts';
import { isAlive, type LapsEnd, type LapsWish, type RunningLaps, startLaps } from './lapsProcess.ts';

const shipped = new URL('../../policies/csp.json', import.meta.url);

export interface ProcessWorld {
  /** Holds everything; also the working folder of every command. */
  readonly root: string;
  readonly data: string;
  readonly policies: string;
  readonly tenantPort: number;
  /** What every command and daemon has said so far, by its words. */
  readonly said: LapsEnd[];
  start(words: readonly string[], wish?: Partial<LapsWish>): RunningLaps;
  run(words: readonly string[], wish?: Partial<LapsWish>): Promise<LapsEnd>;
  /** Runs with --json and parses the one document; fails when stderr is not silent. */
  json(
    words: readonly string[],
    wish?: Partial<LapsWish>,
  ): Promise<{ readonly status: number; readonly value: unknown }>;
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>;
}

/** Every file below a folder by its path there; sockets and links are passed over. */
export function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const walk = (at: string): void => {
    for (const name of readdirSync(at).sort()) {
      const path = join(at, name);
      const stat = lstatSync(path);
      if (stat.isDirectory()) walk(path);
      else if (stat.isFile()) files.set(relative(folder, path), readFileSync(path));
    }
  };
  walk(folder);
  return files;
}

/** What an error must leave as it was: a hash over the files of the parts named (`identity`, `journal`, …). */
export function fingerprint(
  data: string,
  parts: readonly string[] = ['identity', 'journal', 'accounts', 'state'],
): string {
  const hash = createHash('sha256');
  for (const part of parts)
    for (const [path, bytes] of filesBelow(join(data, part))) {
      // Lock files carry the pid of the last holder, for people only.
      if (!path.endsWith('lock')) hash.update(`${part}/${path}\0${bytes.length}\0`).update(bytes);
    }
  return hash.digest('hex');
}

export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'laps-ways-')));
}

/** Whether nobody listens there. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

/** Twenty ports a process: two workers of one run, whose pids are neighbours, must never look at the same ones. */
let next = 20_000 + (process.pid % 600) * 20;

/** Two neighbouring ports outside the range from which the system serves port 0. */
export async function ownPorts(): Promise<{ tenantPort: number; tenantAdminPort: number }> {
  for (;;) {
    const port = next;
    next = next >= 31_998 ? 20_000 : next + 2;
    if ((await isFree(port)) && (await isFree(port + 1))) return { tenantPort: port, tenantAdminPort: port + 1 };
  }
}

/** Makes the folders; nothing runs yet. */
export async function createProcessWorld(): Promise<ProcessWorld> {
  const root = temporaryFolder();
  const [data, policies] = [join(root, 'data'), join(root, 'policies')];
  cpSync(shipped, join(policies, 'csp.json'));
  const place = await openPlace({ data, policies: undefined, env: {}, cwd: root, create: true });
  const ports = await ownPorts();
  await place?.remember({ tenant: 'embedded', ...ports });
  const said: LapsEnd[] = [];
  const running = new Set<RunningLaps>();

  function start(words: readonly string[], wish: Partial<LapsWish> = {}): RunningLaps {
    const env = { LAPS_DATA: data, LAPS_POLICIES: policies, ...wish.env };
    const started = startLaps(words, { cwd: root, ...wish, env });
    running.add(started);
    started.ended.then(
      (end) => {
        running.delete(started);
        said.push(end);
      },
      () => running.delete(started),
    );
    return started;
  }
  const run = (words: readonly string[], wish?: Partial<LapsWish>): Promise<LapsEnd> => start(words, wish).ended;
  return {
    root,
    data,
    policies,
    tenantPort: ports.tenantPort,
    said,
    start,
    run,
    async json(words, wish) {
      const { status, stdout, stderr } = await run([...words, '--json'], wish);
      if (stderr !== '') throw new Error(`laps ${words.join(' ')} --json is not silent on stderr: ${stderr}`);
      return { status: status ?? -1, value: JSON.parse(stdout) };
    },
    async close() {
      for (const one of running) if (isAlive(one.pid)) await one.stop('SIGKILL');
      rmSync(root, { recursive: true, force: true });
    },
  };
}
