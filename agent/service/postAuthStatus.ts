/**
 * What `laps status` tells of a sign-in and of what follows from it (contract 3, `postAuthentication`).
 *
 * Promises: reading changes nothing; a deadline that stands is no trouble, one that cannot be met is. Must never: tell
 * where or from what somebody signed in.
 */
import type { PostAuthStore } from '../core/ports.ts';
import { type Acting, type Armed, isGivenUp } from '../core/postAuth/memory.ts';
import { isoOf } from '../core/time.ts';

export interface PostAuthenticationPart {
  readonly accountName: string;
  readonly accountSid: string;
  /** `waiting` for the deadline, `due`, then what is done after the rotation; `givenUp` until the next boot. */
  readonly stage: 'waiting' | 'due' | Acting['stage'] | 'givenUp';
  /** PostAuthenticationActions at the time of the sign-in. */
  readonly actions: number;
  /** ISO text; null once the password was replaced. */
  readonly authenticationTime: string | null;
  readonly deadline: string | null;
  readonly retryCount: number;
  /** ISO text: when the grace time ends, or the next attempt is made. */
  readonly until: string | null;
}

export interface PostAuthenticationTold {
  readonly part: PostAuthenticationPart | null;
  readonly troubles: readonly string[];
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : isoOf(at));

function armedPart(armed: Armed): PostAuthenticationTold {
  const { sid: accountSid, name: accountName, actions, retryCount } = armed;
  const givenUp = isGivenUp(armed);
  const part: PostAuthenticationPart = {
    accountName,
    accountSid,
    stage: givenUp ? 'givenUp' : armed.dueAt === null ? 'waiting' : 'due',
    actions,
    authenticationTime: isoOf(armed.authenticatedAt),
    deadline: isoOf(armed.deadlineAt),
    retryCount,
    until: isoOrNull(armed.retryAt),
  };
  if (givenUp)
    return {
      part,
      troubles: [
        `the password of ${accountName} was used and could not be replaced after ${retryCount} attempts; laps reset does it by hand, the next boot tries again`,
      ],
    };
  const troubles =
    armed.dueAt === null
      ? []
      : [`the password of ${accountName} was used and is to be replaced since ${isoOf(armed.deadlineAt) ?? 'long'}`];
  return { part, troubles };
}

/** What did not come about, why that is known, and what a person can do meanwhile. */
const notEnded = (what: string, by: string): string =>
  `${what} could be ended (laps events --id 50044 says why; ${by} shows what is left)`;
const notRestarted =
  'this machine could not be restarted by its own command, shutdown -r +1 (laps events --id 10049; sudo systemctl reboot does it by hand)';
const undone: Readonly<Record<Acting['stage'], string>> = {
  confirm: 'not every action could be done',
  warn: 'not every action could be done',
  grace: 'not every action could be done',
  signOut: notEnded('not every session of it', 'who'),
  processes: notEnded('not every process of it', 'ps -ef'),
  restart: notRestarted,
  restarting: notRestarted,
};

function actingPart(acting: Acting): PostAuthenticationTold {
  const { sid: accountSid, name: accountName, actions, retryCount } = acting;
  const givenUp = isGivenUp(acting);
  const part: PostAuthenticationPart = {
    accountName,
    accountSid,
    stage: givenUp ? 'givenUp' : acting.stage,
    actions,
    authenticationTime: null,
    deadline: null,
    retryCount,
    until: isoOrNull(acting.retryAt ?? acting.until),
  };
  const next = givenUp ? 'the next boot tries again' : 'it is tried again by itself';
  if (retryCount === 0 && acting.stage === 'restarting')
    return {
      part,
      troubles: [`this machine restarts within a minute, because the password of ${accountName} was used`],
    };
  const troubles = retryCount === 0 ? [] : [`after the use of ${accountName} ${undone[acting.stage]}; ${next}`];
  return { part, troubles };
}

/** What is remembered, in words for a person and a monitor. A deadline is told before what is still being done. */
export async function postAuthenticationPart(memory: Pick<PostAuthStore, 'peek'>): Promise<PostAuthenticationTold> {
  const reading = await memory.peek();
  if (reading.kind === 'damaged')
    return {
      part: null,
      troubles: ['what was remembered of sign-ins is damaged; the next look reads the records anew'],
    };
  if (reading.kind === 'absent') return { part: null, troubles: [] };
  const { armed, acting } = reading.memory;
  const told = [armed === null ? undefined : armedPart(armed), acting === null ? undefined : actingPart(acting)];
  const parts = told.filter((each) => each !== undefined);
  return { part: parts[0]?.part ?? null, troubles: parts.flatMap((each) => each.troubles) };
}
