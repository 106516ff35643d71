/**
 * The hands of post-authentication actions on a Linux machine (spec 5.2).
 *
 * Knows: a login session is what logind calls one, what holds a terminal, and what sshd or su has opened. Promises: only
 * of the account's own uid; another user's session in which somebody became the account loses the account's part and
 * goes on. Must never: touch root's processes or those of LAPS.
 *
 * Who is signed in is told without any record: su stays beside what it has opened, as root on behalf of whoever called
 * it, and it opens nothing before the account's own password was given.
 *
 * What it cannot reach: what the account has become. A root shell opened with sudo runs under root; only a restart ends it.
 */
import type { Ended, RestartOutcome, SessionControl } from '../../core/ports.ts';
import type { Whose } from '../../core/postAuth/memory.ts';
import { uidOf } from '../accounts/realSid.ts';
import { readBootId } from '../bootId.ts';
import { countLeft, type Loginctl, sessionsOf, systemLoginctl, terminateSessions } from './logind.ts';
import { countOpened, isOnLoan, openedAmong, parentsOf } from './opened.ts';
import { processesOf } from './processes.ts';
import { orderRestart } from './restart.ts';
import { endProcessesOf, type Reaped } from './signals.ts';
import { clockText, warningText, warnTerminals } from './terminals.ts';

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
      const parents = await parentsOf(await processesOf(uidOf(account)));
      return parents.some((each) => each !== undefined && isOnLoan(each));
    },
    async warn(account: Whose, until) {
      const uid = uidOf(account);
      if (isOwn(uid)) return { terminals: 0, anyone: false, anything: false };
      const present = await processesOf(uid);
      const { isOf, atTerminals } = await openedAmong(present);
      const terminals = await warnTerminals(atTerminals, warningText(account.name, clockText(until)));
      const loginctl = await loginctlNow();
      const sessions = loginctl === undefined ? [] : await sessionsOf(loginctl, uid);
      const anyone = sessions.length > 0 || present.some(isOf);
      return { terminals, anyone, anything: anyone || present.length > 0 };
    },
    async endSessions(account) {
      const uid = uidOf(account);
      if (isOwn(uid)) return ownStays;
      const loginctl = await loginctlNow();
      // By terminal as well: where somebody became the account, logind may know no session of it. Looked at while whatever
      // opened them is still there.
      const present = await processesOf(uid);
      const { isOf } = await openedAmong(present);
      const opened = countOpened(present, isOf);
      const known = loginctl === undefined ? [] : await terminateSessions(loginctl, uid);
      const reaped = await endProcessesOf(uid, { polite: true, which: isOf });
      const left = loginctl === undefined ? 0 : await countLeft(loginctl, uid, known);
      // Most are known both ways.
      const count = Math.max(known.length - left, opened);
      return endedOf({ ...reaped, left: reaped.left + left }, count, 'of its sessions');
    },
    async endProcesses(account) {
      const uid = uidOf(account);
      if (isOwn(uid)) return ownStays;
      const reaped = await endProcessesOf(uid, { polite: false, which: () => true });
      return endedOf(reaped, reaped.count, 'of its processes');
    },
    restart: deps.restart ?? (() => orderRestart()),
  };
}
