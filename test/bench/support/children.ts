/**
 * The `laps` command as processes that are meant to be killed.
 *
 * Knows: one bundle, and every process it started. Promises: nothing of the runner's own environment that would change
 * an answer gets in; kills one process by its id; whatever is left is ended by `endAll`. Must never: end a process it
 * did not start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Running {
  readonly pid: number;
  /** Epoch ms it was started. */
  readonly startedAt: number;
  /** Resolves when it is gone and its streams are read to their end. */
  readonly ended: Promise<Ended>;
  stdout(): string;
  /** SIGKILL unless another is named; nothing happens when it is gone. */
  kill(signal?: NodeJS.Signals): void;
  /** Resolves with true once stdout has it, with false when it ended before or `ms` went by. */
  says(pattern: RegExp, ms: number): Promise<boolean>;
}

export interface StartWish {
  /** Standard input, which then ends. */
  readonly stdin?: string;
  /** Keeps standard input open: the embedded tenant lives as long as it does. */
  readonly holdStdin?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its words that the command is started by (`strace …`, `setpriv …`). */
  readonly within?: readonly string[];
}

export interface Commands {
  start(words: readonly string[], wish?: StartWish): Running;
  run(words: readonly string[], wish?: StartWish): Promise<Ended>;
  endAll(): Promise<void>;
}

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The command whose entry is `bundle`; `onOutput` is given everything any of its processes said. */
export function createCommands(deps: {
  readonly bundle: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput?: (text: string) => void;
}): Commands {
  const alive = new Set<ChildProcess>();
  const { PATH = '', HOME = '' } = process.env;

  function start(words: readonly string[], wish: StartWish = {}): Running {
    const startedAt = Date.now();
    const from = performance.now();
    const [program = process.execPath, ...first] = [...(wish.within ?? []), process.execPath];
    const child = spawn(program, [...first, deps.bundle, ...words], {
      cwd: deps.cwd,
      env: { PATH, HOME, TZ: 'UTC', ...deps.env, ...wish.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    alive.add(child);
    const listeners = new Set<() => void>();
    let stdout = '';
    let stderr = '';
    let over = false;
    child.stdin.on('error', () => {});
    if (wish.holdStdin !== true) child.stdin.end(wish.stdin ?? '');
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      for (const listener of [...listeners]) listener();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => {
        over = true;
        alive.delete(child);
        for (const listener of [...listeners]) listener();
        deps.onOutput?.(`${stdout}\n${stderr}\n`);
        resolve({ status, signal, stdout, stderr, tookMs: performance.now() - from });
      });
    });
    return {
      pid: child.pid ?? 0,
      startedAt,
      ended,
      stdout: () => stdout,
      kill(signal = 'SIGKILL') {
        child.kill(signal);
      },
      says: (pattern, ms) =>
        new Promise((resolve) => {
          const done = (said: boolean): void => {
            clearTimeout(timer);
            listeners.delete(look);
            resolve(said);
          };
          const look = (): void => {
            if (pattern.test(stdout)) done(true);
            else if (over) done(false);
          };
          const timer = setTimeout(() => done(false), ms);
          listeners.add(look);
          look();
        }),
    };
  }

  return {
    start,
    run: (words, wish) => start(words, wish).ended,
    async endAll() {
      const left = [...alive];
      for (const child of left) child.kill('SIGKILL');
      await Promise.all(left.map((child) => (child.exitCode ?? child.signalCode) === null && once(child, 'close')));
    },
  };
}
