/**
 * systemd's side of the daemon: ready, status, sign of life, stopping (sd_notify).
 *
 * Knows: NOTIFY_SOCKET and WATCHDOG_USEC, and that Node has no datagrams, so that systemd-notify sends them, one short
 * process a message. Promises: messages arrive in order; a daemon that nobody manages says nothing and starts nothing; a
 * status is one plain line. Must never: hand the socket's name on to another program, or say WATCHDOG=1 unasked.
 */
import { spawn } from 'node:child_process';
import { LapsError } from '../core/errors.ts';
import { plainText } from './plainText.ts';
import type { Env } from './proxyEnv.ts';

export interface ServiceManager {
  /** Whether there is one that listens. */
  readonly listens: boolean;
  /** Milliseconds between two signs of life; undefined when none are wanted. */
  readonly signEveryMs: number | undefined;
  /** Throws ERR_LAPS_SERVICE when it could not be told: it would end this process for want of it. */
  ready(status: string): Promise<void>;
  status(text: string): Promise<void>;
  signOfLife(): Promise<void>;
  stopping(): Promise<void>;
}

const ours = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'JOURNAL_STREAM', 'INVOCATION_ID'] as const;

/** The environment for a program that is no part of the conversation with systemd. */
export function withoutServiceManager(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.some((each) => each === name)));
}

/** systemd-notify waits until systemd has read the message; that takes milliseconds. */
const sendMs = 10_000;
const searchPath = '/usr/bin:/bin';

function send(program: string, socket: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, [...words], {
      stdio: 'ignore',
      env: { PATH: searchPath, NOTIFY_SOCKET: socket },
      timeout: sendMs,
      killSignal: 'SIGKILL',
    });
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(code === 0 ? undefined : `it ended with ${signal ?? code}`));
  });
}

/** Half of what is allowed, as sd_watchdog_enabled(3) advises; WATCHDOG_PID says whom it is for. */
function signEveryMsOf(env: Env, pid: number): number | undefined {
  const { WATCHDOG_USEC: allowed = '', WATCHDOG_PID: whom = '' } = env;
  if (!/^[1-9]\d{0,15}$/.test(allowed) || (whom !== '' && whom !== String(pid))) return undefined;
  return Math.max(1, Math.floor(Number(allowed) / 2_000));
}

export function createServiceManager(deps: {
  readonly env: Env;
  readonly pid: number;
  /** Told once for the first message that did not get through. */
  readonly onLost: (problem: string) => void;
  /** systemd-notify, where a test has one of its own. */
  readonly program?: string;
}): ServiceManager {
  const { env, pid, onLost, program = 'systemd-notify' } = deps;
  const socket = env['NOTIFY_SOCKET'];
  const listens = socket !== undefined && /^[/@]/.test(socket);
  let last: Promise<unknown> = Promise.resolve();
  let told = false;

  function say(words: readonly string[]): Promise<string | undefined> {
    if (!listens) return Promise.resolve(undefined);
    const sent = last.then(() => send(program, socket, words));
    last = sent;
    return sent;
  }
  async function sayOrTell(...words: readonly string[]): Promise<void> {
    const problem = await say(words);
    if (problem !== undefined && !told) {
      told = true;
      onLost(problem);
    }
  }
  const statusWord = (text: string): string => `STATUS=${plainText(text, 300)}`;

  return {
    listens,
    signEveryMs: listens ? signEveryMsOf(env, pid) : undefined,
    async ready(status) {
      const problem = await say(['READY=1', `MAINPID=${pid}`, statusWord(status)]);
      if (problem === undefined) return;
      throw new LapsError('ERR_LAPS_SERVICE', {
        message: `systemd could not be told that the daemon is ready: ${plainText(problem, 200)}`,
        hint: 'systemd-notify must be there: on Debian it comes with the package systemd',
      });
    },
    status: (text) => sayOrTell(statusWord(text)),
    signOfLife: () => sayOrTell('WATCHDOG=1'),
    stopping: () => sayOrTell('STOPPING=1', statusWord('parking the step under way')),
  };
}

/** Gives a sign of life every so often while `deathSign` finds nothing; tells once when it first finds something. */
export function startSignsOfLife(deps: {
  readonly manager: Pick<ServiceManager, 'signEveryMs' | 'signOfLife' | 'status'>;
  readonly deathSign: () => string | undefined;
  readonly onStuck: (problem: string) => void;
}): () => void {
  const { manager, deathSign, onStuck } = deps;
  if (manager.signEveryMs === undefined) return () => {};
  let stuck = false;
  const timer = setInterval(() => {
    const problem = deathSign();
    if (problem === undefined) {
      stuck = false;
      void manager.signOfLife();
      return;
    }
    if (!stuck) {
      onStuck(problem);
      void manager.status(`stuck: ${problem}`);
    }
    stuck = true;
  }, manager.signEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
