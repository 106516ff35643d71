/**
 * Judges what lies on this machine: data, daemon, identity, policy, account, rotation.
 *
 * Promises: trouble is what keeps a backup from being made, or from being trusted; what heals by itself in the next cycle
 * is told with that. Must never: ask anybody anything.
 */
import { obstacleTrouble } from '../accountObstacles.ts';
import { remarkText, unnoticedText } from '../accountRemarks.ts';
import { fullDisk } from '../diskRoom.ts';
import { failureHints, hintOf, joinHint } from '../failureHints.ts';
import { unexplainedWords, type WaitingWord } from '../hosting/waiting.ts';
import { accountNameOf, asksForBackup, managementOf } from '../policy/effective.ts';
import { type HoldFacts, holdWords } from '../rotation/hold.ts';
import type { Failure, JournalRecord } from '../rotation/journal.ts';
import { patientUntil } from '../rotation/transition.ts';
import { lateLook } from '../schedule.ts';
import { isoOf } from '../time.ts';
import { type Check, notReached, ok, trouble } from './check.ts';
import type { DoctorFacts, Trouble } from './facts.ts';

/** All of them, with what is to be done about the first. */
function together(troubles: readonly Trouble[]): Trouble | undefined {
  const [first] = troubles;
  return first === undefined ? undefined : { ...first, message: troubles.map(({ message }) => message).join('; ') };
}

export function dataCheck({ disk }: DoctorFacts): Check {
  if (disk.problem !== undefined)
    return trouble('data', {
      code: 'ERR_LAPS_DISK',
      message: `nothing can be written in ${disk.folder}: ${disk.problem}`,
      hint: 'mend that, then run: laps process; the next cycle goes on from where it was',
    });
  const full = fullDisk(disk.folder, disk);
  if (full !== undefined) return trouble('data', { code: 'ERR_LAPS_DISK', ...full });
  if (disk.versionProblem !== undefined)
    return trouble('data', {
      code: 'ERR_LAPS_DATA_DAMAGED',
      message: `the version of the data in ${disk.folder} ${disk.versionProblem}`,
      hint: 'laps repair writes it anew',
    });
  if (disk.unsafe !== undefined) return trouble('data', disk.unsafe);
  const misplaced = together(disk.misplaced);
  if (misplaced !== undefined) return trouble('data', misplaced);
  return ok('data', [disk.folder, ...disk.remarks].join('; '));
}

/** A wrong one stops every command that works here, and a service at its start. */
export function configurationCheck({ configuration }: DoctorFacts): Check {
  const found = together(configuration.troubles);
  return found === undefined ? ok('configuration', configuration.path) : trouble('configuration', found);
}

function waitingTrouble(waiting: WaitingWord): Trouble {
  if (waiting === 'unexplained')
    return {
      code: 'ERR_LAPS_DAEMON_UNREACHABLE',
      message: 'the daemon waits at its start and tries again by itself at least once a minute',
      hint: unexplainedWords,
    };
  const { code, message, hint, sinceAt, nextTryAt } = waiting;
  return {
    code,
    message: `the daemon waits since ${isoOf(sinceAt)}: ${message}; it tries again at ${isoOf(nextTryAt)}`,
    hint,
  };
}

/** One of another version backs up as well: what is to be done about it is said, and is no cause of a failed backup. */
export function daemonCheck({ daemon }: DoctorFacts): Check {
  if (daemon.kind === 'running')
    return ok('daemon', ['it runs and answers', ...(daemon.stale === undefined ? [] : [daemon.stale])].join('; '));
  if (daemon.kind === 'silent') return trouble('daemon', daemon.trouble);
  if (daemon.kind === 'waiting') return trouble('daemon', waitingTrouble(daemon.waiting));
  if (daemon.held !== undefined)
    return trouble('daemon', {
      code: 'ERR_LAPS_INSTANCE_RUNNING',
      message: daemon.held.message,
      hint: daemon.held.hint,
    });
  return ok('daemon', 'none runs, and nobody else works on the data');
}

export function identityCheck({ identity, configuration }: DoctorFacts): Check {
  if (identity.kind === 'failed') return trouble('identity', identity.trouble);
  const reading = identity.value;
  switch (reading.kind) {
    case 'joined':
      return ok('identity', `${reading.device.displayName}, ${reading.device.identity.deviceId}`);
    case 'none':
      return trouble('identity', {
        code: 'ERR_LAPS_NOT_JOINED',
        message: 'this device is not joined to a tenant',
        hint: joinHint(configuration.tenant),
      });
    case 'refused':
      return trouble('identity', {
        code: 'ERR_LAPS_IDENTITY_COPIED',
        message: reading.problem,
        hint: reading.hint,
      });
    case 'damaged':
      return trouble('identity', { code: 'ERR_LAPS_DATA_DAMAGED', message: reading.problem, hint: reading.hint });
  }
}

const joinTypeOf = ({ identity }: DoctorFacts) =>
  identity.kind === 'read' && identity.value.kind === 'joined' ? identity.value.device.joinType : 'none';

