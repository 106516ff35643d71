/**
 * The world around the rotation, small enough to walk completely (rotation.md 6 and 7).
 *
 * Knows: a disk that may lose unsynced writes, an account, a tenant that keeps H credentials, a process that may die
 * between any two steps. Promises: every choice the real world has at a step is one successor here; the decisions
 * themselves are taken by the real transition function, which is handed in so that a test can break it on purpose.
 */
import { idleRecord, type JournalRecord, type Pending } from '../../agent/core/rotation/journal.ts';
import type {
  AccountNow,
  Context,
  Effect,
  Input,
  Note,
  advance as realAdvance,
} from '../../agent/core/rotation/transition.ts';
import { msPerDay, msPerHour } from '../../agent/core/time.ts';

export const H = 3;
type Advance = typeof realAdvance;

/** What is visible, and what a power cut may still bring back. */
export interface Held<T> {
  readonly now: T;
  readonly orElse: T | null;
}

interface StateFile {
  readonly mark: number;
  readonly device: number;
}

/** One node of the walk. Passwords are small numbers; 0 is the one the account began with. */
export interface World {
  readonly journal: Held<JournalRecord>;
  readonly account: Held<number>;
  readonly state: Held<StateFile | null>;
  readonly tenant: readonly number[];
  /** Secrets whose sealing key is gone. */
  readonly lost: readonly number[];
  readonly device: number;
  /** P1 is claimed: from the first `applied` on, until something that voids it. */
  readonly claimed: boolean;
  /** A hold was overridden and the rotation it let through is still open: the budget is knowingly exceeded. */
  readonly overridden: boolean;
  /** A rotation was given up with its account, which may come back as it was: a journal at rest may have posts in doubt. */
  readonly givenUp: boolean;
  readonly run: null | { readonly record: JournalRecord; readonly input: Input; readonly context: Choice };
}

interface Choice {
  /** Where the account of an open rotation is found. */
  readonly account: AccountNow;
  readonly late: boolean;
  readonly acceptRisk: boolean;
  readonly redraw: boolean;
}

export interface Options {
  readonly advance: Advance;
  /** The tenant knows a request id it has seen and stores nothing twice. */
  readonly recogniseRepeats: boolean;
}

export interface Successor {
  readonly label: string;
  readonly world: World;
}

export const secretOf = (pending: Pending): number => Number(pending.rotationId.slice(1));
const markOf = (password: number): string => `m${password}`;
const held = <T>(now: T): Held<T> => ({ now, orElse: null });

export const begin: World = {
  journal: held(idleRecord),
  account: held(0),
  state: held(null),
  tenant: [],
  lost: [],
  device: 1,
  claimed: false,
  overridden: false,
  givenUp: false,
  run: null,
};

export function identityOf(device: number) {
  return { tenantId: 't', deviceId: `d${device}`, machineId: 'm' };
}

function pendingOf(secret: number, world: World): Pending {
  return {
    rotationId: `s${secret}`,
    identity: identityOf(world.device),
    account: { sid: 'S', name: 'a' },
    body: { AccountName: 'a', AccountSid: 'S', PasswordAgeDays: 30 },
    sealed: { iv: '', tag: '', data: '' },
    spec: { kind: 'password', complexity: 4, length: 14 },
    drawnAt: 0,
    posts: 0,
    before: markOf(world.account.now),
    after: null,
    acceptedAt: null,
    causes: [],
    policySource: 1,
    wasLocked: false,
  };
}

function contextOf(choice: Choice, world: World): Context {
  return {
    now: choice.late ? 2 * msPerDay : 0,
    identity: identityOf(world.device),
    budget: H - 1,
    acceptRisk: choice.acceptRisk,
    redraw: choice.redraw,
  };
}

/** Does local state say that all is well (decision, spec 4.5)? With a post in doubt it is not believed (service/cycle.ts). */
export function stateIsOk(world: World): boolean {
  const state = world.state.now;
  return (
    state !== null && state.device === world.device && state.mark === world.account.now && world.journal.now.above === 0
  );
}

