/**
 * A program of the system that says a lot, or works as somebody else; accounts/systemTools.ts runs the others.
 *
 * Promises: in the C locale and with nothing of our environment; ended when it takes too long or says too much; a failure
 * is a value. Must never: be given a secret, or be found by the caller's PATH.
 */
import { type SpawnOptionsWithStdioTuple, type StdioNull, type StdioPipe, spawn } from 'node:child_process';
import { createSystemTools } from './accounts/systemTools.ts';

/** The full path of a program that nobody but root can have put there; undefined when there is none. */
export async function systemProgram(name: string): Promise<string | undefined> {
  return createSystemTools().find(name);
}

export type ProgramEnd =
  | { readonly kind: 'ended'; readonly status: number; readonly stdout: string }
  /** It could not be started, was ended for its time or its size, or died. */
  | { readonly kind: 'failed'; readonly problem: string };

export interface ProgramWish {
  readonly path: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Runs as this user, with nothing of ours. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/** Node throws for some of what it cannot start, such as another user without the power to become one. */
function started(
  path: string,
  args: readonly string[],
  options: SpawnOptionsWithStdioTuple<StdioNull, StdioPipe, StdioNull>,
) {
  try {
    return spawn(path, args, options);
  } catch {
    return undefined;
  }
}

/** Runs it to its end. What it says on standard error is not read: nothing is decided by it. */
export function runProgram(wish: ProgramWish): Promise<ProgramEnd> {
  const { path, args, timeoutMs, maxBytes, as } = wish;
  return new Promise((resolve) => {
    const child = started(path, args, {
      env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...as,
    });
    if (child === undefined) {
      resolve({ kind: 'failed', problem: `${path} could not be run` });
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    let problem: string | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      problem ??= `${path} said more than ${maxBytes} bytes`;
      child.kill('SIGKILL');
    });
    child.on('error', () => resolve({ kind: 'failed', problem: `${path} could not be run` }));
    child.on('close', (status, signal) => {
      if (problem !== undefined) resolve({ kind: 'failed', problem });
      else if (status === null) resolve({ kind: 'failed', problem: `${path} was ended by ${signal ?? 'a signal'}` });
      else resolve({ kind: 'ended', status, stdout: Buffer.concat(chunks).toString('utf8') });
    });
  });
}
