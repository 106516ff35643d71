/**
 * Sign-ins and sessions of simulated accounts.
 *
 * Knows: the accounts file keeps the last sign-in of each. Promises: one made while no daemon ran is found at the next
 * look; a verification is none, for the file does not count it. There are no sessions, processes or machine behind a
 * simulated account, and nothing is claimed to be ended. Must never: touch the real machine.
 */
import type { SessionControl, SignInRecords } from '../../core/ports.ts';
import { readBootId } from '../bootId.ts';
import type { MachineAccounts } from './simulated.ts';

/** The place after the last sign-in is the sign-in itself: a clock set back does not hide the next one. */
export function simulatedRecords(accounts: Pick<MachineAccounts, 'lastSignInAt'>): SignInRecords {
  return {
    async read({ account, cursor, since }) {
      const at = await accounts.lastSignInAt(account.sid);
      const place = at === null ? 'never' : String(at);
      const isNew = at !== null && (cursor === null ? at >= since : place !== cursor);
      return { kind: 'read', signIns: isNew ? [{ at, vouched: true }] : [], cursor: place };
    },
  };
}

export const simulatedSessions: SessionControl = {
  bootId: readBootId,
  isSignedIn: async () => false,
  warn: async () => ({ terminals: 0, anyone: false, anything: false }),
  endSessions: async () => ({ count: 0, problem: null }),
  endProcesses: async () => ({ count: 0, problem: null }),
  restart: async () => ({ kind: 'simulated' }),
};
