/**
 * The `laps` command inside the test's own process: the whole program but for the process around it.
 *
 * Promises: words in; status, stdout and stderr out, as a script would see them (no terminal). Must never: be used where
 * signals, locks between processes or the embedded tenant are the point; those want a real process.
 */
import { Readable } from 'node:stream';
import type { Host } from '../../agent/cli/face.ts';
import { createHost } from '../../agent/cli/host.ts';
import { runProgram } from '../../agent/cli/program.ts';

export interface HereWish {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly interrupted?: AbortSignal;
  readonly now?: () => number;
  /** Width of the output; 80 when not given. */
  readonly columns?: number;
}

export interface HereEnd {
  readonly words: readonly string[];
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `laps WORDS` here. */
export async function lapsHere(words: readonly string[], wish: HereWish): Promise<HereEnd> {
  let stdout = '';
  let stderr = '';
  const to = (keep: (text: string) => void) => ({
    isTTY: false,
    columns: wish.columns ?? 80,
    write: (text: string) => keep(text),
    writeBytes: (bytes: Uint8Array) => keep(new TextDecoder().decode(bytes)),
  });
  const parts: Parameters<typeof createHost>[0] = {
    argv: words,
    env: wish.env ?? {},
    cwd: wish.cwd,
    stdin: Readable.from([Buffer.from(wish.stdin ?? '')]),
    stdout: to((text) => {
      stdout += text;
    }),
    stderr: to((text) => {
      stderr += text;
    }),
    now: wish.now ?? (() => Date.now()),
    slim: () => {},
    outliveOutput: () => {},
    interrupted: wish.interrupted ?? new AbortController().signal,
  };
  const host: Host = createHost(parts);
  return { words, status: await runProgram(host), stdout, stderr };
}