/** Whether a policy asks this device to manage an account. */
export function isManaged(facts: DoctorFacts): boolean {
  return facts.policy.kind === 'policy' && managementOf(facts.policy.policy, joinTypeOf(facts)).manages;
}

export function policyCheck(facts: DoctorFacts): Check {
  const { policy: reading } = facts;
  if (reading.kind === 'unreadable')
    return trouble('policy', {
      code: reading.code,
      message: `${reading.path}:${reading.line}:${reading.column}: ${reading.problem}`,
      hint: reading.hint,
    });
  const joinType = joinTypeOf(facts);
  const { manages, why } = managementOf(reading.policy, joinType);
  if (manages) return ok('policy', `from ${reading.policy.source}: ${why}`);
  // Without an identity no policy manages anything, and that was told.
  if (joinType === 'none') return notReached('policy', why);
  if (!asksForBackup(reading.policy)) return ok('policy', why);
  return trouble('policy', {
    code: 'ERR_LAPS_NOT_MANAGED',
    message: why,
    hint: 'laps explain shows what the policy in force asks of this device',
  });
}

/** Why no password is managed where none is asked for, which is no trouble; undefined where one is, or should be. */
export function unaskedOf({ policy }: DoctorFacts): string | undefined {
  if (policy.kind !== 'policy' || asksForBackup(policy.policy)) return undefined;
  return managementOf(policy.policy, 'entra').why;
}

export function accountCheck(facts: DoctorFacts): Check {
  if (facts.policy.kind !== 'policy' || facts.account === undefined || !isManaged(facts))
    return notReached('account', 'no policy in force names one');
  if (facts.account.kind === 'failed') return trouble('account', facts.account.trouble);
  if (facts.account.kind === 'toCome') return ok('account', 'simulated, made by the next start');
  const { account, bar, remarks, obstacle } = facts.account.value;
  if (bar !== undefined) return trouble('account', { code: bar.code, message: bar.problem, hint: bar.hint });
  const asked = accountNameOf(facts.policy.policy) ?? 'built-in Administrator';
  if (account === undefined)
    return trouble('account', {
      code: 'ERR_LAPS_ACCOUNT_MISSING',
      message: `the account "${asked}" does not exist on this machine`,
      hint: failureHints.ERR_LAPS_ACCOUNT_MISSING ?? null,
    });
  // Before its password: whoever lost the account to another data folder has no password to put right.
  if (obstacle !== undefined) return trouble('account', obstacleTrouble(obstacle, account.name));
  if (facts.markProblem !== undefined)
    return trouble('account', {
      code: 'ERR_LAPS_DATA_DAMAGED',
      message: facts.markProblem,
      hint: 'the next cycle makes a new key and a new password that the tenant knows: laps process',
    });
  if (isForeign(facts))
    return trouble('account', {
      code: 'ERR_LAPS_BACKUP_MISMATCH',
      message: `something other than LAPS changed the password of ${account.name}, or the data folder was put back to an earlier state: the password in the tenant does not open it`,
      hint: 'laps reset gives it a new one that both know; a daemon does so by itself unless it is configured otherwise',
    });
  // None of it keeps a backup from being made; who wants to sign in should know.
  const told = remarks.map((remark) => `; ${remarkText(remark, account.name)}`).join('');
  const locked = account.locked && told === '' ? ', locked' : '';
  return ok('account', `${account.name}, ${account.sid}${locked}${told}`);
}

/** No backup fails for want of them, so they are no trouble; what would follow a sign-in does not happen. */
export function signInsCheck({ signInProblem, daemon }: DoctorFacts): Check {
  // It is the daemon that looks, and root may see more than it does.
  const told = daemon.kind === 'running' ? daemon.signInProblem : undefined;
  const problem = told === undefined ? (signInProblem ?? null) : told;
  return problem === null ? ok('signIns', 'they can be noticed') : notReached('signIns', unnoticedText(problem));
}

/** At rest, the account does not have the password that LAPS left in it. */
function isForeign({ account, journal, state }: DoctorFacts): boolean {
  if (account?.kind !== 'read' || journal.kind !== 'read' || state.kind !== 'read') return false;
  if (typeof journal.value === 'string' || journal.value.state !== 'idle' || state.value.kind !== 'state') return false;
  const { accountSid, mark } = state.value.state;
  return account.value.account?.sid === accountSid && account.value.mark !== mark;
}

/** Failures that lie on this machine; the others are looked for where they are. */
const ofThisMachine: ReadonlyArray<Failure['code']> = [
  'ERR_LAPS_ACCOUNT_REFUSED',
  'ERR_LAPS_ACCOUNT_UNVERIFIED',
  'ERR_LAPS_NO_ACCEPTABLE_PASSWORD',
];

/** A failure after which nothing went well yet. */
export function openFailureOf(facts: DoctorFacts): Failure | undefined {
  const { journal } = facts;
  if (journal.kind === 'failed' || typeof journal.value === 'string') return undefined;
  return journal.value.attempts > 0 ? (journal.value.lastFailure ?? undefined) : undefined;
}

