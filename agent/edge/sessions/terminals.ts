/**
 * A warning on the terminals at which an account works.
 *
 * Knows: which device a process's controlling terminal is. Promises: a terminal is written to only when it is the very
 * one that a process of the account holds, not one of the same number in a container; a symbolic link is not followed;
 * nothing waits for a terminal that does not take it; no power is needed but the group of terminals. Must never: become
 * anybody's controlling terminal, or write what a name could command a terminal with.
 */
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { plainText } from '../plainText.ts';
import type { RunningProcess } from './processes.ts';

const firstPts = 136;
const lastPts = 143;
/** The path of a terminal; undefined when the system does not say. `tty` is the kernel's device number. */
export async function terminalPath(tty: number): Promise<string | undefined> {
  const major = (tty >>> 8) & 0xfff;
  const minor = (tty & 0xff) | ((tty >>> 12) & 0xfff00);
  if (major >= firstPts && major <= lastPts) return `/dev/pts/${(major - firstPts) * 256 + minor}`;
  const told = await readFile(`/sys/dev/char/${major}:${minor}/uevent`, 'latin1').catch(() => '');
  const name = /^DEVNAME=(\w{1,32})$/m.exec(told)?.[1];
  return name === undefined ? undefined : `/dev/${name}`;
}

/** `major:minor` as mountinfo writes it, of a device number that stat gives. */
function writtenDevice(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/** The pseudo terminals that a process sees: a container has its own, with the same numbers. */
async function terminalsSeenBy(pid: number): Promise<string | undefined> {
  const mounts = await readFile(`/proc/${pid}/mountinfo`, 'latin1').catch(() => '');
  return mounts
    .split('\n')
    .filter((line) => / - devpts /.test(line) && line.split(' ')[4] === '/dev/pts')
    .at(-1)
    ?.split(' ')[2];
}

async function writeTo(path: string, { pid, terminal }: RunningProcess, text: string): Promise<boolean> {
  try {
    const { O_WRONLY, O_NOCTTY, O_NONBLOCK, O_NOFOLLOW } = constants;
    const file = await open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    try {
      const { rdev, dev, ...opened } = await file.stat({ bigint: true });
      if ((opened.mode & BigInt(constants.S_IFMT)) !== BigInt(constants.S_IFCHR) || rdev !== BigInt(terminal))
        return false;
      // A console is one for the whole machine; a pseudo terminal is one of its own file system.
      if (path.startsWith('/dev/pts/') && (await terminalsSeenBy(pid)) !== writtenDevice(dev)) return false;
      return (await file.write(text)).bytesWritten > 0;
    } finally {
      await file.close();
    }
  } catch {
    // Closed meanwhile, full, or shut by its owner (mesg n): nobody reads there.
    return false;
  }
}

/** A time of today for whoever sits at a terminal, by this machine's own clock: `16:33`. Epoch ms. */
export function clockText(at: number, timeZone?: string): string {
  const format = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(timeZone && { timeZone }) } as const;
  return new Intl.DateTimeFormat('en-GB', format).format(at);
}

/** The words of the warning; `until` is a time as people write it. */
export function warningText(name: string, until: string): string {
  const who = plainText(name, 64);
  return `\r\n\u0007\r\nlaps-agent: the password of ${who} was replaced, and its sessions end at ${until}.\r\nSave your work and sign out.\r\n\r\n`;
}

/** Writes `text` to each terminal of these processes; how many took it. */
export async function warnTerminals(processes: readonly RunningProcess[], text: string): Promise<number> {
  const warned = new Set<number>();
  for (const each of processes) {
    if (each.terminal === 0 || warned.has(each.terminal)) continue;
    const path = await terminalPath(each.terminal);
    if (path !== undefined && (await writeTo(path, each, text))) warned.add(each.terminal);
  }
  return warned.size;
}
