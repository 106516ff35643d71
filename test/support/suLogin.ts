/**
 * Logging in as a person does: `su` through PAM, from an unprivileged user, on a pseudo-terminal.
 *
 * Knows: util-linux `script`, which makes the terminal. Promises: the password is typed when it is asked for, and is never
 * a word of a command. Must never: be run outside a sandbox.
 */
import { spawn } from 'node:child_process';
import type { Sandbox } from './linuxSandbox.ts';

/** Tools it needs inside. */
export const suTools = ['su', 'script', 'setpriv', 'id'] as const;

export interface SuEnd {
  readonly status: number | null;
  /** Everything that was on the terminal. */
  readonly screen: string;
}

/** Runs `command` as `account` from the unprivileged user `from`, by typing `password`. */
export function suLogin(
  sandbox: Pick<Sandbox, 'enter'>,
  who: { readonly account: string; readonly password: string; readonly from: string; readonly command?: string },
): Promise<SuEnd> {
  const { account, password, from, command = 'id -un' } = who;
  const unprivileged = ['setpriv', `--reuid=${from}`, `--regid=${from}`, '--clear-groups'];
  const [program = '', ...words] = [
    ...sandbox.enter,
    ...unprivileged,
    ...['script', '--quiet', '--return', '--command', `su ${account} -c '${command}'`, `/home/${from}/screen`],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TERM: 'dumb', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let screen = '';
    let typed = false;
    child.stdin.on('error', () => {});
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        screen += text;
        if (typed || !/password: ?$/i.test(screen)) return;
        typed = true;
        child.stdin.write(`${password}\n`);
      });
    child.on('error', reject);
    child.on('close', (status) => {
      child.stdin.destroy();
      resolve({ status, screen });
    });
  });
}
