/**
 * A machine of real Linux accounts that is not this one: a private mount namespace with a copy of /etc over /etc, and
 * a /dev of its own.
 *
 * Knows: unshare, nsenter and mount. Promises: useradd, chpasswd, su and whatever else is started through it change the
 * copy alone; with `ownPids` they also see and end no process but those started through it; all is gone after `close`,
 * or when the test process dies. Must never: run anything before the namespace is proven to be another one. Where it
 * cannot be had, the tests are skipped and their title says why.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SandboxWish {
  /** A process namespace too: for whatever ends processes. A signal then reaches what was started as SIGKILL only. */
  readonly ownPids?: boolean;
  /** Folders that are empty inside, besides /home, /run, /var/log and /var/mail. */
  readonly empty?: readonly string[];
}

export interface SandboxEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Sandbox {
  /** The sandbox's /etc, seen from outside: read and edit files there. */
  readonly etc: string;
  /** The whole of it, seen from outside. */
  readonly root: string;
  /**
   * Words to put before a program's own. Without `ownPids` the program takes over the process that was started, so a
   * signal sent to it arrives; with it, the program is a child that dies when that process does. It begins in /.
   */
  readonly enter: readonly string[];
  /** Runs a program to its end, `stdin` given and closed. */
  run(words: readonly string[], stdin?: string | Uint8Array): Promise<SandboxEnd>;
  /** As `run`, and throws with all it said when it fails. Returns its standard output. */
  must(words: readonly string[], stdin?: string | Uint8Array): Promise<string>;
  /** Makes an ordinary account with a home and a shell; returns its uid. */
  addUser(name: string, ...options: readonly string[]): Promise<number>;
  /** A line of passwd or shadow, split at its colons; undefined when nobody has that name. */
  lineOf(file: 'passwd' | 'shadow', name: string): readonly string[] | undefined;
  close(): Promise<void>;
}

const toolFolders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const own = ['unshare', 'nsenter', 'mount', 'sh', 'useradd'];

function toolNamed(name: string): string | undefined {
  return toolFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

let tried: string | undefined | null = null;

/** Why there can be no namespace here; asked once. */
function namespaceObstacle(): string | undefined {
  if (tried !== null) return tried;
  const attempt = spawnSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'true'], { encoding: 'utf8' });
  tried = attempt.status === 0 ? undefined : `no namespaces here: ${attempt.stderr?.trim() || 'unshare failed'}`;
  return tried;
}

/** Why a sandbox with these tools cannot be had here, or undefined. */
export function sandboxObstacle(tools: readonly string[] = []): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'only root can do this';
  const missing = [...own, ...tools].filter((tool) => toolNamed(tool) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  return namespaceObstacle();
}

