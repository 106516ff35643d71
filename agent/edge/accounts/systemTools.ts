/**
 * The system's own programs for accounts: where they are, and how one is run.
 *
 * Knows: the folders that only root can write to. Promises: no shell, no word of the caller's PATH or environment; what
 * goes to standard input goes in one write; a program that takes too long is ended with everything it started. Must
 * never: put a secret among the words, or tell what a program said without it being cleaned.
 */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import { codeOf } from '../diskError.ts';
import { repeatsSecret } from '../wireText.ts';

const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'] as const;
const environment = { PATH: folders.join(':'), LC_ALL: 'C' } as const;
/** What is kept of what a program says. */
const maxSaid = 4096;

export interface ToolEnd {
  /** Null when it was ended by a signal. */
  readonly status: number | null;
  readonly timedOut: boolean;
  /** Whether it took all of its standard input. */
  readonly delivered: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOrder {
  readonly path: string;
  readonly words: readonly string[];
  /** Wiped once it is delivered. */
  readonly stdin?: Buffer;
  readonly timeoutMs: number;
  /** An open file that the program keeps open as well, for instance a lock's. */
  readonly keeps?: number;
  /** Called before anything is written to its standard input. */
  readonly onStarted?: (pid: number) => void;
  /** Called when everything has been handed over. */
  readonly onDelivered?: () => void;
}

export interface SystemTools {
  /** Absolute path of a program that nobody but root can have put there; undefined when there is none. */
  find(name: string): Promise<string | undefined>;
  /** Throws ERR_LAPS_ACCOUNT_REFUSED when the program cannot be started. */
  run(order: ToolOrder): Promise<ToolEnd>;
}

async function isRootsAlone(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  try {
    const facts = await stat(path);
    const isKind = kind === 'file' ? facts.isFile() : facts.isDirectory();
    return isKind && facts.uid === 0 && (facts.mode & 0o022) === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone in the same moment.
  }
}

/** The programs of this machine. `within`: words before each, by which a test brings them into its sandbox. */
export function createSystemTools(deps: { readonly within?: readonly string[] } = {}): SystemTools {
  const { within = [] } = deps;

  function run(order: ToolOrder): Promise<ToolEnd> {
    const [program = '', ...words] = [...within, order.path, ...order.words];
    return new Promise((resolve, reject) => {
      const child = spawn(program, words, {
        cwd: '/',
        env: { ...environment },
        // A group of its own: Ctrl-C in our terminal is not for it, and a signal reaches whatever it starts.
        detached: true,
        stdio: order.keeps === undefined ? ['pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe', order.keeps],
      });
      const said = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const)
        child[name]?.setEncoding('utf8').on('data', (text: string) => {
          said[name] = (said[name] + text).slice(0, maxSaid);
        });
      let timedOut = false;
      let delivered = false;
      const timer = setTimeout(() => {
        timedOut = true;
        if (child.pid !== undefined) endGroup(child.pid);
        // Whatever left the group keeps the pipes: its words are not waited for.
        for (const name of ['stdout', 'stderr'] as const) child[name]?.destroy();
      }, order.timeoutMs);
      child.on('error', (error) => {
        clearTimeout(timer);
        order.stdin?.fill(0);
        reject(
          new LapsError('ERR_LAPS_ACCOUNT_REFUSED', {
            message: `${order.path} could not be started: the system answers ${codeOf(error) ?? 'an unknown error'}`,
            hint: 'nothing was changed; the next cycle tries again',
          }),
        );
      });
      child.on('close', (status) => {
        clearTimeout(timer);
        order.stdin?.fill(0);
        resolve({ status, timedOut, delivered, ...said });
      });
      // It may end before it has read anything (EPIPE): `delivered` says so, and its status why.
      child.stdin?.on('error', () => {});
      if (child.pid === undefined) return;
      order.onStarted?.(child.pid);
      child.stdin?.end(order.stdin ?? Buffer.alloc(0), (error?: Error | null) => {
        // Called for a failure as well.
        if (error) return;
        delivered = true;
        order.onDelivered?.();
      });
    });
  }

  return {
    async find(name) {
      for (const folder of folders) {
        const path = join(folder, name);
        if ((await isRootsAlone(folder, 'folder')) && (await isRootsAlone(path, 'file'))) return path;
      }
      return undefined;
    },
    run,
  };
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * What a program said, fit for a person: one line, no control characters, its own name left out; and nothing at all of a
 * text that repeats the secret or a part of it, which is looked for before anything is cut off.
 */
export function saidBy(end: ToolEnd, secret = ''): string {
  const said = end.stderr.trim() === '' ? end.stdout : end.stderr;
  const line = said
    .replace(unseen, ' ')
    .replace(/\b[a-z_]+: (?=\()/g, '')
    .trim();
  const [kept, bare] = [new Secret(secret), said.replace(unseen, '')];
  if ([line, bare].some((text) => repeatsSecret(text, kept)))
    return 'what it said is left out, for it holds the password';
  if (line !== '') return line.slice(0, 300);
  return end.timedOut ? 'it took too long' : `it ended with ${end.status ?? 'a signal'} and no word`;
}
