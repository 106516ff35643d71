/**
 * Post-authentication actions as one pure function (spec 5): what is remembered and what has just become known in, what
 * to remember, to tell and to do next out.
 *
 * Knows: when a sign-in sets a deadline, when one falls away, how often a failure is tried again, in which order the
 * actions come. Promises: what it returns is written down *before* its effect is carried out, and after a death at any
 * point the next look goes on from there. Must never: ask the time, or let a doubtful memory put a rotation off.
 *
 * Where Windows' own behaviour is not known (spec O15), this is decided and why:
 * - A second sign-in keeps the first deadline: a sign-in every day must not put the rotation off for ever.
 * - Another rotation meanwhile fulfils "reset the password" and nothing else: with action 1 the deadline falls away;
 *   otherwise it stands, for a session that was opened with the old password is still open.
 * - A policy that switches the actions off, or manages nothing or another account, takes the deadline back: off is off.
 * - A sign-in that any user of the machine may have made up brings a new password and nothing more, unless somebody turns
 *   out to be signed in when the deadline is over: nobody may end sessions, or restart the machine, by writing a line.
 * - A record found now was written since the last look, whatever time it gives, and its time may be anybody's word: it
 *   counts from that look at the earliest, and never from before the password was set. So no line, however old it says
 *   it is, brings more than one new password a deadline. One that went before is not passed over: a clock may have been
 *   set back between the two, and who has the password must not get by unseen by that.
 * - A clock set back must not put the deadline further away than it was at the sign-in; one set forward brings it on.
 */
import { msPerDay, msPerHour } from '../time.ts';
import {
  actingAt,
  Draft,
  failedOnce,
  nearer,
  restartFailed,
  stageAfter,
  stageAfterRotation,
  told,
  whoseOf,
} from './draft.ts';
import { type Due, nextOfActing, nextOfArmed, sooner } from './due.ts';
import { type Armed, actionBits, type PostAuthMemory, type Whose } from './memory.ts';
import type { PostAuthEffect, PostAuthFacts, PostAuthInput, PostAuthStep, SignIn } from './step.ts';

/** Where the records are to be read from; `off`: not at all, and what happens meanwhile never counts. */
export type ReadFrom =
  | { readonly kind: 'off' }
  /** Nothing can be said now; the place is kept. */
  | { readonly kind: 'later' }
  /** After `cursor`; where there is none, from `since` on, epoch ms. */
  | { readonly kind: 'from'; readonly whose: Whose; readonly cursor: string | null; readonly since: number };

/**
 * With no place remembered (first look, damaged memory, another account), what was signed in with the password in force
 * counts: that is since it was set. While the actions were off nothing was watched, so it begins now (spec 5.1).
 */
export function whereToRead({ watch }: PostAuthMemory, { now, policy, account }: PostAuthFacts): ReadFrom {
  if (policy.kind === 'off' || account.kind === 'none') return { kind: 'off' };
  if (policy.kind === 'unknown' || account.kind === 'unknown') return { kind: 'later' };
  const whose = whoseOf(account);
  if (watch?.kind === 'off') return { kind: 'from', whose, cursor: null, since: now };
  const cursor = watch?.sid === account.sid ? watch.cursor : null;
  return { kind: 'from', whose, cursor, since: account.setAt };
}

/** The deadline as it stands on the clock as it now is, on this boot. */
function asOfNow(armed: Armed, { now, bootId }: PostAuthFacts): Armed {
  let next = armed;
  const delayMs = armed.deadlineAt - armed.authenticatedAt;
  // No policy asks for more than a day: a memory that says so is not believed, and what is in doubt is done at once.
  if (delayMs < 0 || delayMs > msPerDay) next = { ...next, deadlineAt: Math.min(armed.deadlineAt, now) };
  else if (armed.authenticatedAt > now) next = { ...next, authenticatedAt: now, deadlineAt: now + delayMs };
  const retryAt = nearer(next.retryAt, now, msPerDay);
  if (retryAt !== next.retryAt) next = { ...next, retryAt };
  // Retries are counted within one boot (spec 5.1): a new one begins anew, at once.
  return next.bootId === bootId ? next : { ...next, bootId, retryCount: 0, retryAt: null };
}

/** Why a deadline falls away, or undefined. */
function takenBack(armed: Armed, { policy, account }: PostAuthFacts): string | undefined {
  if (account.kind === 'none') return 'the account is no longer managed';
  if (policy.kind === 'off') return policy.why;
  if (account.kind === 'unknown') return undefined;
  if (account.sid !== armed.sid) return 'another account is managed now';
  const replaced = armed.dueAt === null && account.rotationId !== armed.rotationId;
  return replaced && armed.actions === actionBits.reset ? 'the password was replaced meanwhile' : undefined;
}

function listen(
  draft: Draft,
  input: { signIns: readonly SignIn[]; cursor: string | null },
  facts: PostAuthFacts,
): void {
  const { now, bootId, policy, account } = facts;
  if (policy.kind === 'off' || account.kind === 'none') {
    if (draft.memory.watch?.kind !== 'off') draft.set({ watch: { kind: 'off' } });
    return;
  }
  if (policy.kind !== 'on' || account.kind !== 'managed') return;
  const { watch, armed } = draft.memory;
  if (input.cursor !== null && (watch?.kind !== 'on' || watch.cursor !== input.cursor || watch.sid !== account.sid))
    draft.set({ watch: { kind: 'on', sid: account.sid, cursor: input.cursor, lookedAt: now } });
  const [first, ...rest] = input.signIns;
  if (first === undefined) return;
  const vouched = input.signIns.some((each) => each.vouched);
  if (armed !== null) {
    if (vouched && !armed.vouched) draft.set({ armed: { ...armed, vouched } });
    return;
  }
  const before = watch?.kind === 'on' && watch.sid === account.sid ? (watch.lookedAt ?? account.setAt) : account.setAt;
  const saidAt = Math.min(first.at, ...rest.map(({ at }) => at));
  // A record dated in the future was written by a clock that has since been set back.
  const authenticatedAt = Math.min(Math.max(saidAt, before, account.setAt), now);
  const deadlineAt = authenticatedAt + policy.delayHours * msPerHour;
  const { rotationId } = account;
  const more = { actions: policy.actions, retryCount: 0, rotationId, bootId, dueAt: null, retryAt: null, vouched };
  draft.set({ armed: { ...whoseOf(account), authenticatedAt, deadlineAt, ...more } });
  draft.note(10041, { ...told(account), Deadline: deadlineAt });
}

