/**
 * The walk over every state of the rotation's world, and what must hold in each (rotation.md 6).
 *
 * Promises: states that cannot differ in what happens next are walked once; the first property broken is told with the
 * path that led there. Must never: change the world otherwise than by its own steps.
 */
import type { JournalRecord, Pending } from '../../agent/core/rotation/journal.ts';
import type { Input } from '../../agent/core/rotation/transition.ts';
import { msPerHour } from '../../agent/core/time.ts';
import {
  begin,
  H,
  type Held,
  identityOf,
  type Options,
  plainly,
  secretOf,
  start,
  stateIsOk,
  stepsOf,
  successors,
  type World,
} from './rotationModel.ts';

/** Everything that cannot change what happens next is folded away, so that the walk ends. */
export function canonical(world: World): World {
  // Only passwords that the account may hold or that may still be set can matter; all others are one and the same.
  const names = new Map<number, number>();
  const drawn = world.run?.input.kind === 'drawn' ? world.run.input.pending : null;
  const pendings = [world.journal.now.pending, world.journal.orElse?.pending, world.run?.record.pending, drawn];
  const live = [world.account.now, world.account.orElse, ...pendings.map((one) => (one ? secretOf(one) : null))];
  for (const one of live) if (one !== null && !names.has(one)) names.set(one, names.size + 1);
  const name = (password: number): number => names.get(password) ?? -1;
  const mark = (text: string): string => `m${name(Number(text.slice(1)))}`;
  const pendingFold = (pending: Pending | null): Pending | null =>
    pending === null
      ? null
      : {
          ...pending,
          rotationId: `s${name(secretOf(pending))}`,
          identity: identityOf(pending.identity.deviceId === `d${world.device}` ? 1 : 0),
          posts: 0,
          acceptedAt: pending.acceptedAt === null ? null : 0,
          before: mark(pending.before),
          after: pending.after === null ? null : mark(pending.after),
        };
  const recordFold = (record: JournalRecord): JournalRecord => ({
    ...record,
    pending: pendingFold(record.pending),
    heldSince: record.heldSince === null ? null : 0,
    notBefore: record.notBefore === null ? null : msPerHour,
    attempts: 0,
    lastFailure: null,
  });
  const fold = <T>(value: Held<T>, each: (one: T) => T): Held<T> => {
    const now = each(value.now);
    const orElse = value.orElse === null ? null : each(value.orElse);
    return { now, orElse: JSON.stringify(now) === JSON.stringify(orElse) ? null : orElse };
  };
  const journal = fold(world.journal, recordFold);
  const account = fold(world.account, name);
  // A state file of another device, or whose mark no live password has, can never again say that all is well.
  const state = fold(world.state, (file) =>
    file === null || file.device !== world.device || name(file.mark) < 0 ? null : { device: 1, mark: name(file.mark) },
  );
  // Of a password that stands there twice only the newer place matters: it is pushed out later.
  const tenant = world.tenant.map((one, at) => (world.tenant.indexOf(one) === at ? name(one) : -1));
  while (tenant.at(-1) === -1) tenant.pop();
  const run =
    world.run === null
      ? null
      : {
          ...world.run,
          record: recordFold(world.run.record),
          input: inputFold(world.run.input, pendingFold, mark),
        };
  const doubts = [journal.now.above, journal.orElse?.above ?? 0, run?.record.above ?? 0];
  const overridden = world.overridden && Math.max(...doubts) >= H - 1;
  const givenUp = world.givenUp && Math.max(...doubts) > 0;
  const lost = world.lost
    .filter((one) => pendings.some((pending) => pending && secretOf(pending) === one))
    .map(name)
    .sort();
  return { journal, account, state, tenant, lost, device: 1, claimed: world.claimed, overridden, givenUp, run };
}

function inputFold(
  input: Input,
  pendingFold: (pending: Pending | null) => Pending | null,
  mark: (text: string) => string,
): Input {
  if (input.kind === 'drawn') return { ...input, pending: pendingFold(input.pending) ?? input.pending };
  if (input.kind === 'probed' || input.kind === 'proven') return { ...input, mark: mark(input.mark) };
  return input;
}

/** P1 to P4 of rotation.md 6, each a sentence when broken. */
export function broken(world: World): string | undefined {
  const opens = world.tenant.indexOf(world.account.now);
  if (world.claimed && opens < 0) return 'P1: no credential of the tenant opens the account';
  if (world.claimed) {
    const above = Math.min(world.journal.now.above, world.journal.orElse?.above ?? Number.POSITIVE_INFINITY);
    if (opens > above) return `P3: ${opens} credentials stand above the one that opens, the disk says ${above}`;
    if (world.journal.now.above > H - 1 && !world.overridden) return 'P3: more posts in doubt than the budget allows';
  }
  if (
    world.journal.now.state === 'idle' &&
    world.run === null &&
    stateIsOk(world) &&
    world.tenant[0] !== world.account.now
  )
    return 'P2: at rest, and the newest credential does not open the account';
  if (world.journal.now.state === 'idle' && world.journal.now.above !== 0 && !world.givenUp)
    return 'P4: idle with posts in doubt';
  return undefined;
}

/** P5: once faults stop, at most two cycles reach rest, or each reports one named condition. */
export function heals(world: World, options: Options): string | undefined {
  let now = world;
  for (let cycle = 1; cycle <= 2; cycle++) {
    // A cycle settles the open rotation first and then, in the same breath, decides (rotation.md 3, rule 3).
    for (let half = 0; half < 2; half++) {
      now = start(now, plainly, !stateIsOk(now));
      for (let steps = 0; now.run !== null; steps++) {
        if (steps > 20) return 'P5: a run does not end';
        const next = stepsOf(now, now.run, options)[0];
        if (next === undefined) return 'P5: a run is stuck';
        if (next.label === 'stop hold' || next.label === 'stop throttled') return undefined;
        now = next.world;
      }
    }
    if (now.journal.now.state === 'idle' && stateIsOk(now) && now.tenant[0] === now.account.now) return undefined;
  }
  return 'P5: two quiet cycles did not come to rest';
}

/** What a walk found: how many states, and the first property broken with the path that led there. */
export interface Walk {
  readonly states: number;
  readonly broken?: string;
  readonly path?: readonly string[];
}

/** Walks everything there is, breadth first; stops at the first property broken. `limit` guards a broken model. */
export function explore(options: Options, limit: number): Walk {
  const seen = new Map<string, { readonly from: string | null; readonly label: string }>();
  const first = JSON.stringify(canonical(begin));
  seen.set(first, { from: null, label: 'begin' });
  const queue = [first];
  const pathTo = (key: string): string[] => {
    const path: string[] = [];
    for (let at: string | null = key; at !== null; at = seen.get(at)?.from ?? null)
      path.unshift(seen.get(at)?.label ?? '?');
    return path;
  };
  for (const key of queue) {
    for (const next of successors(JSON.parse(key), options)) {
      const reached = canonical(next.world);
      const reachedKey = JSON.stringify(reached);
      if (seen.has(reachedKey)) continue;
      seen.set(reachedKey, { from: key, label: next.label });
      const wrong = broken(reached) ?? (reached.run === null ? heals(reached, options) : undefined);
      if (wrong !== undefined) return { states: seen.size, broken: wrong, path: pathTo(reachedKey) };
      if (seen.size > limit) return { states: seen.size, broken: `more than ${limit} states` };
      queue.push(reachedKey);
    }
  }
  return { states: seen.size };
}
