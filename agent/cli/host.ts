/**
 * Streams of a process as a Host.
 *
 * Promises: a password typed at a terminal is not shown; one given on standard input loses its line end and nothing
 * else. Must never: keep what it read longer than it takes to hand it on.
 */
import { LapsError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Host, Input, Output } from './face.ts';

/** As much of node's streams as is used, so that this room needs no node types. */
interface Readable {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}
interface Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(content: string | Uint8Array): unknown;
}

/** Streams may be getters: node makes each at the first touch, which a command that never reads or warns saves. */
export interface ProcessParts extends Omit<Host, 'stdin' | 'stdout' | 'stderr'> {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

const newline = 10;
const carriageReturn = 13;
const ctrlC = 3;
const ctrlD = 4;
const backspaces = [8, 127];
/** The longest password that a prompt takes, in bytes; more is a mistake. */
const maxSecretBytes = 4096;

function outputOf(stream: () => Writable): Output {
  return {
    write: (text) => void stream().write(text),
    writeBytes: (bytes) => void stream().write(bytes),
    get isTTY() {
      return stream().isTTY === true;
    },
    get columns() {
      // A terminal that does not know its size says 0.
      const { columns } = stream();
      return columns === undefined || columns <= 0 ? 80 : columns;
    },
  };
}

const givenUp = (): LapsError =>
  new LapsError('ERR_LAPS_INTERRUPTED', {
    message: 'interrupted before an answer was given; nothing was done',
    hint: 'run it again',
  });

/** Bytes up to the first line end; `rest` keeps what came after it for the next reader. */
function createInput(parts: Pick<ProcessParts, 'stdin' | 'stderr' | 'interrupted'>): Input {
  let rest: number[] = [];
  let ended = false;

  function readLine(hidden: boolean): Promise<number[] | undefined> {
    const stream = parts.stdin;
    return new Promise((resolve, reject) => {
      const line: number[] = [];
      const leave = (): void => {
        stream.off('data', onData);
        stream.off('end', onEnd);
        parts.interrupted.removeEventListener('abort', giveUp);
        if (hidden) stream.setRawMode?.(false);
        stream.pause();
      };
      const finish = (result: number[] | undefined): void => {
        leave();
        resolve(result);
      };
      const giveUp = (): void => {
        leave();
        reject(givenUp());
      };
      const take = (bytes: Iterable<number>): boolean => {
        const all = [...bytes];
        for (let at = 0; at < all.length; at++) {
          const byte = all[at] ?? newline;
          if (byte === newline || (hidden && byte === carriageReturn)) {
            rest = all.slice(at + 1);
            if (line.at(-1) === carriageReturn) line.pop();
            finish(line);
            return true;
          }
          if (hidden && (byte === ctrlC || byte === ctrlD)) {
            if (byte === ctrlC) giveUp();
            else finish(undefined);
            return true;
          }
          if (hidden && backspaces.includes(byte)) line.pop();
          else if (line.length < maxSecretBytes) line.push(byte);
        }
        return false;
      };
      const onData = (chunk: Uint8Array): void => void take(chunk);
      const onEnd = (): void => {
        ended = true;
        finish(line.length === 0 ? undefined : line);
      };
      const waiting = rest;
      rest = [];
      if (take(waiting)) return;
      if (ended) {
        resolve(line.length === 0 ? undefined : line);
        return;
      }
      if (parts.interrupted.aborted) {
        reject(givenUp());
        return;
      }
      parts.interrupted.addEventListener('abort', giveUp, { once: true });
      if (hidden) stream.setRawMode?.(true);
      stream.on('data', onData);
      stream.on('end', onEnd);
      stream.resume();
    });
  }

  const text = (bytes: number[]): string => new TextDecoder().decode(Uint8Array.from(bytes));
  return {
    get isTTY() {
      return parts.stdin.isTTY === true;
    },
    async readAll() {
      const stream = parts.stdin;
      const chunks: Uint8Array[] = [Uint8Array.from(rest)];
      rest = [];
      if (!ended) {
        await new Promise<void>((resolve, reject) => {
          const giveUp = (): void => reject(givenUp());
          stream.on('data', (chunk) => chunks.push(chunk));
          stream.on('end', () => {
            parts.interrupted.removeEventListener('abort', giveUp);
            resolve();
          });
          if (parts.interrupted.aborted) giveUp();
          parts.interrupted.addEventListener('abort', giveUp, { once: true });
          stream.resume();
        });
        ended = true;
      }
      const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of chunks) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      return whole;
    },
    async readSecret(prompt) {
      const hidden = parts.stdin.isTTY === true;
      if (hidden) parts.stderr.write(prompt);
      try {
        const line = await readLine(hidden);
        return line === undefined ? undefined : new Secret(text(line));
      } finally {
        if (hidden) parts.stderr.write('\n');
      }
    },
    async ask(question) {
      if (parts.stdin.isTTY !== true) return undefined;
      parts.stderr.write(question);
      let line: number[] | undefined;
      try {
        line = await readLine(false);
      } finally {
        // No line end was typed: what is said next begins a line of its own.
        if (line === undefined) parts.stderr.write('\n');
      }
      return line === undefined ? undefined : text(line);
    },
  };
}

export function createHost(parts: ProcessParts): Host {
  const { argv, env, cwd, interrupted } = parts;
  return {
    argv,
    env,
    cwd,
    interrupted,
    now: () => parts.now(),
    slim: () => parts.slim(),
    outliveOutput: () => parts.outliveOutput(),
    stdin: createInput(parts),
    stdout: outputOf(() => parts.stdout),
    stderr: outputOf(() => parts.stderr),
  };
}
