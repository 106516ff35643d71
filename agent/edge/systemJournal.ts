/**
 * Events into systemd's journal, each with its number, name and ids as fields (logger --journald).
 *
 * Knows: how journald is told from another reader of standard output; that Node cannot speak its datagrams and that
 * `logger` takes one entry a process. Promises: events in their order; a text cannot end its field, so none can be
 * forged; one that did not get through is handed back, to be written another way. Must never: hold up a cycle, or wait
 * longer than a few seconds at the end.
 */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { sleep } from './clock.ts';
import type { WrittenEvent } from './eventLog.ts';
import { plainText } from './plainText.ts';
import type { Env } from './proxyEnv.ts';

/** syslog's numbers. */
export const priorities = { error: 3, warning: 4, info: 6 } as const;

/** Whether standard output or error leads to the journal: JOURNAL_STREAM names the stream by device and inode. */
export function leadsToJournal(env: Env, statOf: (fd: number) => { dev: number; ino: number } = fstatSync): boolean {
  const named = env['JOURNAL_STREAM'];
  if (named === undefined) return false;
  return [1, 2].some((fd) => {
    try {
      const { dev, ino } = statOf(fd);
      return named === `${dev}:${ino}`;
    } catch {
      // A closed stream leads nowhere.
      return false;
    }
  });
}

/** The entry as `logger --journald` reads it: a field a line. `pid` makes journald add the unit, for logger is gone by then. */
export function journalEntry(event: WrittenEvent, pid: number): string {
  const { id, name, level, message, cycleId, rotationId, fields } = event;
  const members: Array<readonly [string, string | number | undefined]> = [
    ['MESSAGE', `${id} ${message}`],
    ['PRIORITY', priorities[level]],
    ['SYSLOG_IDENTIFIER', 'laps-agent'],
    ['OBJECT_PID', pid],
    ['LAPS_EVENT_ID', id],
    ['LAPS_EVENT_NAME', name],
    ['LAPS_CYCLE_ID', cycleId],
    ['LAPS_ROTATION_ID', rotationId],
    ...Object.entries(fields).map(([field, value]) => [`LAPS_${field.toUpperCase()}`, value] as const),
  ];
  return members
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}=${plainText(String(value), 8192)}\n`)
    .join('');
}

/** More than a cycle writes; a journal that hangs must not fill the memory. */
const maxWaiting = 200;
const entryMs = 5_000;
const flushMs = 5_000;

export interface SystemJournal {
  write(event: WrittenEvent): void;
  /** Waits until everything is through, but not for long. */
  flush(): Promise<void>;
}

function hand(program: string, entry: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, ['--journald'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin' },
      timeout: entryMs,
      killSignal: 'SIGKILL',
    });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
    // It may end before it has read; its exit status tells.
    child.stdin.on('error', () => {});
    child.stdin.end(entry);
  });
}

export function createSystemJournal(deps: {
  readonly pid: number;
  /** An event that did not get through. */
  readonly onLost: (event: WrittenEvent) => void;
  /** logger, where a test has one of its own. */
  readonly program?: string;
}): SystemJournal {
  const { pid, onLost, program = 'logger' } = deps;
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  return {
    write(event) {
      if (waiting >= maxWaiting) {
        onLost(event);
        return;
      }
      waiting += 1;
      last = last.then(async () => {
        const isThrough = await hand(program, journalEntry(event, pid));
        waiting -= 1;
        if (!isThrough) onLost(event);
      });
    },
    flush: async () => {
      const enough = new AbortController();
      await Promise.race([last, sleep(flushMs, enough.signal)]);
      enough.abort();
    },
  };
}
