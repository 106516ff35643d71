/**
 * A Face for tests of verbs: words in, text and status out, no process.
 *
 * Promises: what a verb writes to stdout and stderr is kept apart; `--json` silences stderr as the real one does. Must
 * never: parse options; give them as the parser would (camelCase).
 */
import type { Face, Verb } from '../../agent/cli/face.ts';
import { isLapsError, type LapsError } from '../../agent/core/errors.ts';
import { Secret } from '../../agent/core/secret.ts';

export interface FakeFaceInit {
  readonly args?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stands on standard input; readSecret takes its lines, readAll all of it. */
  readonly stdin?: string | Uint8Array;
  /** Answers to `ask`, in order; a terminal is there exactly when this is given. */
  readonly answers?: readonly string[];
  readonly columns?: number;
  readonly now?: () => number;
  readonly interrupted?: AbortSignal;
  /** Whether standard output is a terminal; when not given, as `answers` says. */
  readonly terminal?: boolean;
}

export interface FakeFace {
  readonly face: Face;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The JSON documents written, in order. */
  readonly documents: () => unknown[];
  /** What was written as bytes to either stream. */
  readonly bytes: () => Uint8Array;
  /** Questions asked with `ask` and `readSecret`. */
  readonly questions: readonly string[];
}

/** A face that keeps what is written. */
export function fakeFace(init: FakeFaceInit = {}): FakeFace {
  let stdout = '';
  let stderr = '';
  const toStdout = (text: string): void => {
    stdout += text;
  };
  const toStderr = (text: string): void => {
    stderr += text;
  };
  let written = new Uint8Array();
  const keepBytes = (more: Uint8Array): void => {
    written = Uint8Array.from([...written, ...more]);
  };
  const questions: string[] = [];
  const answers = [...(init.answers ?? [])];
  const isTTY = init.answers !== undefined;
  const bytes =
    typeof init.stdin === 'string' ? new TextEncoder().encode(init.stdin) : (init.stdin ?? new Uint8Array());
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const json = init.json ?? false;
  const documents: unknown[] = [];
  const columns = init.columns ?? 80;
  const face: Face = {
    host: {
      argv: [],
      env: init.env ?? {},
      cwd: init.cwd ?? '/nowhere',
      stdin: {
        isTTY,
        readAll: async () => bytes,
        readSecret: async (prompt) => {
          questions.push(prompt);
          const line = lines.shift();
          return line === undefined ? undefined : new Secret(line);
        },
        ask: async (question) => {
          questions.push(question);
          return answers.shift();
        },
      },
      stdout: { write: toStdout, writeBytes: keepBytes, isTTY: init.terminal ?? isTTY, columns },
      stderr: { write: toStderr, writeBytes: keepBytes, isTTY, columns },
      now: init.now ?? (() => 0),
      slim: () => {},
      outliveOutput: () => {},
      interrupted: init.interrupted ?? new AbortController().signal,
    },
    args: init.args ?? [],
    options: init.options ?? {},
    json,
    color: init.color ?? false,
    out: toStdout,
    outJson: (value) => {
      // Through JSON and back, as a reader of stdout would see it.
      const text = JSON.stringify(value);
      toStdout(`${text}\n`);
      documents.push(JSON.parse(text));
    },
    say: (text) => {
      if (!json) toStderr(text);
    },
  };
  return {
    face,
    stdout: () => stdout,
    stderr: () => stderr,
    documents: () => documents,
    bytes: () => written,
    questions,
  };
}

export interface VerbRun {
  /** The exit status, or that of the error thrown. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: unknown;
  readonly bytes: Uint8Array;
  readonly error: LapsError | undefined;
}

/** Runs a verb; a LapsError becomes its exit status, anything else fails the test. */
export async function runVerb(verb: Verb, init: FakeFaceInit = {}): Promise<VerbRun> {
  const fake = fakeFace(init);
  let status: number;
  let error: LapsError | undefined;
  try {
    status = await verb.run(fake.face);
  } catch (thrown) {
    if (!isLapsError(thrown)) throw thrown;
    error = thrown;
    status = thrown.exit;
  }
  return {
    status,
    stdout: fake.stdout(),
    stderr: fake.stderr(),
    json: fake.documents()[0],
    bytes: fake.bytes(),
    error,
  };
}