/** What becomes of an open rotation. */
function comesNext(facts: DoctorFacts, { state, above }: JournalRecord): string {
  const { openTakenBy } = facts;
  if (openTakenBy !== undefined) return `gives it up: its account was taken over by the data folder ${openTakenBy}`;
  return state === 'prepared' && above + 1 > budgetOf(facts) ? 'begins a hold of a day' : 'goes on with it';
}

/** How many backups may be in doubt; without an identity there is no telling. */
function budgetOf({ identity }: DoctorFacts): number {
  const device = identity.kind === 'read' && identity.value.kind === 'joined' ? identity.value.device : undefined;
  return device === undefined ? Number.POSITIVE_INFINITY : device.historyDepth - 1;
}

function holdFactsOf(facts: DoctorFacts, record: JournalRecord): HoldFacts {
  const { account, now, policy, state } = facts;
  const seen = account?.kind === 'read' ? account.value : undefined;
  const isPending = seen?.account !== undefined && seen.account.sid === record.pending?.account.sid;
  return {
    now,
    record,
    isBeyond: record.above > budgetOf(facts),
    accountName:
      seen?.account?.name ??
      (policy.kind === 'policy' ? accountNameOf(policy.policy) : undefined) ??
      'the managed account',
    mark: isPending ? seen.mark : undefined,
    managedSid: state.kind === 'read' && state.value.kind === 'state' ? state.value.state.accountSid : undefined,
  };
}

function recordCheck(facts: DoctorFacts, record: JournalRecord): Check {
  if (record.heldSince !== null)
    return trouble('rotation', {
      code: 'ERR_LAPS_HOLD',
      ...holdWords(holdFactsOf(facts, record)),
    });
  const failure = openFailureOf(facts);
  if (failure !== undefined && ofThisMachine.includes(failure.code))
    return trouble('rotation', {
      code: failure.code,
      message: failure.message,
      hint: hintOf(failure, record.above + 1 <= budgetOf(facts)),
    });
  const until = patientUntil(record, facts.now);
  if (until !== null)
    return trouble('rotation', {
      code: 'ERR_LAPS_THROTTLED_UNTIL',
      message: `the tenant asked for patience until ${isoOf(until)}`,
      hint: failureHints.ERR_LAPS_THROTTLED_UNTIL ?? null,
    });
  const next = record.above + 1 > budgetOf(facts) ? 'begins a hold of a day' : 'makes another password';
  const atRest =
    record.above === 0 ? 'none is open' : `none is open; what was sent last is in doubt, so the next cycle ${next}`;
  const open =
    record.state === 'idle' ? atRest : `one is open (${record.state}); the next cycle ${comesNext(facts, record)}`;
  return ok(
    'rotation',
    failure === undefined ? open : `${open}; the last attempt, at ${isoOf(failure.at)}: ${failure.message}`,
  );
}

const damaged = (what: string) =>
  trouble('rotation', {
    code: 'ERR_LAPS_DATA_DAMAGED',
    message: `the ${what} is damaged`,
    hint: 'the next cycle puts it aside and rotates: laps process',
  });

export function rotationCheck(facts: DoctorFacts): Check {
  const { journal, state } = facts;
  if (journal.kind === 'failed') return trouble('rotation', journal.trouble);
  if (state.kind === 'failed') return trouble('rotation', state.trouble);
  if (journal.value === 'damaged') return damaged('journal');
  if (state.value.kind === 'damaged') return damaged('local state');
  if (journal.value !== 'absent') return recordCheck(facts, journal.value);
  if (state.value.kind === 'absent') return ok('rotation', 'there was none yet');
  return trouble('rotation', {
    code: 'ERR_LAPS_DATA_DAMAGED',
    message: 'the journal is missing',
    hint: 'the next cycle starts over with a fresh rotation: laps process',
  });
}

/** Is anybody there to rotate what is due? */
export function scheduleCheck(facts: DoctorFacts): Check {
  const { daemon, state, now } = facts;
  const due =
    state.kind === 'read' && state.value.kind === 'state' ? state.value.state.AzurePasswordExpiryTime : undefined;
  if (daemon.kind === 'running') {
    const { nextCycleAt } = daemon;
    const late = isManaged(facts) ? lateLook({ nextCycleAt, expiresAt: due, now }) : undefined;
    if (late !== undefined) return trouble('schedule', { code: 'ERR_LAPS_CONFIGURATION', ...late });
    return ok('schedule', `the daemon looks by itself${nextCycleAt === null ? '' : `, next at ${isoOf(nextCycleAt)}`}`);
  }
  if (due === undefined || now < due || !isManaged(facts))
    return ok('schedule', 'nothing is due; without a daemon nothing rotates by itself');
  return trouble('schedule', {
    code: 'ERR_LAPS_DAEMON_UNREACHABLE',
    message: `the password expired at ${isoOf(due)}, and no daemon runs that would rotate it`,
    hint: 'start it with laps run, or rotate once with laps process',
  });
}
