/**
 * What `laps status` reports (contract 3), from what the device itself remembers.
 *
 * Knows: how the journal, the state and the identity read together. Promises: reports well only when the newest password
 * in the tenant is the one that was set; reading changes nothing. Must never: ask the tenant, or report well falsely.
 */
import { unnoticedText } from '../core/accountRemarks.ts';
import { LapsError, type LapsErrorCode } from '../core/errors.ts';
import { joinHint } from '../core/failureHints.ts';
import { startService } from '../core/hosting/standing.ts';
import { unexplainedWords, type WaitingWord } from '../core/hosting/waiting.ts';
import { accountNameOf, asksForBackup, managementOf, policySourceCode, postAuthOf } from '../core/policy/effective.ts';
import { defaultOs, parseOs } from '../core/policy/os.ts';
import { policyOfFolder } from '../core/policy/read.ts';
import type { AccountRemark, PostAuthStore, StateReading } from '../core/ports.ts';
import { holdWords } from '../core/rotation/hold.ts';
import { type Failure, idleRecord, type JournalRecord, type RotationState } from '../core/rotation/journal.ts';
import { holdEndsAt, patientUntil } from '../core/rotation/transition.ts';
import { lateLook } from '../core/schedule.ts';
import { isoOf } from '../core/time.ts';
import { type AboutAccount, type AccountStatusPorts, accountPart } from './accountStatus.ts';
import { type PostAuthenticationPart, postAuthenticationPart } from './postAuthStatus.ts';
import type { Ports } from './run.ts';

export interface StatusContext {
  readonly data: string;
  readonly policies: string;
  /** Epoch ms of the next cycle; null with no daemon. */
  readonly nextCycleAt: number | null;
  readonly daemonRunning: boolean;
  /** A cycle is under way in the daemon that makes this report: what is open is being worked on. */
  readonly isAtWork: boolean;
  /** Of the program that makes this report. */
  readonly program: { readonly version: string; readonly isReplaced: boolean };
  /** An installed service is what works in this data folder, and it does not run. */
  readonly isServed: boolean;
  /** A daemon that holds the data folder and answers nobody. */
  readonly silent?: { readonly message: string; readonly hint: string } | undefined;
  /** What a daemon that waits at its start says. */
  readonly waiting: WaitingWord | undefined;
  /** Why no sign-in can be noticed, as far as a look tells, in words. */
  readonly signInProblem: string | undefined;
  /** What is wrong with the files of the data folder, in words. */
  readonly standing: readonly string[];
}

/** The JSON of contract 3; members only ever added. */
export interface StatusReport {
  readonly daemon: {
    readonly running: boolean;
    /** A cycle is under way. */
    readonly atWork: boolean;
    /** Of the daemon's program; null while none runs. */
    readonly version: string | null;
    /** It was installed anew since the daemon started. */
    readonly replaced: boolean;
    /** What starts one; null while one runs, also one that answers nobody. */
    readonly start: string | null;
    /** A daemon that cannot work yet and tries again by itself; what it says is null where it could not write it down. */
    readonly waiting: {
      readonly since: string | null;
      readonly nextTry: string | null;
      readonly code: LapsErrorCode | null;
      readonly problem: string | null;
    } | null;
  };
  readonly data: string;
  readonly policies: string;
  readonly device: {
    readonly deviceId: string | null;
    readonly displayName: string | null;
    readonly joinType: 'entra' | 'hybrid' | 'registered' | 'none';
    readonly tenantId: string | null;
    readonly endpoint: string | null;
    readonly os: string;
  };
  readonly policy: {
    readonly source: 'CSP' | 'GPO' | 'Local' | 'Legacy' | 'none';
    readonly settings: Readonly<Record<string, string | number>>;
    readonly manages: boolean;
    readonly why: string;
  };
  readonly managedAccount: {
    readonly name: string;
    readonly sid: string;
    /** What is out of the ordinary about it. */
    readonly remarks: readonly AccountRemark['kind'][];
  } | null;
  readonly lastPasswordUpdate: string | null;
  readonly passwordExpiry: string | null;
  readonly nextCycle: string | null;
  readonly rotation: {
    readonly state: JournalRecord['state'];
    readonly hold: boolean;
    readonly holdUntil: string | null;
    readonly throttledUntil: string | null;
    readonly inDoubt: number;
    readonly attempts: number;
  };
  readonly postAuthentication: PostAuthenticationPart | null;
  /** Why sign-ins are missed, as whoever made this report may look; null when none is. */
  readonly signInProblem: string | null;
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string | null } | null;
  /** What a person should know, worst first; empty when healthy. */
  readonly troubles: readonly string[];
  readonly healthy: boolean;
}

