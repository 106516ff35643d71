/**
 * A warning on the terminals at which an account works.
 *
 * Knows: which device a process's controlling terminal is. Promises: a terminal is written to only when it is the very
 * one that a process of the account holds, not one of the same name or number; a symbolic link is not followed; nothing
 * waits for a terminal that does not take it. Must never: become anybody's controlling terminal, or write what a name
 * could command a terminal with.
 */
import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { plainText } from '../plainText.ts';
import type { RunningProcess } from './processes.ts';

const firstPts = 136;
const lastPts = 143;
/** Descriptors at which a program at a terminal has it: its three, and the one that bash keeps. */
const descriptors = [0, 1, 2, 255];

/** The path of a terminal; undefined when the system does not say. `tty` is the kernel's device number. */
export async function terminalPath(tty: number): Promise<string | undefined> {
  const major = (tty >>> 8) & 0xfff;
  const minor = (tty & 0xff) | ((tty >>> 12) & 0xfff00);
  if (major >= firstPts && major <= lastPts) return `/dev/pts/${(major - firstPts) * 256 + minor}`;
  const told = await readFile(`/sys/dev/char/${major}:${minor}/uevent`, 'latin1').catch(() => '');
  const name = /^DEVNAME=(\w{1,32})$/m.exec(told)?.[1];
  return name === undefined ? undefined : `/dev/${name}`;
}

interface Device {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** The very terminal that the process holds open: a container has its own /dev/pts, with the same numbers. */
async function heldBy({ pid, terminal }: RunningProcess): Promise<Device | undefined> {
  for (const descriptor of descriptors) {
    const held = await stat(`/proc/${pid}/fd/${descriptor}`, { bigint: true }).catch(() => undefined);
    if (held?.isCharacterDevice() && held.rdev === BigInt(terminal)) return { dev: held.dev, ino: held.ino };
  }
  return undefined;
}

async function writeTo(path: string, held: Device, text: string): Promise<boolean> {
  try {
    const { O_WRONLY, O_NOCTTY, O_NONBLOCK, O_NOFOLLOW } = constants;
    const file = await open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    try {
      const opened = await file.stat({ bigint: true });
      if (!opened.isCharacterDevice() || opened.dev !== held.dev || opened.ino !== held.ino) return false;
      return (await file.write(text)).bytesWritten > 0;
    } finally {
      await file.close();
    }
  } catch {
    // Closed meanwhile, or full: nobody reads there.
    return false;
  }
}

/** The words of the warning; `until` is ISO text. */
export function warningText(name: string, until: string): string {
  const who = plainText(name, 64);
  return `\r\n\u0007\r\nlaps-agent: the password of ${who} was replaced, and its sessions end at ${until}.\r\nSave your work and sign out.\r\n\r\n`;
}

/** Writes `text` to each terminal of these processes; how many took it. */
export async function warnTerminals(processes: readonly RunningProcess[], text: string): Promise<number> {
  const warned = new Set<number>();
  for (const each of processes) {
    if (each.terminal === 0 || warned.has(each.terminal)) continue;
    const [path, held] = await Promise.all([terminalPath(each.terminal), heldBy(each)]);
    if (path !== undefined && held !== undefined && (await writeTo(path, held, text))) warned.add(each.terminal);
  }
  return warned.size;
}
