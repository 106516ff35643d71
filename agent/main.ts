/**
 * The entry: turns a process into a Host and an exit code.
 *
 * Knows: process, its streams and signals. Promises: one exit code; no stack trace ever reaches a user; a second Ctrl-C
 * ends at once. Must never: know a verb.
 */
import { setFlagsFromString } from 'node:v8';
import { createHost } from './cli/host.ts';
import { runProgram } from './cli/program.ts';
import { openStandardOutput } from './edge/standardOutput.ts';

const interrupted = new AbortController();
let ending = false;
const end = (signal: NodeJS.Signals): void => {
  // The first asks politely: the step under way is parked. A second Ctrl-C is meant; a terminal that closes or a service
  // manager may well send two signals without meaning more by it.
  if (ending && signal === 'SIGINT') process.exit(130);
  ending = true;
  interrupted.abort();
};
process.on('SIGINT', end);
process.on('SIGTERM', end);
process.on('SIGHUP', end);
// SIGUSR1 would open Node's inspector to every local user who can reach its port.
process.on('SIGUSR1', () => {});
// A limit of file sizes would end it in the middle of a write, without a word; so the write fails and is told.
process.on('SIGXFSZ', () => {});
let outlivesOutput = false;
// `laps events | head` ends with its reader. A daemon does not: its journal may be restarted, its terminal closed.
const outputFailed = (code: string | undefined): void => {
  if (outlivesOutput) return;
  if (code === 'EPIPE') process.exit(0);
  // Also with --json: there is no other way left to say it, and a lost result must not look like a given one.
  process.stderr.write(
    `laps: error: the result could not be written (${code ?? 'no reason given'}) [ERR_LAPS_DISK]\nlaps: hint: look at where the output goes; what the command did stays done\n`,
  );
  process.exit(3);
};
const stdout = openStandardOutput({
  fd: 1,
  streamOf: () => process.stdout.on('error', (error: NodeJS.ErrnoException) => outputFailed(error.code)),
  onError: outputFailed,
});

/** A folder that was removed is still where this process is: paths from there lead nowhere, whole ones where they say. */
function presentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/proc/self/cwd';
  }
}

let stderrInUse = false;
const host = createHost({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: presentFolder(),
  get stdin() {
    return process.stdin;
  },
  stdout,
  get stderr() {
    // What cannot be told is not worth the end of what is under way.
    if (!stderrInUse) process.stderr.on('error', () => {});
    stderrInUse = true;
    return process.stderr;
  },
  now: () => Date.now(),
  // Without the optimising compilers: before anything is loaded, or their work on the loading stays in memory.
  slim: () => setFlagsFromString('--no-opt'),
  outliveOutput: () => {
    outlivesOutput = true;
  },
  interrupted: interrupted.signal,
});
process.exitCode = await runProgram(host);
// A handle left open by a library must not keep a finished command alive; output is flushed first.
stdout.write('', (error) => {
  // Before the stream's own event: a small result is lost only now.
  if (error != null) outputFailed('code' in error ? String(error.code) : undefined);
  if (stderrInUse) process.stderr.write('', () => process.exit());
  else process.exit();
});