/** The ports a report reads; `peek` reads without putting anything aside. */
export type StatusPorts = Pick<Ports, 'clock' | 'identity' | 'policies' | 'tenant'> &
  AccountStatusPorts & {
    readonly journal: { peek(): Promise<JournalRecord | 'absent' | 'damaged'> };
    readonly state: { peek(): Promise<StateReading> };
    readonly memory: Pick<PostAuthStore, 'peek'>;
  };

interface Told {
  readonly policy: StatusReport['policy'];
  readonly accountName: string | undefined;
  readonly trouble: string | undefined;
  readonly source: 0 | 1 | 2 | 3 | 4;
  /** A policy asks for passwords to be backed up somewhere. */
  readonly asksForBackup: boolean;
  /** Something is to follow a sign-in. */
  readonly watches: boolean;
}

async function policyPart(
  ports: StatusPorts,
  os: string,
  joinType: 'entra' | 'hybrid' | 'registered' | 'none',
): Promise<Told> {
  const reading = await policyOfFolder(await ports.policies.read(), parseOs(os) ?? defaultOs);
  if (reading.kind === 'unreadable') {
    const trouble = `${reading.path}:${reading.line}:${reading.column}: ${reading.problem}`;
    return {
      policy: { source: 'none', settings: {}, manages: false, why: trouble },
      accountName: undefined,
      trouble,
      source: 0,
      asksForBackup: false,
      watches: false,
    };
  }
  const { policy } = reading;
  const management = managementOf(policy, joinType);
  const settings = Object.fromEntries(Object.entries(policy.settings).map(([name, setting]) => [name, setting.value]));
  return {
    policy: { source: policy.source, settings, manages: management.manages, why: management.why },
    accountName: accountNameOf(policy),
    trouble: undefined,
    source: policySourceCode(policy),
    asksForBackup: asksForBackup(policy),
    watches: postAuthOf(policy, joinType).kind === 'on',
  };
}

function failurePart(failure: Failure | null): StatusReport['lastFailure'] {
  return failure === null ? null : { code: failure.code, message: failure.message, at: isoOf(failure.at) };
}

function waitingPart(waiting: WaitingWord | undefined): StatusReport['daemon']['waiting'] {
  if (waiting === undefined) return null;
  if (waiting === 'unexplained') return { since: null, nextTry: null, code: null, problem: null };
  const { sinceAt, nextTryAt, code, message } = waiting;
  return { since: isoOf(sinceAt), nextTry: isoOf(nextTryAt), code, problem: message };
}

function waitingTroubles(waiting: WaitingWord | undefined): string[] {
  if (waiting === undefined) return [];
  if (waiting === 'unexplained') return [`the daemon cannot work yet: ${unexplainedWords}`];
  const { message, hint } = waiting;
  return [`the daemon cannot work yet: ${message}${hint === null ? '' : `; ${hint}`}`];
}

/** What an open rotation means for whoever wants to sign in. */
const openWords: Readonly<Record<Exclude<RotationState, 'idle'>, string>> = {
  prepared: 'a new password waits to be backed up; the previous one opens the account',
  escrowed:
    "a new password is backed up but not yet proven to be set; if it does not open the account, the previous one in the tenant's history does",
  applied: 'a new password is backed up and set; the next cycle records it',
};

