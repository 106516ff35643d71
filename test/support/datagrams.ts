/**
 * A receiver of Unix datagrams: what systemd's side of sd_notify and of the journal is, for Node has no such sockets.
 *
 * Knows: perl, which every Debian has. Promises: each message as it came, in order. Must never: wait by the clock.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const program = `
use strict; use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($s, sockaddr_un($ARGV[0])) or die "bind: $!";
$| = 1; print "ready\\n";
while (defined recv($s, my $m, 65536, 0)) { print unpack("H*", $m), "\\n"; }
`;

export interface Receiver {
  /** Messages so far, those that only wait for an answer (BARRIER=1) left out. */
  readonly messages: readonly string[];
  /** Resolves when a message has what is looked for. */
  has(pattern: RegExp): Promise<void>;
  close(): Promise<void>;
}

/** Why there can be no receiver or sender here, or undefined. */
export function datagramObstacle(...tools: readonly string[]): string | undefined {
  const missing = ['perl', ...tools].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

export async function receiveDatagrams(path: string): Promise<Receiver> {
  const child = spawn('perl', ['-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: string[] = [];
  const listeners = new Set<() => void>();
  let rest = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.on('exit', () => reject(new Error('the receiver ended')));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'ready') resolve();
        else messages.push(Buffer.from(line, 'hex').toString('utf8'));
      }
      for (const listener of listeners) listener();
    });
  });
  await ready;
  const told = (): string[] => messages.filter((each) => each !== 'BARRIER=1');
  return {
    get messages() {
      return told();
    },
    has: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!told().some((each) => pattern.test(each))) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
    async close() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
