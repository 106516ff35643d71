/**
 * What runs on this machine, and under whom, from /proc.
 *
 * Knows: the two files of a process that say so. Promises: a process is told by its number and the moment it began, for
 * a number is given again; one that ends while it is looked at is not there. Must never: read what a process works on.
 */
import { readdir, readFile } from 'node:fs/promises';

export interface RunningProcess {
  readonly pid: number;
  /** Whoever started it, or has taken it over. */
  readonly parent: number;
  /** Clock ticks since boot; with the pid, one process and no other. */
  readonly startedAt: string;
  /** Real and effective. */
  readonly uids: readonly [number, number];
  readonly gid: number;
  /** The kernel's session. */
  readonly session: number;
  /** Device number of the controlling terminal; 0: none. */
  readonly terminal: number;
  /** As the kernel cuts it, 15 bytes; the process may choose it. */
  readonly command: string;
}

/** `pid (command) state ppid pgrp session tty … starttime`: the command may hold anything, so from its last bracket on. */
function statOf(text: string): Omit<RunningProcess, 'uids' | 'gid' | 'pid'> | undefined {
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')];
  const fields = text.slice(close + 2).split(' ');
  const [state, parent, , session, terminal] = fields;
  const startedAt = fields[19];
  // What has ended and waits for its parent holds nothing any more.
  if (open < 0 || close < open || startedAt === undefined || state === 'Z' || state === 'X') return undefined;
  return {
    parent: Number(parent),
    startedAt,
    session: Number(session),
    terminal: Number(terminal),
    command: text.slice(open + 1, close),
  };
}

function idsOf(status: string, name: 'Uid' | 'Gid'): readonly [number, number] | undefined {
  const [, real, effective] = new RegExp(`^${name}:\\t(\\d+)\\t(\\d+)\\t`, 'm').exec(status) ?? [];
  return real === undefined || effective === undefined ? undefined : [Number(real), Number(effective)];
}

/** One process as it is now; undefined when it is not there. `proc` is /proc. */
export async function processAt(pid: number, proc: string): Promise<RunningProcess | undefined> {
  try {
    // latin1: a command is bytes, and none of them may break the reading.
    const [stat, status] = await Promise.all([
      readFile(`${proc}/${pid}/stat`, 'latin1'),
      readFile(`${proc}/${pid}/status`, 'latin1'),
    ]);
    const [known, uids, gids] = [statOf(stat), idsOf(status, 'Uid'), idsOf(status, 'Gid')];
    return known === undefined || uids === undefined || gids === undefined
      ? undefined
      : { pid, uids, gid: gids[0], ...known };
  } catch {
    return undefined;
  }
}

/** Every process whose real or effective user this is. */
export async function processesOf(uid: number, proc = '/proc'): Promise<RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const name of await readdir(proc)) {
    if (!/^[1-9]\d{0,9}$/.test(name)) continue;
    const running = await processAt(Number(name), proc);
    if (running?.uids.includes(uid)) found.push(running);
  }
  return found;
}