/** An open rotation of an account that another data folder has taken over. */
const lostWords = (data: string): string =>
  `a rotation is open, and its account was taken over by the data folder ${data}: the next cycle gives it up`;

const unread = { kind: 'unread' } as const;

/** Builds the report. */
export async function statusReport(ports: StatusPorts, context: StatusContext): Promise<StatusReport> {
  const now = ports.clock.now();
  const { silent } = context;
  const unheard = silent === undefined ? [] : [`${silent.message}; ${silent.hint}`];
  const troubles = [...waitingTroubles(context.waiting), ...unheard, ...context.standing];
  /** What cannot be read is told, and the rest of the report goes on without it. */
  const readable = async <T, F>(read: () => Promise<T>, otherwise: F): Promise<T | F> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof LapsError)) throw error;
      troubles.push(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
      return otherwise;
    }
  };
  const identity = await readable(() => ports.identity.read(), unread);
  const device = identity.kind === 'joined' ? identity.device : undefined;
  if (identity.kind === 'none') troubles.push(`the device is not joined to a tenant; ${joinHint(ports.tenant)}`);
  if (identity.kind === 'refused' || identity.kind === 'damaged') troubles.push(identity.problem);
  const os = device?.os ?? defaultOs.text;
  const joinType = device?.joinType ?? 'none';
  const told = await policyPart(ports, os, joinType);
  if (told.trouble !== undefined) troubles.push(told.trouble);
  // Each cycle fails on this (ERR_LAPS_NOT_MANAGED); not being joined was told above.
  else if (!told.policy.manages && told.asksForBackup && device !== undefined) troubles.push(told.policy.why);

  const journal = await readable(() => ports.journal.peek(), 'unread' as const);
  if (journal === 'damaged') troubles.push('the journal is damaged; the next cycle puts it aside and rotates');
  const stateReading = await readable(() => ports.state.peek(), unread);
  if (journal === 'absent' && stateReading.kind !== 'absent')
    troubles.push('the journal is missing; the next cycle rotates');
  const record = typeof journal === 'string' ? idleRecord : journal;
  if (stateReading.kind === 'damaged')
    troubles.push('the local state is damaged; the next cycle puts it aside and rotates');
  const state = stateReading.kind === 'state' ? stateReading.state : undefined;

  const throttledUntil = patientUntil(record, now);
  let heldFor = '';
  if (record.heldSince !== null) {
    const { account } = record.pending ?? {};
    const named = told.accountName ?? 'the managed account';
    const { message, hint } = holdWords({
      now,
      record,
      isBeyond: device !== undefined && record.above > device.historyDepth - 1,
      accountName: named,
      mark: account === undefined ? undefined : await readable(() => ports.accounts.mark(account.sid), undefined),
      managedSid: state?.accountSid,
    });
    const wanted = told.policy.manages
      ? (await readable(() => ports.accounts.examine(told.accountName), undefined))?.account
      : undefined;
    const isOther = account !== undefined && wanted !== undefined && wanted.sid !== account.sid;
    const waits = isOther ? `; ${wanted.name}, which the policy names now, is managed once that is settled` : '';
    heldFor = message;
    troubles.push(`${message}; ${hint}${waits}`);
  }
  if (record.state !== 'idle' && record.heldSince === null && !context.isAtWork) {
    const { pending } = record;
    const obstacle =
      pending === null ? undefined : await readable(() => ports.obstacle(pending.account.sid), undefined);
    troubles.push(obstacle?.kind === 'kept' ? lostWords(obstacle.data) : openWords[record.state]);
  }
  if (throttledUntil !== null) troubles.push(`the tenant asked for patience until ${isoOf(throttledUntil)}`);

  let about: AboutAccount = { troubles: [], remarks: [], cause: undefined };
  if (told.policy.manages && device !== undefined && told.source !== 0)
    // At rest with a post in doubt, the state is not believed (cycle.ts).
    about = await readable(
      () =>
        accountPart(ports, {
          accountName: told.accountName,
          source: told.source,
          identity: device.identity,
          state: record.above > 0 ? undefined : state,
          now,
          record,
          isAtWork: context.isAtWork,
        }),
      about,
    );
  troubles.push(...about.troubles);
  const late = lateLook({ nextCycleAt: context.nextCycleAt, expiresAt: state?.AzurePasswordExpiryTime, now });
  if (late !== undefined && told.policy.manages) troubles.push(`${late.message}; ${late.hint}`);
  const afterSignIn = await readable(() => postAuthenticationPart(ports.memory), { part: null, troubles: [] });
  troubles.push(...afterSignIn.troubles);
  if (told.watches && context.signInProblem !== undefined) troubles.push(unnoticedText(context.signInProblem));
  // An attempt after it went well, and the failure is history (cycle.ts); one whose cause was just told says nothing new.
  const isTold = (code: LapsErrorCode): boolean =>
    (about.cause !== undefined && ofAccount.includes(code)) ||
    (throttledUntil !== null && ofPatience.includes(code)) ||
    (record.heldSince !== null && code === 'ERR_LAPS_HOLD');
  const isSaid = (message: string): boolean => about.cause?.startsWith(message) === true || heldFor.includes(message);
  if (
    record.lastFailure !== null &&
    record.attempts > 0 &&
    !isTold(record.lastFailure.code) &&
    !isSaid(record.lastFailure.message)
  )
    troubles.push(`the last attempt, at ${isoOf(record.lastFailure.at) ?? '?'}, failed: ${record.lastFailure.message}`);

  return {
    daemon: {
      running: context.daemonRunning,
      atWork: context.isAtWork,
      version: context.daemonRunning ? context.program.version : null,
      replaced: context.daemonRunning && context.program.isReplaced,
      start: context.daemonRunning || silent !== undefined ? null : context.isServed ? startService : 'laps run',
      waiting: waitingPart(context.waiting),
    },
    data: context.data,
    policies: context.policies,
    device: {
      deviceId: device?.identity.deviceId ?? null,
      displayName: device?.displayName ?? null,
      joinType,
      tenantId: device?.identity.tenantId ?? null,
      endpoint: device?.endpoint ?? null,
      os,
    },
    policy: told.policy,
    managedAccount:
      state === undefined ? null : { name: state.accountName, sid: state.accountSid, remarks: about.remarks },
    lastPasswordUpdate: state === undefined ? null : isoOf(state.LastPasswordUpdateTime),
    passwordExpiry: state === undefined ? null : isoOf(state.AzurePasswordExpiryTime),
    nextCycle: context.nextCycleAt === null ? null : isoOf(context.nextCycleAt),
    rotation: {
      state: record.state,
      hold: record.heldSince !== null,
      holdUntil: isoOf(holdEndsAt(record) ?? Number.NaN),
      throttledUntil: throttledUntil === null ? null : isoOf(throttledUntil),
      inDoubt: record.above,
      attempts: record.attempts,
    },
    postAuthentication: afterSignIn.part,
    signInProblem: context.signInProblem ?? null,
    lastFailure: failurePart(record.lastFailure),
    troubles,
    healthy: troubles.length === 0,
  };
}

/** Failures that the look at the account itself tells. */
const ofAccount: readonly LapsErrorCode[] = [
  'ERR_LAPS_ACCOUNT_MISSING',
  'ERR_LAPS_ACCOUNT_PROTECTED',
  'ERR_LAPS_ACCOUNT_NOT_LOCAL',
];
const ofPatience: readonly LapsErrorCode[] = ['ERR_LAPS_TENANT_THROTTLED', 'ERR_LAPS_THROTTLED_UNTIL'];
