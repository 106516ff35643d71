/**
 * A Linux machine's own records of sign-ins: the journal where there is one, else the log file that syslog keeps, and
 * wtmp beside either.
 *
 * Knows: where they are. Promises: each is read on from its own place, so that what was signed in while no daemon ran is
 * found; what is missed is told: where there is none of them, and where nothing that this program may read knows of su and
 * sudo. Must never: give anything of a record on but when the account signed in.
 */
import { accessSync, constants, lstatSync } from 'node:fs';
import { arch } from 'node:os';
import type { Clock, SignInRecords } from '../../core/ports.ts';
import { isAccount } from '../../core/postAuth/pamSession.ts';
import { Misfit, matching, object, orNull, wholeNumber } from '../../core/strictReader.ts';
import { uidOf } from '../accounts/realSid.ts';
import { standingOf } from '../standing.ts';
import type { Place } from './appended.ts';
import type { FoundSignIn } from './found.ts';
import { type Journalctl, type JournalReading, readJournal, systemJournalctl } from './journal.ts';
import { journalState } from './journalFiles.ts';
import { readLogFile } from './logFile.ts';
import { layoutOf, readWtmp } from './wtmp.ts';

/** Debian's and Red Hat's. */
export const machineLogs = ['/var/log/auth.log', '/var/log/secure'] as const;
export const machineWtmp = '/var/log/wtmp';

interface Places {
  readonly journal: string | null;
  readonly log: Place | null;
  readonly wtmp: Place | null;
}

const place = object({
  ino: matching(/^\d{1,20}$/, 'inode'),
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  print: matching(/^[0-9a-f]{32}$/, 'print'),
});
const places = object({
  journal: orNull(matching(/^[\w=;@]{1,512}$/, 'cursor')),
  log: orNull(place),
  wtmp: orNull(place),
});
const nowhere: Places = { journal: null, log: null, wtmp: null };

/** The places a cursor stands for; one that is none leads nowhere. */
function placesOf(cursor: string | null): Places {
  if (cursor === null) return nowhere;
  try {
    return places(JSON.parse(cursor), 'cursor');
  } catch (error) {
    if (error instanceof Misfit || error instanceof SyntaxError) return nowhere;
    throw error;
  }
}

/** How all of them stand now, in one word: the same word twice, and there is nothing new in them. */
export function machineRecordsStanding(): string | undefined {
  const files = standingOf([...machineLogs, machineWtmp]);
  return files === undefined ? undefined : `${files}\n${journalState() ?? 'no journal'}`;
}

/** As this program may see it: the service has fewer rights than root. What is no plain file is no record. */
function look(path: string): 'absent' | 'closed' | 'open' {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return 'absent';
    accessSync(path, constants.R_OK);
    return 'open';
  } catch {
    return 'closed';
  }
}

/** What is missed where there is no journal, in words and with what helps; undefined when nothing is. */
function missedWithoutJournal(logs: readonly string[], wtmp: string): string | undefined {
  if (logs.some((path) => look(path) === 'open')) return undefined;
  const isOpen = look(wtmp) === 'open';
  const closed = [...logs, ...(isOpen ? [] : [wtmp])].filter((path) => look(path) === 'closed');
  if (closed.length > 0)
    return `there is no systemd journal, and laps-agent may not read ${closed.join(' and ')}${isOpen ? `; ${wtmp} alone does not know su and sudo` : ''}; give it to root or to the group adm, or add its group to the service: SupplementaryGroups= by sudo systemctl edit laps-agent`;
  const none = logs.join(' and ');
  const missing = isOpen
    ? `and none of ${none}; ${wtmp} alone does not know su and sudo`
    : `none of ${none}, and no ${wtmp}`;
  return `there is no systemd journal, ${missing}; install rsyslog, or let journald run; where none is wanted, as in a container, let the policy ask for no actions: PostAuthenticationResetDelay 0`;
}

/** Which sign-ins cannot be noticed, as far as a look tells, in words; nothing is read. */
export function machineRecordsProblem(
  logs: readonly string[] = machineLogs,
  wtmp: string = machineWtmp,
  journal: () => string | undefined = journalState,
): string | undefined {
  return journal() === undefined ? missedWithoutJournal(logs, wtmp) : undefined;
}

/** The records of the machine. All but `clock` are the system's unless a test says otherwise. */
export function machineRecords(deps: {
  readonly clock: Pick<Clock, 'now'>;
  readonly journalctl?: Journalctl;
  readonly journalState?: () => string | undefined;
  readonly logs?: readonly string[];
  readonly wtmp?: string;
}): SignInRecords {
  const { clock, logs = machineLogs, wtmp = machineWtmp } = deps;
  const layout = layoutOf(arch());
  // Another machine's journal, of a test, is not told by the files of this one.
  const stateNow = deps.journalState ?? (deps.journalctl === undefined ? journalState : () => undefined);
  /** Up to where the journal was read, and how its files were just before. */
  let lastRead: { readonly cursor: string; readonly state: string } | undefined;

  /** journalctl is started only when there is something new: most minutes of a machine pass without a word. */
  async function journalAfter(cursor: string | undefined, since: number): Promise<JournalReading | undefined> {
    const state = stateNow();
    if (cursor !== undefined && state !== undefined && lastRead?.state === state && lastRead.cursor === cursor)
      return { found: [], cursor };
    const journalctl = deps.journalctl ?? (await systemJournalctl());
    const reading =
      journalctl === undefined
        ? undefined
        : await readJournal(journalctl, { cursor, since, isThere: state !== undefined });
    lastRead = reading === undefined || state === undefined ? undefined : { cursor: reading.cursor, state };
    return reading;
  }

  return {
    async read({ account, cursor, since }) {
      const before = placesOf(cursor);
      const found: FoundSignIn[] = [];
      const journal = await journalAfter(before.journal ?? undefined, since);
      found.push(...(journal?.found ?? []));
      let log: Place | undefined;
      if (journal === undefined)
        for (const path of logs) {
          const reading = await readLogFile({ path, place: before.log ?? undefined, since, now: clock.now() });
          if (reading === undefined) continue;
          found.push(...reading.found);
          log = reading.place;
          break;
        }
      const logins = await readWtmp({ path: wtmp, place: before.wtmp ?? undefined, since, layout });
      found.push(...(logins?.found ?? []));
      const problem = journal === undefined && log === undefined ? missedWithoutJournal(logs, wtmp) : undefined;
      if (problem !== undefined && logins === undefined) return { kind: 'unreadable', problem };
      const person = { uid: uidOf(account), name: account.name };
      const after: Places = {
        journal: journal?.cursor ?? before.journal,
        log: log ?? before.log,
        wtmp: logins?.place ?? before.wtmp,
      };
      return {
        kind: 'read',
        signIns: found.filter(({ who }) => isAccount(who, person)).map(({ at, vouched }) => ({ at, vouched })),
        cursor: JSON.stringify(after),
        ...(problem === undefined ? {} : { problem }),
      };
    },
  };
}
