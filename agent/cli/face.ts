/**
 * What a verb is given and what it gives back.
 *
 * Knows: the streams, the words already taken apart, the wiring. Promises: results go to stdout, everything else to
 * stderr; with --json one document (or lines) on stdout and a silent stderr (contract 2). Must never: touch a global.
 */
import type { Command } from 'commander';
import type { Secret } from '../core/secret.ts';

export interface Output {
  write(text: string): void;
  /** A result that is no UTF-8 text; never for a terminal. */
  writeBytes(bytes: Uint8Array): void;
  readonly isTTY: boolean;
  /** Width in columns; 80 when unknown. */
  readonly columns: number;
}

export interface Input {
  readonly isTTY: boolean;
  /** Everything up to the end of the stream. */
  readAll(): Promise<Uint8Array>;
  /** One line without its end; asked with a hidden prompt on a terminal. Undefined at the end of the stream. */
  readSecret(prompt: string): Promise<Secret | undefined>;
  /** One visible answer from a terminal; undefined where there is no terminal. */
  ask(question: string): Promise<string | undefined>;
}

/** The process, as much of it as a verb may use. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Epoch ms. */
  now(): number;
  /** From here on the memory of this process counts for more than its speed. */
  slim(): void;
  /** From here on this process goes on when nobody reads its output any more. */
  outliveOutput(): void;
  /** Fires once, on Ctrl-C or a polite end request. */
  readonly interrupted: AbortSignal;
}

export interface Face {
  readonly host: Host;
  /** Positional words, in order. */
  readonly args: readonly string[];
  /** Options as the parser gives them, camelCase. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  /** Colour: only on a terminal, and not with NO_COLOR. */
  readonly color: boolean;
  /** A result for stdout, with its line end. */
  out(text: string): void;
  /** One JSON document or line for stdout. */
  outJson(value: unknown): void;
  /** Progress or remark for stderr; silent with --json. */
  say(text: string): void;
}

/** One verb: a file of `cli/` each, loaded only when asked for. */
export interface Verb {
  /** Arguments, options, description, examples. `--data`, `--policies`, `--json` and `--help` are added for all. */
  configure(command: Command): void;
  /** Returns the exit status; throws LapsError for what cannot be done. */
  run(face: Face): Promise<number>;
}
