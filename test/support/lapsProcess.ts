/**
 * The `laps` command as a real process: the built bundle, its streams, its exit status.
 *
 * Knows: which bundle (dist/, built by `npm test`'s pretest; LAPS_TEST_BUNDLE names another). Promises: nothing of the
 * test runner's own environment that would change the answer gets in; whatever it started is ended by `close`. Must
 * never: wait by the clock; it waits for words or for the end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The test build of the command. */
export const bundle = process.env['LAPS_TEST_BUNDLE'] ?? fileURLToPath(new URL('../../dist/laps.js', import.meta.url));

/** The same with places where LAPS_FAULT_POINT makes it die, built by the same pretest. */
export const mortalBundle = fileURLToPath(new URL('../../dist-test/laps.js', import.meta.url));

export interface LapsWish {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input, which then ends; without it, an empty one. */
  readonly stdin?: string;
  /** Another user to run as; only root may. */
  readonly uid?: number;
  /** Another build of the command, for instance {@link mortalBundle}. */
  readonly bundle?: string;
  /** Words before the program's own, for instance a sandbox's `enter`. */
  readonly within?: readonly string[];
}

export interface LapsEnd {
  readonly words: readonly string[];
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningLaps {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout has what is looked for; rejects with all it said when it ends before. */
  says(pattern: RegExp): Promise<void>;
  /** Asks it to end; how long it took in ms is the difference of two readings by the caller. */
  stop(signal?: NodeJS.Signals): Promise<LapsEnd>;
  readonly ended: Promise<LapsEnd>;
}

/** An environment without what the runner's own would bring in: proxies, other data, other trust, colours. */
function cleanEnv(more: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  // In UTC, so that what is shown does not depend on where the machine stands.
  return { PATH, HOME, TZ: 'UTC', ...more };
}

/** Starts `laps WORDS` and returns at once. */
export function startLaps(words: readonly string[], wish: LapsWish): RunningLaps {
  const built = wish.bundle ?? bundle;
  if (!existsSync(built)) throw new Error(`${built} is missing: npm run build (npm test does it by itself)`);
  const [program = '', ...rest] = [...(wish.within ?? []), process.execPath, built, ...words];
  const child: ChildProcess = spawn(program, rest, {
    cwd: wish.cwd,
    env: cleanEnv(wish.env ?? {}),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(wish.uid === undefined ? {} : { uid: wish.uid, gid: wish.uid }),
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdin?.on('error', () => {});
  child.stdin?.end(wish.stdin ?? '');
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<LapsEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ words, status, signal, stdout, stderr }));
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(stdout)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        ended.then(
          () => reject(new Error(`laps ${words.join(' ')} ended without saying ${pattern}:\n${stdout}${stderr}`)),
          reject,
        );
      }),
    stop(signal = 'SIGINT') {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** Runs `laps WORDS` to its end. */
export function laps(words: readonly string[], wish: LapsWish): Promise<LapsEnd> {
  return startLaps(words, wish).ended;
}

/** Whether a process of this id is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What other users may read of a process while it runs: its command line and (root and its owner only) environment. */
export function procOf(pid: number): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of ['cmdline', 'environ']) {
    try {
      texts[`/proc/${name} of ${pid}`] = readFileSync(`/proc/${pid}/${name}`, 'latin1').replaceAll('\0', '\n');
    } catch {
      // No /proc on this system, or the process has just ended.
    }
  }
  return texts;
}
