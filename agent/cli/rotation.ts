/**
 * What `reset` and `process` share: ask the daemon, or take the lock and do it; show progress; tell the outcome.
 *
 * Promises: the same answer either way (contract 3); a wait has an end; the answer never holds a secret. Must never:
 * rotate beside a daemon.
 */
import type { Place } from '../compose.ts';
import { remarkText } from '../core/accountRemarks.ts';
import { errorTable, isLapsError, LapsError } from '../core/errors.ts';
import type { SignInBar } from '../core/ports.ts';
import { instantOfIso } from '../core/time.ts';
import type { Answer } from '../service/answer.ts';
import type { Stage } from '../service/run.ts';
import type { Face } from './face.ts';
import { type Reach, reachOf, serviceSilent, textOption, trustGiven } from './place.ts';
import { clean } from './render/display.ts';
import { instantText } from './render/words.ts';

/** How long one waits for an answer, in milliseconds (contract 2). */
export const patienceMs = 120_000;
/** How long one stands at the lock before the door is tried again, in milliseconds. */
const turnMs = 500;

const stageWords: Readonly<Record<Stage, string>> = {
  settling: 'finishing an earlier rotation',
  connecting: 'asking the tenant for a device token',
  drawing: 'drawing a password',
  sending: 'backing the password up',
  setting: 'setting the password and trying it',
  recording: 'writing it down',
};

/** Tells each stage once, on a terminal. */
export function progressOf(face: Face): (stage: Stage | null) => void {
  let last: Stage | null = null;
  return (stage) => {
    if (stage === null || stage === last || !face.host.stderr.isTTY) return;
    last = stage;
    face.say(`… ${stageWords[stage]}\n`);
  };
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'outcome' in value && 'events' in value;
}

export interface Wish {
  readonly kind: 'reset' | 'process';
  readonly acceptRisk: boolean;
  readonly redraw: boolean;
  readonly takeOver: boolean;
}

/** The option that both commands have. */
export const takeOverOption = [
  '--take-over',
  'with real accounts: manage the account from this data folder, also where another one has it',
] as const;

async function askTheDaemon(face: Face, socket: string, wish: Wish): Promise<Answer | undefined> {
  const { askDaemon, pollStage } = await (await import('../composeDoor.ts')).localDoor({ folder: { socket } });
  const stop = face.host.stderr.isTTY && !face.json ? pollStage(progressOf(face)) : () => {};
  try {
    const { acceptRisk, redraw, takeOver } = wish;
    const reply = await askDaemon({
      method: 'POST',
      path: `/${wish.kind}`,
      body: { acceptRisk, redraw, ...(takeOver ? { takeOver } : {}) },
      timeoutMs: patienceMs,
      signal: face.host.interrupted,
    });
    if (reply.kind === 'absent') return undefined;
    if (isAnswer(reply.body)) return reply.body;
    throw new LapsError('ERR_LAPS_DAEMON_UNREACHABLE', {
      message: `the daemon did not understand (HTTP ${reply.status})`,
      hint: 'it may be of another version: end it and start it again',
    });
  } finally {
    stop();
  }
}

/** The work itself, under the lock, with the embedded tenant up when the device belongs to it. */
async function workHere(face: Face, place: Place, wish: Wish, requestedAt: number): Promise<Answer> {
  const { oneCycle } = await import('../composeRun.ts');
  return oneCycle(place, {
    trigger: wish.kind === 'reset' ? 'administrator' : 'process command',
    requestedAt,
    acceptRisk: wish.acceptRisk,
    redraw: wish.redraw,
    takeOver: wish.takeOver,
    progress: progressOf(face),
    signal: face.host.interrupted,
    lockWaitMs: turnMs,
  });
}

async function holderOfPlace(place: Place) {
  return (await import('../composeHolder.ts')).holderWords(place);
}

/**
 * By the daemon, or here: whichever is possible first. Who holds the lock may be a daemon whose door is not open yet, and
 * it would hold it for ever; so lock and door are tried in turn.
 */
