/**
 * What `reset` and `process` share: ask the daemon, or take the lock and do it; show progress; tell the outcome.
 *
 * Promises: the same answer either way (contract 3); a wait has an end; the answer never holds a secret. Must never:
 * rotate beside a daemon.
 */
import type { Place } from '../compose.ts';
import { LapsError } from '../core/errors.ts';
import { instantOfIso } from '../core/time.ts';
import type { Answer } from '../service/answer.ts';
import type { Stage } from '../service/run.ts';
import type { Face } from './face.ts';
import { existingPlaceOf } from './place.ts';
import { instantText } from './render/words.ts';

/** How long one waits for an answer, in milliseconds (contract 2). */
export const patienceMs = 120_000;

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
}

async function askTheDaemon(face: Face, place: Place, wish: Wish): Promise<Answer | undefined> {
  const { askDaemon, pollStage } = await (await import('../compose.ts')).localDoor(place);
  const stop = face.host.stderr.isTTY && !face.json ? pollStage(progressOf(face)) : () => {};
  try {
    const { acceptRisk, redraw } = wish;
    const reply = await askDaemon({
      method: 'POST',
      path: `/${wish.kind}`,
      body: { acceptRisk, redraw },
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
async function workHere(face: Face, place: Place, wish: Wish): Promise<Answer> {
  const { oneCycle } = await import('../composeRun.ts');
  return oneCycle(place, {
    trigger: wish.kind === 'reset' ? 'administrator' : 'process command',
    requestedAt: face.host.now(),
    acceptRisk: wish.acceptRisk,
    redraw: wish.redraw,
    progress: progressOf(face),
    signal: face.host.interrupted,
    lockWaitMs: patienceMs,
  });
}

function words(answer: Answer): string {
  const expiry = instantOfIso(answer.passwordExpiry ?? '');
  const until = expiry === undefined ? '' : `, expires ${instantText(expiry)}`;
  const who = answer.accountName ?? 'the managed account';
  if (answer.outcome === 'rotated') return `rotated: ${who} has a new password, backed up${until}\n`;
  if (answer.passwordExpiry === null) return 'unchanged: no account is managed under the policy in force\n';
  return `unchanged: the password of ${who} is good${until}\n`;
}

/** Runs one of the two verbs to its exit status. */
export async function rotateBy(face: Face, wish: Wish): Promise<number> {
  const place = await existingPlaceOf(face);
  const answer = (await askTheDaemon(face, place, wish)) ?? (await workHere(face, place, wish));
  const bad = answer.error !== null;
  if (face.json) face.outJson(answer);
  else if (answer.error === null) face.out(words(answer));
  else {
    const event = answer.events.find(
      (id) =>
        id === 10059 || id === 10025 || id === 10026 || id === 10013 || id === 10019 || id === 10027 || id === 50005,
    );
    face.say(
      `laps: error: ${answer.error.message} [${answer.error.code}${event === undefined ? '' : `, event ${event}`}]\n`,
    );
    if (answer.error.hint !== null) face.say(`laps: hint: ${answer.error.hint}\n`);
  }
  return bad ? 1 : 0;
}