/** Takes in what has become known. */
function take(draft: Draft, input: PostAuthInput, facts: PostAuthFacts): void {
  const { armed, acting } = draft.memory;
  const { now, bootId } = facts;
  switch (input.kind) {
    case 'looked':
      listen(draft, input, facts);
      return;
    case 'parked':
      return;
    case 'rotated':
      // A request is met only by a secret drawn after it (rotation.md 3, rule 4).
      if (armed === null || armed.dueAt === null || input.requestedAt < armed.dueAt) return;
      draft.set({ armed: null });
      actingAt(
        draft,
        { ...whoseOf(armed), actions: armed.actions, until: null, bootId, retryCount: 0, retryAt: null },
        stageAfterRotation(armed),
      );
      return;
    case 'notRotated': {
      if (armed === null) return;
      draft.note(10043, { ...told(armed), RetryCount: armed.retryCount + 1, HResult: input.hresult });
      draft.set({ armed: failedOnce(draft, armed, now, input.retryAt) });
      return;
    }
    case 'released':
      if (armed === null) return;
      draft.note(50040, { ...told(armed), Problem: input.why });
      draft.set({ armed: null });
      return;
    case 'confirmed':
      if (acting?.stage !== 'confirm') return;
      if (!input.isSignedIn) draft.note(50070, told(acting));
      actingAt(draft, acting, input.isSignedIn ? stageAfter(acting.actions, 'rotated') : undefined);
      return;
    case 'warned':
      if (acting?.stage !== 'warn') return;
      // With nobody there to save anything, nobody is waited for; what is to be ended counts, whether it has a terminal or not.
      if (!(input.anyone || (input.anything && (acting.actions & actionBits.processes) !== 0)))
        draft.set({ acting: { ...acting, stage: 'signOut', until: null } });
      else {
        draft.note(50041, { ...told(acting), Terminals: input.terminals, Until: acting.until ?? now });
        draft.set({ acting: { ...acting, stage: 'grace' } });
      }
      return;
    case 'ended': {
      if (acting === null || (acting.stage !== 'signOut' && acting.stage !== 'processes')) return;
      const counted = { ...told(acting), Count: input.count };
      if (input.count > 0 && acting.stage === 'signOut') draft.note(50042, counted);
      if (input.count > 0 && acting.stage === 'processes') draft.note(50043, counted);
      if (input.problem !== null) {
        draft.note(50044, { ...told(acting), Problem: input.problem });
        if (input.forGood !== true) draft.set({ acting: failedOnce(draft, acting, now, null) });
        // What is not ended now never is: nothing is called done, and what does not depend on it comes next.
        else if (stageAfter(acting.actions, 'processes') === undefined) draft.set({ acting: null });
        else actingAt(draft, acting, stageAfter(acting.actions, 'processes'));
      } else actingAt(draft, acting, stageAfter(acting.actions, acting.stage));
      return;
    }
    case 'restartOrdered':
      if (acting?.stage === 'restarting') draft.note(50046, told(acting));
      return;
    case 'restartSimulated':
      if (acting?.stage !== 'restarting') return;
      draft.note(50048, told(acting));
      actingAt(draft, acting, undefined);
      return;
    case 'restartFailed':
      if (acting?.stage === 'restarting') restartFailed(draft, acting, now, input.hresult);
      return;
  }
}

/** Corrects what is remembered by the facts of now, before anything is waited for or done. */
function review(draft: Draft, facts: PostAuthFacts): void {
  const { armed, acting } = draft.memory;
  if (armed !== null) {
    const now = asOfNow(armed, facts);
    const why = takenBack(now, facts);
    if (why !== undefined) {
      draft.note(50040, { ...told(armed), Problem: why });
      draft.set({ armed: null });
    } else if (now !== armed) draft.set({ armed: now });
  }
  // A restart has ended every session and process, whoever asked for it: nothing stronger is left to be done.
  if (acting !== null && acting.bootId !== facts.bootId) actingAt(draft, acting, undefined);
}

/** One step. Actions under way come before a new deadline: they were promised first. */
export function advance(memory: PostAuthMemory, input: PostAuthInput, facts: PostAuthFacts): PostAuthStep {
  const draft = new Draft(memory);
  take(draft, input, facts);
  review(draft, facts);
  const step = (effect: PostAuthEffect): PostAuthStep => ({ memory: draft.memory, notes: draft.notes, effect });
  // Whoever ends the daemon does not want it to begin anything.
  if (input.kind === 'parked') return step({ kind: 'wait', until: null });
  let until: number | null = null;
  for (const due of [
    () => (draft.memory.acting === null ? { until: null } : nextOfActing(draft, draft.memory.acting, facts.now)),
    () => (draft.memory.armed === null ? { until: null } : nextOfArmed(draft, draft.memory.armed, facts.now)),
  ]) {
    const next: Due = due();
    if ('effect' in next) return step(next.effect);
    until = sooner(until, next.until);
  }
  return step({ kind: 'wait', until });
}