async function byWhoeverCan(
  face: Face,
  { place, socket }: Reach,
  wish: Wish,
): Promise<{ readonly answer: Answer; readonly byDaemon: boolean }> {
  const requestedAt = face.host.now();
  let isSaid = false;
  for (let turn = 1; ; turn += 1) {
    const told = await askTheDaemon(face, socket, wish);
    if (told !== undefined) return { answer: told, byDaemon: true };
    if (place === undefined) throw serviceSilent();
    try {
      return { answer: await workHere(face, place, wish, requestedAt), byDaemon: false };
    } catch (error) {
      const busy = isLapsError(error) && error.code === 'ERR_LAPS_INSTANCE_RUNNING';
      if (!busy) throw error;
      const holder = await holderOfPlace(place);
      if (!isSaid)
        face.say(
          `laps: note: ${clean(holder?.message ?? error.message)}; waiting for it, at most ${patienceMs / 60_000} minutes\n`,
        );
      isSaid = true;
      // Turns are counted too: a clock that is set back must not make one wait longer.
      if (turn * turnMs >= patienceMs || face.host.now() - requestedAt >= patienceMs)
        throw holder === undefined ? error : new LapsError(error.code, { message: holder.message, hint: holder.hint });
    }
  }
}

function words(answer: Answer): string {
  const expiry = instantOfIso(answer.passwordExpiry ?? '');
  const until = expiry === undefined ? '' : `, expires ${instantText(expiry)}`;
  const who = answer.accountName ?? 'the managed account';
  if (answer.outcome === 'rotated') return `rotated: ${who} has a new password, backed up${until}\n`;
  if (answer.passwordExpiry === null) return 'unchanged: no account is managed under the policy in force\n';
  return `unchanged: the password of ${who} is good${until}\n`;
}

/** Events that a person would look up for a failure whose own one was not told, the most telling first. */
const tellingEvents: readonly number[] = [50080, 10059, 10026, 10025, 10028, 10013, 10019, 10027, 50005];

/** `ERR_LAPS_TENANT_REFUSED, event 10059, 0x80070190`. */
function nameOf(error: NonNullable<Answer['error']>, events: readonly number[]): string {
  // What went wrong before it, as a tenant that was not reached, is not what ended the cycle.
  const row = Object.hasOwn(errorTable, error.code) ? errorTable[error.code] : undefined;
  const own = row !== undefined && 'event' in row ? [row.event] : [];
  const event = [...own, ...tellingEvents].find((id) => events.includes(id));
  if (event === undefined) return error.code;
  return [error.code, `event ${event}`, ...(error.hresult === undefined ? [] : [error.hresult])].join(', ');
}

/** The exit status of an answer (contract 2): that of its error. */
export function statusOf(answer: Pick<Answer, 'error'>): number {
  const { error } = answer;
  if (error === null) return 0;
  // The answer may come from a daemon of another version, which knows codes that are not known here.
  return Object.hasOwn(errorTable, error.code) ? errorTable[error.code].exit : 1;
}

/** Tells an answer's error on stderr, as every error is told. */
export function tellFailure(face: Face, answer: Pick<Answer, 'error' | 'events'>): void {
  const { error, events } = answer;
  if (error === null) return;
  face.say(`laps: error: ${clean(error.message)} [${nameOf(error, events)}]\n`);
  if (error.hint !== null) face.say(`laps: hint: ${clean(error.hint)}\n`);
}

const remarks: ReadonlyMap<number, SignInBar> = new Map([
  [50034, 'locked'],
  [50035, 'expired'],
  [50036, 'noShell'],
  [50088, 'agedOut'],
  [50089, 'shellMissing'],
]);

/** A good password is of no use to whoever cannot sign in with it. */
function tellRemarks(face: Face, { events, accountName, outcome }: Answer): void {
  for (const id of new Set(events)) {
    const kind = remarks.get(id);
    // The one that had aged out was replaced just now.
    if (kind !== undefined && !(kind === 'agedOut' && outcome === 'rotated'))
      face.say(`laps: note: ${clean(remarkText({ kind }, accountName ?? 'the managed account'))}\n`);
    if (id === 50093)
      face.say(
        'laps: note: the password was not of full use as the account was: laps status tells what is left of it\n',
      );
  }
}

/** Runs one of the two verbs to its exit status. */
export async function rotateBy(face: Face, wish: Wish): Promise<number> {
  const reach = await reachOf(face);
  await trustGiven(face, reach.place);
  const { answer, byDaemon } = await byWhoeverCan(face, reach, wish);
  if (byDaemon && textOption(face, 'policies') !== undefined)
    face.say('laps: note: the daemon did it, by its own policy folder; --policies had no effect\n');
  if (face.json) face.outJson(answer);
  else if (answer.error === null) {
    face.out(words(answer));
    tellRemarks(face, answer);
  } else tellFailure(face, answer);
  return statusOf(answer);
}
