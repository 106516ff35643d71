/**
 * Runs this very program again inside a sandbox of real accounts.
 *
 * Promises: whatever it starts there ends with it; the machine's own accounts are never seen. Must never: go on where
 * there can be no sandbox.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { openSandbox, sandboxObstacle } from '../../support/linuxSandbox.ts';
import { suTools } from '../../support/suLogin.ts';

/** The exit status of `file` run with `words` inside, or why it cannot be. */
export async function runInSandbox(
  file: string,
  words: readonly string[],
): Promise<
  { readonly kind: 'ended'; readonly status: number } | { readonly kind: 'impossible'; readonly why: string }
> {
  const why = sandboxObstacle(['chpasswd', 'usermod', 'unix_chkpwd', 'perl', ...suTools]);
  if (why !== undefined) return { kind: 'impossible', why };
  const sandbox = await openSandbox();
  try {
    // A machine without any record of sign-ins has a trouble of its own, which is not what is tried here.
    await sandbox.must(['touch', '/var/log/auth.log']);
    const [program = '', ...rest] = [
      ...sandbox.enter,
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      file,
      ...words,
    ];
    const env = { ...process.env, LAPS_ACCOUNTS: 'linux', LAPS_CRASH_OUTSIDE: readlinkSync('/proc/self/ns/mnt') };
    const child = spawn(program, rest, { stdio: 'inherit', env });
    // Ctrl-C reaches the child as well, which tidies up and ends.
    process.on('SIGINT', () => {});
    const [status] = await once(child, 'exit');
    return { kind: 'ended', status: typeof status === 'number' ? status : 1 };
  } finally {
    await sandbox.close();
  }
}
