/**
 * The wiring of a start that cannot be had at once: a lock that a command holds, and what passes by itself.
 *
 * Promises: a second daemon is refused as soon as the first answers; a daemon that a service manager started waits and
 * says for what, for nobody would start it again. Must never: hold the data folder while it waits.
 */
import { instanceLock, type Place, type PlaceRequest } from './compose.ts';
import { localDoor } from './composeDoor.ts';
import { connectSystemd, type Systemd } from './composeSystemd.ts';
import { meantFolder } from './composeWhere.ts';
import { isLapsError, type LapsError } from './core/errors.ts';
import type { LapsEvent } from './core/events.ts';
import { passesByItself, waitBeforeTryMs } from './core/hosting/passing.ts';
import type { Waiting } from './core/hosting/waiting.ts';
import { sleep, systemClock } from './edge/clock.ts';
import { dataLayout } from './edge/dataFolder.ts';
import { createEventLog } from './edge/eventLog.ts';
import type { HeldLock } from './edge/instanceLock.ts';
import { createWaitingNote, type WaitingNote } from './edge/waitingNote.ts';

/** A command holds the lock while it talks to the tenant and the account: seconds, a minute at the worst. */
const commandMs = 60_000;
/** Between two looks whether the holder is a daemon after all, one that was just starting. */
const lookMs = 1_000;

/** The lock for a daemon. Throws ERR_LAPS_INSTANCE_RUNNING at once beside another daemon, beside a command after `waitMs`. */
export async function lockForDaemon(place: Place, signal: AbortSignal, waitMs = commandMs): Promise<HeldLock> {
  const lock = await instanceLock(place, true);
  const until = systemClock.monotonicMs() + waitMs;
  const note = createWaitingNote(place.folder.run);
  const sinceAt = systemClock.now();
  try {
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await lock.acquire({ waitMs: isFirst ? 0 : lookMs, signal });
      } catch (error) {
        if (!isLapsError(error) || error.code !== 'ERR_LAPS_INSTANCE_RUNNING') throw error;
        if (systemClock.monotonicMs() >= until) throw error;
        const door = await localDoor(place);
        const reply = await door.askDaemon({ method: 'GET', path: '/stage', timeoutMs: lookMs });
        if (reply.kind === 'reply') throw error;
        if (isFirst) place.note(`${error.message}; the start waits for it, at most a minute`);
        await note.tell(waitingOf(error, sinceAt, systemClock.now() + lookMs));
      }
    }
  } finally {
    note.end();
  }
}

function waitingOf({ code, message, hint }: LapsError, sinceAt: number, nextTryAt: number): Waiting {
  return { sinceAt, nextTryAt, code, message, hint: hint ?? null };
}

/** What a patient start needs of the world. */
export interface PatientStart {
  readonly systemd: Pick<Systemd, 'listens' | 'signEveryMs' | 'waits'>;
  readonly signal: AbortSignal;
  /** Told once for each thing that is waited for. */
  readonly tell: (error: LapsError) => Promise<void>;
  /** Told each time, with how long it is until the next try. */
  readonly note: (error: LapsError, waitMs: number) => Promise<void>;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Runs `attempt` until it gets through, where a service manager listens and what stands in the way passes by itself;
 * undefined when it was ended while it waited.
 */
export async function startPatiently<T>(deps: PatientStart, attempt: () => Promise<T>): Promise<T | undefined> {
  const { systemd, signal, tell, note, pause = sleep } = deps;
  // Two things that stand in the way by turns are two things, not news each time.
  const told = new Set<string>();
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!systemd.listens || !isLapsError(error)) throw error;
      if (signal.aborted && error.code === 'ERR_LAPS_INTERRUPTED') return undefined;
      if (!passesByItself(error.code)) throw error;
      if (!told.has(error.message)) await tell(error);
      told.add(error.message);
      const waitMs = waitBeforeTryMs(failures, systemd.signEveryMs);
      // Before the service manager knows: whoever started the service is to find it.
      await note(error, waitMs);
      await systemd.waits(`${error.message} [${error.code}]`);
      if (!(await pause(waitMs, signal))) return undefined;
    }
  }
}

/** Where a note is looked for, also when the data folder cannot be opened. */
async function noteFor(where: Pick<PlaceRequest, 'data' | 'env' | 'cwd'>) {
  const found = await meantFolder(where);
  return createWaitingNote(dataLayout(found.path, found.socketFolder).run);
}

/** Each note once, until the daemon works: every try opens the data folder anew and has the same to say of it. */
export function notesOnce(): { readonly over: (place: Place) => Place; readonly end: () => void } {
  const told = new Set<string>();
  let isOver = false;
  const over = (place: Place): Place => ({
    ...place,
    note(text) {
      if (!told.has(text)) place.note(text);
      if (!isOver) told.add(text);
    },
  });
  return {
    over,
    end() {
      isOver = true;
      told.clear();
    },
  };
}

/** What a daemon's start tells on its way. */
export interface StartTells {
  /** The data folder, as soon as there is one: its log is told of what is waited for. To be worked with as it comes back. */
  readonly opened: (place: Place) => Place;
  /** That the daemon can be asked and waits for nothing any more. */
  readonly works: () => void;
}

/** A daemon's start as `laps run` makes it. */
export async function startDaemonPatiently<T>(
  deps: Pick<PlaceRequest, 'data' | 'env' | 'cwd'> & {
    readonly signal: AbortSignal;
    readonly line: (text: string) => void;
    readonly event: (event: LapsEvent) => void;
  },
  attempt: (tells: StartTells) => Promise<T>,
): Promise<T | undefined> {
  const { env, signal, line } = deps;
  const systemd = connectSystemd({ env, line });
  let place: Place | undefined;
  let waiting: { readonly note: WaitingNote; readonly sinceAt: number } | undefined;
  const notes = notesOnce();
  const works = (): void => {
    notes.end();
    waiting?.note.end();
    waiting = undefined;
  };
  const tell = async ({ message, code }: LapsError): Promise<void> => {
    const event: LapsEvent = { at: systemClock.now(), id: 50083, fields: { Problem: `${message} [${code}]` } };
    deps.event(event);
    systemd.event(event);
    if (place === undefined) return;
    const { folder, note } = place;
    const log = createEventLog({ folder: folder.logs, onLost: note });
    log.write(event);
    await log.flush();
  };
  try {
    const note = async (error: LapsError, waitMs: number): Promise<void> => {
      const now = systemClock.now();
      waiting ??= { note: await noteFor(deps), sinceAt: now };
      await waiting.note.tell(waitingOf(error, waiting.sinceAt, now + waitMs));
    };
    const opened = (found: Place): Place => {
      place = notes.over(found);
      return place;
    };
    return await startPatiently({ systemd, signal, tell, note }, () => attempt({ opened, works }));
  } finally {
    works();
    await systemd.flush();
  }
}
