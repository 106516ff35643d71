/**
 * Which machine this is, so that an identity copied to another one is noticed (issue part 4).
 *
 * Promises: the same answer on the same installation, another on another; the system's own id is never stored or shown,
 * only a keyed hash of it, as machine-id(5) asks of applications. Must never: fail where a weaker answer can be had.
 */
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import { readPlainText } from './plainFile.ts';

/** The application's key: what makes the hash ours. */
const application = 'laps-agent device identity v1';

/** The little of a machine that is looked at. */
export interface MachineReader {
  readonly platform: string;
  readonly hostname: string;
  /** A small text file; undefined when it cannot be read. */
  readText(path: string): Promise<string | undefined>;
  /** Standard output of a program; undefined when it cannot be run. */
  run(program: string, args: readonly string[]): Promise<string | undefined>;
}

/** The real machine. */
export function systemMachine(): MachineReader {
  return {
    platform: process.platform,
    hostname: hostname(),
    readText: (path) => readPlainText(path).catch(() => undefined),
    run: (program, args) =>
      new Promise((resolve) => {
        execFile(program, args, { timeout: 5000, windowsHide: true }, (error, stdout) => {
          resolve(error === null ? stdout : undefined);
        });
      }),
  };
}

const idPattern = /^[0-9a-f]{32}$/;
/** Values that images and broken firmware ship on many machines. */
const worthless = new Set(['0'.repeat(32), 'f'.repeat(32), '03000200040005000006000700080009']);

function usable(text: string | undefined): string | undefined {
  const id = text?.trim().toLowerCase().replaceAll('-', '');
  return id !== undefined && idPattern.test(id) && !worthless.has(id) ? id : undefined;
}

async function systemId(machine: MachineReader): Promise<string | undefined> {
  switch (machine.platform) {
    case 'darwin': {
      const text = await machine.run('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']);
      return usable(/"IOPlatformUUID"\s*=\s*"([^"]+)"/.exec(text ?? '')?.[1]);
    }
    case 'win32': {
      const key = 'HKLM\\SOFTWARE\\Microsoft\\Cryptography';
      const text = await machine.run('reg.exe', ['query', key, '/v', 'MachineGuid', '/reg:64']);
      return usable(/MachineGuid\s+REG_SZ\s+(\S+)/.exec(text ?? '')?.[1]);
    }
    default:
      // Not the firmware's product id: only root may read it, and the answer must not depend on who asks.
      for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id', '/etc/hostid']) {
        const id = usable(await machine.readText(path));
        if (id !== undefined) return id;
      }
      return undefined;
  }
}

/** A GUID-shaped, lower-case id of this machine. Where the system has none, its host name is all there is. */
export async function readMachineId(machine: MachineReader): Promise<string> {
  const own = await systemId(machine);
  const source = own === undefined ? `hostname:${machine.hostname.toLowerCase()}` : `id:${own}`;
  const hex = createHmac('sha256', source).update(application).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
