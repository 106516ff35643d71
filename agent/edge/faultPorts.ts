/**
 * Fault points around what a rotation does to the world (rotation.md 7); in a shipped build these only call on.
 */
import type { AccountDb, BackupClient } from '../core/ports.ts';
import { faultPoint } from './faultPoint.ts';

/** The same client; a test build may die before and after each call. */
export function clientWithFaultPoints(client: BackupClient): BackupClient {
  return {
    async connect(request) {
      const outcome = await client.connect(request);
      faultPoint('connect.after');
      return outcome;
    },
    async backUp(request) {
      faultPoint('backup.before');
      const reply = await client.backUp(request);
      faultPoint('backup.after');
      return reply;
    },
  };
}

/** The same accounts; a test build may die before and after a set, and after the proof. */
export function accountsWithFaultPoints(accounts: AccountDb): AccountDb {
  return {
    ...accounts,
    async set(sid, secret) {
      faultPoint('account.set.before');
      const outcome = await accounts.set(sid, secret);
      faultPoint('account.set.after');
      return outcome;
    },
    async opens(sid, secret) {
      const opens = await accounts.opens(sid, secret);
      faultPoint('account.opens.after');
      return opens;
    },
  };
}
