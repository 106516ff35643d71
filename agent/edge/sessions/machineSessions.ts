/**
 * The hands of post-authentication actions on a Linux machine (spec 5.2).
 *
 * Knows: a login session is what logind calls one, what holds a terminal, and what sshd serves. Promises: only of the
 * account's own uid; another user's session in which somebody became the account loses the account's part and goes on.
 * Must never: touch root's processes or those of LAPS.
 *
 * Who is signed in is told without any record: su stays beside what it has opened, as root on behalf of whoever called
 * it, and it opens nothing before the account's own password was given.
 *
 * What it cannot reach: what the account has become. A root shell opened with sudo runs under root; only a restart ends it.
 */
import type { Ended, RestartOutcome, SessionControl } from '../../core/ports.ts';
import type { Whose } from '../../core/postAuth/memory.ts';
import { isoOf } from '../../core/time.ts';
import { uidOf } from '../accounts/realSid.ts';
import { readBootId } from '../bootId.ts';
import { endSessions, type Loginctl, sessionsOf, systemLoginctl } from './logind.ts';
import { processAt, processesOf, type RunningProcess } from './processes.ts';
import { orderRestart } from './restart.ts';
import { endProcessesOf, type Reaped } from './signals.ts';
import { warningText, warnTerminals } from './terminals.ts';

/** What somebody who signed in sits at or comes through. */
const isSession = ({ terminal, command }: RunningProcess): boolean =>
  terminal !== 0 || /^sshd(?:-session)?$/.test(command);

/** Root's power in somebody else's hands: a set-uid program. Root's own su asks for no password and is none. */
const isOnLoan = ({ uids: [real, effective] }: RunningProcess): boolean => effective === 0 && real !== 0;

const ownStays: Ended = {
  count: 0,
  problem: 'these are the processes of the whole machine, or of laps-agent itself, and stay',
  forGood: true,
};

/** Whether nothing of this user may be touched. */
const isOwn = (uid: number): boolean => uid === 0 || uid === process.getuid?.();

function endedOf(reaped: Reaped, count: number, what: string): Ended {
  return { count, problem: reaped.left === 0 ? null : `${reaped.left} ${what} did not end` };
}

/** `restart` and `loginctl` are the system's unless a test says otherwise. */
export function machineSessions(
  deps: { readonly restart?: () => Promise<RestartOutcome>; readonly loginctl?: Loginctl } = {},
): SessionControl {
  const loginctlNow = async (): Promise<Loginctl | undefined> => deps.loginctl ?? systemLoginctl();
  return {
    bootId: readBootId,
    async isSignedIn(account) {
      const present = await processesOf(uidOf(account));
      const parents = await Promise.all(present.map(({ parent }) => processAt(parent, '/proc')));
      return parents.some((each) => each !== undefined && isOnLoan(each));
    },
    async warn(account: Whose, until) {
      const uid = uidOf(account);
      if (isOwn(uid)) return { terminals: 0, anyone: false };
      const present = (await processesOf(uid)).filter(isSession);
      const terminals = await warnTerminals(present, warningText(account.name, isoOf(until) ?? 'once'));
      const loginctl = await loginctlNow();
      const sessions = loginctl === undefined ? [] : await sessionsOf(loginctl, uid);
      return { terminals, anyone: present.length > 0 || sessions.length > 0 };
    },
    async endSessions(account) {
      const uid = uidOf(account);
      if (isOwn(uid)) return ownStays;
      const loginctl = await loginctlNow();
      const known = loginctl === undefined ? { count: 0, left: 0 } : await endSessions(loginctl, uid);
      // By terminal as well: where somebody became the account, logind knows no session of it.
      const sessions = new Set((await processesOf(uid)).filter(isSession).map(({ session }) => session));
      const reaped = await endProcessesOf(uid, { polite: true, which: isSession });
      return endedOf({ ...reaped, left: reaped.left + known.left }, known.count + sessions.size, 'of its sessions');
    },
    async endProcesses(account) {
      const uid = uidOf(account);
      if (isOwn(uid)) return ownStays;
      const reaped = await endProcessesOf(uid, { polite: false, which: () => true });
      return endedOf(reaped, reaped.count, 'of its processes');
    },
    restart: deps.restart ?? orderRestart,
  };
}
