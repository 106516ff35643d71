/**
 * The account a cycle is about: whether it may be managed, by this laps-agent alone, and what is to be said of it.
 *
 * Knows: the events of an account that is out of the ordinary. Promises: nothing is changed here but the note that a
 * foreign change was told. Must never: decide whether to rotate.
 */
import type { ClaimOutcome, ClaimPurpose } from '../core/accountClaim.ts';
import { keptWords } from '../core/accountObstacles.ts';
import { remarkText } from '../core/accountRemarks.ts';
import { errorTable } from '../core/errors.ts';
import type { Account, AccountRemark, DeviceState } from '../core/ports.ts';
import type { Failure } from '../core/rotation/journal.ts';
import { failureAt, type Run } from './run.ts';

/** An account that another laps-agent has: what to remember, and what to do about it. */
export interface Busy {
  readonly failure: Failure;
  readonly hint: string;
}

function wordsOf(outcome: Exclude<ClaimOutcome, { kind: 'held' }>): {
  readonly problem: string;
  readonly hint: string;
} {
  if (outcome.kind === 'kept') return keptWords(outcome.data);
  if (outcome.kind === 'unsafe') return outcome;
  return {
    problem: outcome.problem,
    hint: 'let one data folder manage the account: end the other laps-agent, or name another account here',
  };
}

/**
 * Keeps every other laps-agent of this machine away from the account (rotation.md 3, rule 6), or says why not (50037).
 * 50060 tells of a data folder that had it until now, 50081 of notes that others could use, 50084 of one that was not believed.
 */
export async function claim(run: Run, account: Account, purpose: ClaimPurpose): Promise<Busy | undefined> {
  return told(run, account, await run.ports.accounts.claim(account.sid, purpose));
}

/** The same to finish an open rotation; `elsewhere` where another data folder has taken the account over meanwhile. */
export async function claimOpen(
  run: Run,
  account: Account,
  takeOver: boolean,
): Promise<Busy | 'elsewhere' | undefined> {
  const outcome = await run.ports.accounts.claim(account.sid, 'finish');
  if (outcome.kind !== 'kept') return told(run, account, outcome);
  return takeOver ? claim(run, account, 'takeOver') : 'elsewhere';
}

function told(run: Run, { name, rid }: Account, outcome: ClaimOutcome): Busy | undefined {
  const account = { AccountName: name, Rid: rid };
  if (outcome.kind !== 'busy' && outcome.closed !== undefined) run.emit(50081, { Paths: outcome.closed.join(', ') });
  if (outcome.kind === 'held') {
    if (outcome.disbelieved !== undefined)
      run.emit(50084, { ...account, Path: outcome.disbelieved.path, Problem: outcome.disbelieved.problem });
    if (outcome.from !== undefined)
      run.emit(50060, { ...account, PreviousData: outcome.from.data, Problem: outcome.from.why });
    return undefined;
  }
  const { problem, hint } = wordsOf(outcome);
  run.emit(50037, { ...account, Problem: problem });
  const code = outcome.kind === 'unsafe' ? 'ERR_LAPS_DATA_UNSAFE' : 'ERR_LAPS_ACCOUNT_BUSY';
  const message = `the account ${name} is left alone: ${problem}`;
  return {
    failure: failureAt(run.ports.clock.now(), { code, message, hresult: errorTable[code].hresult }),
    hint,
  };
}

/** Whom a policy means that names nobody, as events call it. */
export const builtIn = 'the built-in Administrator';

/** The account the policy names, or why it must not be touched. */
export type Examined =
  | { readonly kind: 'free'; readonly account: Account | undefined }
  | { readonly kind: 'barred'; readonly failure: Failure; readonly hint: string };

function tellRemark(run: Run, account: Account | undefined, remark: AccountRemark): void {
  const { name: AccountName, rid: Rid } =
    remark.kind === 'idReused' ? remark.account : (account ?? { name: '', rid: 0 });
  const fields = { AccountName, Rid };
  switch (remark.kind) {
    case 'idReused':
      run.emit(50033, { ...fields, PreviousName: remark.from });
      return;
    case 'renamed':
      run.emit(50032, { ...fields, PreviousName: remark.from });
      return;
    case 'locked':
      run.emit(50034, fields);
      return;
    case 'expired':
      run.emit(50035, fields);
      return;
    case 'agedOut':
      run.emit(50088, fields);
      return;
    case 'mustChange':
    case 'failLocked':
    case 'firstEight':
      run.emit(50093, { ...fields, Problem: remarkText(remark, AccountName) });
      return;
    case 'shellMissing':
      run.emit(50089, fields);
      return;
    case 'noShell':
      run.emit(50036, fields);
      return;
  }
}

/** Looks at the account the policy names and tells what is out of the ordinary about it (50030 to 50036, 50088, 50089, 50093). */
export async function examine(run: Run, name: string | undefined): Promise<Examined> {
  const { account, bar, remarks } = await run.ports.accounts.examine(name);
  if (bar !== undefined) {
    const { code, problem, hint } = bar;
    const fields = { AccountName: name ?? builtIn, Problem: problem };
    if (code === 'ERR_LAPS_ACCOUNT_PROTECTED') run.emit(50030, fields);
    else run.emit(50031, fields);
    const message = name === undefined ? `no account is managed: ${problem}` : `"${name}" is not managed: ${problem}`;
    const { hresult } = errorTable[code];
    return { kind: 'barred', failure: failureAt(run.ports.clock.now(), { code, message, hresult }), hint };
  }
  for (const remark of remarks) tellRemark(run, account, remark);
  return { kind: 'free', account };
}

/** 50011, once for each password that something else set. */
export async function tellForeignChange(run: Run, account: Account, state: DeviceState, mark: string): Promise<void> {
  if (state.foreignMark === mark) return;
  run.emit(50011, { AccountName: account.name, Rid: account.rid });
  await run.ports.state.write({ ...state, foreignMark: mark });
}
