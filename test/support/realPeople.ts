/**
 * People on a real machine of the sandbox: who log in through su on a terminal of their own, and records that tell of it.
 *
 * Knows: script(1) for a terminal, the journal daemon and rsyslogd as record keepers of the sandbox alone. Promises: what
 * is started here ends with the sandbox; nothing is written to the machine's own records. Must never: log in otherwise
 * than a person does, with a password at a prompt.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journalctl } from '../../agent/edge/signIns/journal.ts';
import { runWords, type Sandbox } from './linuxSandbox.ts';

const socketFolder = '/run/systemd/journal';
const journald = '/lib/systemd/systemd-journald';

/** Why there can be no journal in the sandbox. */
export function journalObstacle(): string | undefined {
  return existsSync(journald) ? undefined : `not installed: ${journald}`;
}

export interface Keeper {
  stop(): Promise<void>;
}

async function started(sandbox: Sandbox, words: readonly string[]): Promise<Keeper> {
  const [program = '', ...rest] = [...sandbox.enter, ...words];
  const child = spawn(program, rest, { stdio: 'ignore' });
  const isUp = `until [ -S ${socketFolder}/dev-log ]; do sleep 0.05; done`;
  await sandbox.must(['timeout', '20', 'sh', '-c', isUp]);
  return {
    async stop() {
      if ((child.exitCode ?? child.signalCode) !== null) return;
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The journal daemon itself, keeping a journal of the sandbox in memory. */
export async function startJournal(sandbox: Sandbox): Promise<Keeper> {
  await sandbox.must(['mkdir', '-p', socketFolder, '/run/log/journal']);
  return started(sandbox, [journald]);
}

/** This machine's journalctl, as it sees the sandbox. */
export function journalctlIn(sandbox: Sandbox): Journalctl {
  return async (args) => {
    const end = await runWords([...sandbox.enter, 'journalctl', ...args]);
    return end.status === null
      ? { kind: 'failed', problem: 'journalctl was ended' }
      : { kind: 'ended', status: end.status, stdout: end.stdout };
  };
}

/** A log file as Debian's rsyslog writes it; returns its path, seen from outside. */
export async function startLogFile(sandbox: Sandbox): Promise<Keeper & { readonly path: string }> {
  // Below /etc, the one folder of the sandbox that is seen from outside.
  const folder = join(sandbox.etc, 'records');
  await mkdir(folder, { recursive: true });
  await sandbox.must(['mkdir', '-p', socketFolder]);
  await writeFile(
    join(sandbox.etc, 'records.conf'),
    [
      `module(load="imuxsock" SysSock.Name="${socketFolder}/dev-log")`,
      'auth,authpriv.* action(type="omfile" file="/etc/records/auth.log")',
      '',
    ].join('\n'),
  );
  const keeper = await started(sandbox, ['rsyslogd', '-n', '-f', '/etc/records.conf', '-i', 'NONE']);
  return { ...keeper, path: join(folder, 'auth.log') };
}

/** Somebody at a terminal. */
export interface Person {
  /** All that the terminal showed. */
  shown(): string;
  /** Resolves when the terminal shows it, after what was shown before the call of `after`. */
  sees(pattern: RegExp): Promise<void>;
  type(text: string): void;
  /** Status of the terminal's end; resolves when it has ended. */
  readonly ended: Promise<unknown>;
  leave(): void;
}

/** Opens a terminal for the user `name` of the sandbox and runs `command` in it. */
export function atTerminal(sandbox: Sandbox, name: string, command: string): Person {
  const uid = sandbox.lineOf('passwd', name)?.[2];
  assert.ok(uid, `there is no ${name}`);
  const as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
  const [program = '', ...rest] = [...sandbox.enter, ...as, 'script', '--quiet', '--command', command, '/dev/null'];
  const child: ChildProcess = spawn(program, rest, {
    env: { PATH: '/usr/bin:/bin', TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  const waiting: Array<() => void> = [];
  const take = (chunk: string): void => {
    text += chunk;
    for (const each of waiting) each();
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  child.stdin?.on('error', () => {});
  const ended = once(child, 'close').then(() => take(''));
  return {
    shown: () => text,
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve();
          else if ((child.exitCode ?? child.signalCode) !== null) reject(new Error(`the terminal ended with: ${text}`));
        };
        waiting.push(look);
        look();
      }),
    type: (line) => void child.stdin?.write(`${line}\n`),
    ended,
    leave: () => void child.kill('SIGKILL'),
  };
}

/** Becomes `name` through su, with a password at the prompt, as an ordinary user does. */
export async function signInBySu(sandbox: Sandbox, from: string, name: string, password: string): Promise<Person> {
  const person = atTerminal(sandbox, from, `su ${name}`);
  await person.sees(/Password: /);
  person.type(password);
  // Whatever is typed before the shell is there, su throws away.
  await person.sees(/\$ $/);
  person.type('echo I am $(id -un)');
  await person.sees(new RegExp(`I am ${name}`));
  return person;
}