function fresh(world: World): number {
  const pending = world.journal.now.pending;
  const other = world.journal.orElse?.pending ?? null;
  const used = [
    world.account.now,
    world.account.orElse ?? 0,
    world.state.now?.mark ?? 0,
    world.state.orElse?.mark ?? 0,
    ...world.tenant,
    ...world.lost,
  ];
  for (const one of [pending, other, world.run?.record.pending ?? null]) {
    if (one === null) continue;
    used.push(secretOf(one), Number(one.before.slice(1)));
    if (one.after !== null) used.push(Number(one.after.slice(1)));
  }
  return Math.max(0, ...used) + 1;
}

const failure = { code: 'ERR_LAPS_TENANT_UNCLEAR', message: '', hresult: 0, at: 0 } as const;

function die(world: World): World {
  return { ...world, run: null };
}

function store(world: World, secret: number, options: Options): World {
  const repeated = options.recogniseRepeats && world.tenant.includes(secret);
  return repeated ? world : { ...world, tenant: [secret, ...world.tenant].slice(0, H) };
}

/** What may come of an effect; the process goes on with an input, or is dead. */
function outcomes(world: World, record: JournalRecord, effect: Effect, choice: Choice, options: Options): Successor[] {
  const go = (label: string, next: World, input: Input, context: Choice = choice): Successor => ({
    label,
    world: { ...next, run: { record, input, context } },
  });
  const dead = (label: string, next: World): Successor => ({ label, world: die(next) });
  const spent = { ...choice, acceptRisk: false, redraw: false };

  if (choice.account !== 'present' && !['stop', 'forgetState'].includes(effect.kind))
    throw new Error(`P4: ${effect.kind} for an account that is ${choice.account}`);
  if (effect.kind === 'stop') return [dead(`stop ${effect.why}`, world)];
  if (effect.kind === 'draw') {
    const secret = fresh(world);
    const { above, granted } = effect;
    // What the account holds is made durable before its mark is read.
    const synced = { ...world, account: held(world.account.now) };
    return [
      go(`draw ${secret}`, synced, { kind: 'drawn', pending: pendingOf(secret, world), above, granted }, spent),
      go('nothing acceptable', world, { kind: 'notDrawn', failure }),
      dead('crash before draw', world),
    ];
  }
  if (effect.kind === 'forgetState') {
    return [
      go('state forgotten', { ...world, state: held(null) }, { kind: 'forgotten' }),
      dead('crash, forgetting unsynced', { ...world, state: { now: null, orElse: world.state.now } }),
      dead('forgetting fails', world),
    ];
  }
  const { pending } = record;
  if (pending === null) throw new Error(`effect ${effect.kind} with nothing pending`);
  const secret = secretOf(pending);
  const keyGone = world.lost.includes(secret);
  const override = record.above > H - 1;
  if (effect.kind === 'post') {
    if (keyGone) return [go('key lost before post', world, { kind: 'postLost' }, spent)];
    const sent = override ? { ...world, claimed: false } : world;
    const stored = store(sent, secret, options);
    return [
      go('stored', stored, { kind: 'stored' }, spent),
      go('refused', world, { kind: 'refused', failure, retryAt: null }, spent),
      go('throttled', world, { kind: 'refused', failure, retryAt: msPerHour }, spent),
      go('not sent', world, { kind: 'notSent', failure, retryAt: null }, spent),
      go('unclear, stored', stored, { kind: 'unclear', failure, retryAt: null }, spent),
      go('unclear, not stored', sent, { kind: 'unclear', failure, retryAt: null }, spent),
      go('unclear and throttled, stored', stored, { kind: 'unclear', failure, retryAt: msPerHour }, spent),
      go('unclear and throttled, not stored', sent, { kind: 'unclear', failure, retryAt: msPerHour }, spent),
      dead('crash after store', stored),
      dead('crash before store', sent),
    ];
  }
  const seen = { mark: markOf(world.account.now), locked: false, otherManaged: false };
  if (effect.kind === 'probe') {
    return [
      go(
        'probed',
        { ...world, account: held(world.account.now) },
        { kind: 'probed', opens: keyGone ? 'lost' : world.account.now === secret, ...seen },
      ),
      dead('crash before probe', world),
    ];
  }
  if (effect.kind === 'set') {
    if (keyGone) return [go('key lost before set', world, { kind: 'probed', opens: 'lost', ...seen })];
    const set = { ...world, account: held(secret) };
    return [
      go('set and verified', set, { kind: 'proven', mark: markOf(secret) }),
      go('account refuses', world, { kind: 'accountRefused', failure }),
      go('not verified, put back', world, { kind: 'unverified', failure }),
      dead('crash before set', world),
      dead('crash after set, unsynced', { ...world, account: { now: secret, orElse: world.account.now } }),
      dead('crash after set', set),
    ];
  }
  const saved = { mark: pending.after === null ? -1 : Number(pending.after.slice(1)), device: world.device };
  return [
    go('state saved', { ...world, state: held(saved) }, { kind: 'saved' }),
    dead('state save fails', world),
    dead('crash, state unsynced', { ...world, state: { now: saved, orElse: world.state.now } }),
  ];
}