/** The first line of what the holder says; rejects with everything when it ends before. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`the sandbox did not open: ${out}${err}`)));
  });
}

/** Runs `words` to their end. */
export async function runWords(words: readonly string[], stdin: string | Uint8Array = ''): Promise<SandboxEnd> {
  const [program = '', ...rest] = words;
  const PATH = toolFolders.join(':');
  const child = spawn(program, rest, { env: { PATH, LC_ALL: 'C', TZ: 'UTC' }, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status, signal] = await once(child, 'close');
  return { status, signal, stdout, stderr };
}

/** Opens one. Throws where {@link sandboxObstacle} says so. */
export async function openSandbox(wish: SandboxWish = {}): Promise<Sandbox> {
  const obstacle = sandboxObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
  const root = mkdtempSync(join(tmpdir(), 'laps-sandbox-'));
  const etc = join(root, 'etc');
  const { ownPids = false } = wish;
  const empty = ['/home', '/run', '/var/log', '/var/mail', ...(wish.empty ?? [])];
  const script = [
    'set -e',
    'cp -a /etc "$1"',
    'mount --bind "$1" /etc',
    'dev=$2',
    'shift 2',
    'for folder; do mkdir -p "$folder"; mount -t tmpfs -o mode=755 tmpfs "$folder"; done',
    // What is written to syslog goes to a keeper of the sandbox, or nowhere; the machine's own devices stay untouched.
    'mkdir "$dev"',
    'mount -t tmpfs -o mode=755 tmpfs "$dev"',
    'for node in null zero full random urandom tty; do : >"$dev/$node"; mount --bind "/dev/$node" "$dev/$node"; done',
    'mkdir "$dev/shm" "$dev/pts"',
    'mount --bind /dev/pts "$dev/pts"',
    'chmod 1777 "$dev/shm"',
    'mknod -m 666 "$dev/ptmx" c 5 2',
    'ln -s /proc/self/fd "$dev/fd"',
    'ln -s fd/0 "$dev/stdin"',
    'ln -s fd/1 "$dev/stdout"',
    'ln -s fd/2 "$dev/stderr"',
    'ln -s /run/systemd/journal/dev-log "$dev/log"',
    'mount --rbind "$dev" /dev',
    'echo ready',
    'exec cat',
  ].join('\n');
  const namespaces = ['--mount', '--propagation', 'private', ...(ownPids ? ['--pid', '--fork', '--mount-proc'] : [])];
  const killed = ownPids ? ['--kill-child=SIGKILL'] : [];
  // Lives as long as its standard input is open: it ends with the process that opened it, however that ends.
  const holder = spawn(
    'unshare',
    [...namespaces, ...killed, 'sh', '-c', script, 'sandbox', etc, join(root, 'dev'), ...empty],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  holder.stdin.on('error', () => {});
  const close = async (): Promise<void> => {
    if ((holder.exitCode ?? holder.signalCode) === null) {
      const ended = once(holder, 'close');
      holder.kill('SIGKILL');
      await ended;
    }
    rmSync(root, { recursive: true, force: true });
  };
  try {
    if ((await firstLine(holder)) !== 'ready') throw new Error('the sandbox did not open');
    const namespace = `/proc/${holder.pid}/ns`;
    if (readlinkSync(`${namespace}/mnt`) === readlinkSync('/proc/self/ns/mnt'))
      throw new Error('the sandbox is no namespace of its own');
    const pids = ownPids ? [`--pid=${namespace}/pid_for_children`] : [];
    const follow = ownPids ? ['setpriv', '--pdeathsig', 'SIGKILL'] : [];
    const enter = ['nsenter', `--mount=${namespace}/mnt`, ...pids, '--', ...follow];
    const run: Sandbox['run'] = (words, stdin) => runWords([...enter, ...words], stdin);
    const lineOf: Sandbox['lineOf'] = (file, name) =>
      readFileSync(join(etc, file), 'latin1')
        .split('\n')
        .map((line) => line.split(':'))
        .find(([first]) => first === name);
    const must: Sandbox['must'] = async (words, stdin) => {
      const end = await run(words, stdin);
      if (end.status !== 0) throw new Error(`${words.join(' ')}: ${end.status} ${end.stdout}${end.stderr}`);
      return end.stdout;
    };
    return {
      etc,
      root: `/proc/${holder.pid}/root`,
      enter,
      run,
      must,
      lineOf,
      async addUser(name, ...options) {
        await must(['useradd', '--create-home', '--shell', '/bin/sh', ...options, name]);
        return Number(lineOf('passwd', name)?.[2]);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A `describe` whose tests share one sandbox; skipped, and its title says why, where there can be none. */
export function describeInSandbox(
  title: string,
  wish: SandboxWish & { readonly tools?: readonly string[] },
  body: (sandbox: () => Sandbox) => void,
): void {
  const obstacle = sandboxObstacle(wish.tools);
  describe(obstacle === undefined ? title : `${title} (skipped: ${obstacle})`, () => {
    let opened: Sandbox | undefined;
    before(async function () {
      if (obstacle !== undefined) this.skip();
      opened = await openSandbox(wish);
    });
    after(() => opened?.close());
    body(() => opened ?? unopened());
  });
}

function unopened(): never {
  throw new Error('the sandbox is open only while its tests run');
}
