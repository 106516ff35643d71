/**
 * What `laps status` says of the account that the policy names.
 *
 * Promises: reading changes nothing. Must never: decide whether to rotate; it asks what decides.
 */
import { obstacleTrouble } from '../core/accountObstacles.ts';
import { remarkText } from '../core/accountRemarks.ts';
import type { AccountObstacle, AccountRemark, DeviceState } from '../core/ports.ts';
import { decide } from '../core/rotation/decision.ts';
import type { Identity, JournalRecord } from '../core/rotation/journal.ts';
import type { Ports } from './run.ts';

export type AccountStatusPorts = Pick<Ports, 'accounts' | 'onForeignChange'> & {
  /** What would keep an account from being changed, as far as a look tells. */
  readonly obstacle: (sid: string) => Promise<AccountObstacle | undefined>;
};

/** What the rest of the report knows by then. */
export interface AccountLook {
  /** Of the policy; undefined for the built-in Administrator. */
  readonly accountName: string | undefined;
  readonly source: 0 | 1 | 2 | 3 | 4;
  readonly identity: Identity;
  /** Undefined also where it is not believed. */
  readonly state: DeviceState | undefined;
  readonly now: number;
  readonly record: JournalRecord;
  readonly isAtWork: boolean;
}

export interface AboutAccount {
  /** What keeps it from being managed. */
  readonly cause: string | undefined;
  readonly troubles: readonly string[];
  readonly remarks: readonly AccountRemark['kind'][];
}

/** The account the policy names: what is out of the ordinary about it, and whether the next cycle rotates. */
export async function accountPart(
  ports: AccountStatusPorts,
  { accountName, source, identity, state, now, record, isAtWork }: AccountLook,
): Promise<AboutAccount> {
  const { account, bar, remarks: remarked } = await ports.accounts.examine(accountName);
  const name = account?.name ?? accountName ?? 'built-in Administrator';
  const remarks = remarked.map(({ kind }) => kind);
  // A rename is followed; everything else somebody should look at.
  const texts = remarked.filter(({ kind }) => kind !== 'renamed').map((remark) => remarkText(remark, name));
  const all = (trouble: string | undefined): AboutAccount => ({
    troubles: trouble === undefined ? texts : [trouble, ...texts],
    remarks,
    cause: undefined,
  });
  const barred = (cause: string, more: readonly string[]): AboutAccount => ({
    troubles: [cause, ...more],
    remarks,
    cause,
  });
  if (bar !== undefined) return barred(`no password is rotated: ${bar.problem}`, []);
  const mark = account === undefined ? undefined : await ports.accounts.mark(account.sid);
  if (account === undefined || mark === undefined) return barred(`the managed account "${name}" does not exist`, texts);
  // Before its password: whoever lost the account to another data folder rotates nothing.
  const obstacle = await ports.obstacle(account.sid);
  if (obstacle !== undefined) {
    const { message, hint } = obstacleTrouble(obstacle, account.name);
    return barred(`${message}; ${hint}`, texts);
  }
  if (source === 0 || record.state !== 'idle' || isAtWork) return all(undefined);
  // Left alone for another laps-agent: what this one remembers of it says nothing of what comes next.
  if (record.attempts > 0 && record.lastFailure?.code === 'ERR_LAPS_ACCOUNT_BUSY') return all(undefined);
  const decision = decide({
    now,
    policySource: source,
    identity,
    account: { sid: account.sid, name: account.name, mark },
    state,
    onForeignChange: ports.onForeignChange,
  });
  if (decision.kind === 'leave' && decision.foreignChange)
    return all(
      `something other than LAPS changed the password of ${account.name}, or the data folder was put back to an earlier state: the one in the tenant does not open it`,
    );
  return all(decision.kind === 'leave' ? undefined : `the next cycle rotates: ${decision.reasons.join('; ')}`);
}