/** The next step of a living process: write the record, then do the effect. */
export function stepsOf(before: World, run: NonNullable<World['run']>, options: Options): Successor[] {
  const step = options.advance(run.record, run.input, contextOf(run.context, before));
  const has = (...notes: readonly Note[]): boolean => notes.some((note) => step.notes.includes(note));
  const world = {
    ...before,
    overridden: before.overridden || has('holdLeft'),
    givenUp: before.givenUp || has('accountGone', 'accountElsewhere'),
  };
  const changed = JSON.stringify(step.record) !== JSON.stringify(run.record);
  const opened = run.input.kind === 'proven' || (run.input.kind === 'probed' && run.input.opens === true);
  const claimed = opened ? true : world.claimed;
  if (!changed) return outcomes(world, step.record, step.effect, run.context, options);
  const written = { ...world, journal: held(step.record), claimed };
  return [
    ...outcomes(written, step.record, step.effect, run.context, options),
    { label: 'crash before write', world: die(world) },
    { label: 'write fails', world: die(world) },
    {
      label: 'crash, write unsynced',
      world: die({ ...world, journal: { now: step.record, orElse: world.journal.now }, claimed }),
    },
  ];
}

export function start(world: World, context: Choice, rotates: boolean): World {
  // Reading the journal and the state makes what was read durable (edge/durableFile).
  const awake = { ...world, journal: held(world.journal.now), state: held(world.state.now) };
  const record = awake.journal.now;
  if (record.state !== 'idle')
    return { ...awake, run: { record, input: { kind: 'resume', account: context.account }, context } };
  if (!rotates) return awake;
  return { ...awake, run: { record, input: { kind: 'wantDraw' }, context } };
}

export const plainly: Choice = { account: 'present', late: false, acceptRisk: false, redraw: false };

/**
 * The ways a run may begin that can make a difference: waiting a day, accepting the risk, asking for another secret, and
 * finding the account of an open rotation gone, or taken over. At rest a cycle without its account does nothing.
 */
function choicesAt(record: JournalRecord): Choice[] {
  const choices = [plainly];
  if (record.state !== 'idle')
    for (const account of ['missing', 'elsewhere'] as const) choices.push({ ...plainly, account });
  if (record.heldSince !== null || record.notBefore !== null) choices.push({ ...plainly, late: true });
  if (record.above + 1 > H - 1) choices.push({ ...plainly, acceptRisk: true });
  if (record.state === 'prepared' || record.state === 'escrowed') choices.push({ ...plainly, redraw: true });
  return choices;
}

/** What happens to a machine while nothing of ours runs. */
function meanwhile(world: World): Successor[] {
  const next: Successor[] = [];
  for (const choice of choicesAt(world.journal.now)) {
    const how = Object.entries(choice).flatMap(([name, on]) => (on === true ? [name] : on === false ? [] : [on]));
    next.push({ label: ['start', ...how].join(' '), world: start(world, choice, true) });
  }
  const { pending } = world.journal.now;
  if (pending !== null && !world.lost.includes(secretOf(pending)))
    next.push({ label: 'key lost', world: { ...world, lost: [...world.lost, secretOf(pending)] } });
  next.push({ label: 'foreign change', world: { ...world, account: held(fresh(world)), claimed: false } });
  next.push({ label: 're-join', world: { ...world, device: world.device + 1, tenant: [], claimed: false } });
  for (const part of ['journal', 'account', 'state'] as const) {
    const back = world[part].orElse;
    if (back !== null) next.push({ label: `power cut undoes ${part}`, world: { ...world, [part]: held(back) } });
  }
  return next;
}

export function successors(world: World, options: Options): Successor[] {
  return world.run === null ? meanwhile(world) : stepsOf(world, world.run, options);
}
