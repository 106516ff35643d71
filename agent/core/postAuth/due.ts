/**
 * What is to be done now, or until when nothing is.
 *
 * Knows: the order of the actions and their fixed times (spec 5.2). Promises: a stage is in the memory before its effect
 * is returned. Must never: take in news; advance.ts has done that.
 */
import { msPerDay } from '../time.ts';
import { type Draft, nearer, noRestartCame, restartFailed, told, whoseOf } from './draft.ts';
import { type Acting, type Armed, graceMs, isGivenUp, restartPatienceMs } from './memory.ts';
import type { PostAuthEffect } from './step.ts';

export type Due = { readonly effect: PostAuthEffect } | { readonly until: number | null };

export function nextOfActing(draft: Draft, acting: Acting, now: number): Due {
  const whose = whoseOf(acting);
  const retryAt = nearer(acting.retryAt, now, msPerDay);
  if (isGivenUp(acting)) return { until: null };
  if (retryAt !== null && now < retryAt) return { until: retryAt };
  switch (acting.stage) {
    case 'confirm':
      return { effect: { kind: 'confirm', whose } };
    case 'warn': {
      const until = now + graceMs;
      draft.set({ acting: { ...acting, until } });
      return { effect: { kind: 'warn', whose, until } };
    }
    case 'grace': {
      const until = nearer(acting.until ?? now, now, graceMs) ?? now;
      if (until !== acting.until) draft.set({ acting: { ...acting, until } });
      if (now < until) return { until };
      draft.set({ acting: { ...acting, stage: 'signOut', until: null } });
      return { effect: { kind: 'endSessions', whose } };
    }
    case 'signOut':
      return { effect: { kind: 'endSessions', whose } };
    case 'processes':
      return { effect: { kind: 'endProcesses', whose } };
    case 'restart':
      draft.set({ acting: { ...acting, stage: 'restarting', until: now + restartPatienceMs, retryAt: null } });
      return { effect: { kind: 'restart', whose } };
    case 'restarting': {
      const until = nearer(acting.until ?? now, now, restartPatienceMs) ?? now;
      if (until !== acting.until) draft.set({ acting: { ...acting, until } });
      if (now < until) return { until };
      restartFailed(draft, { ...acting, until }, now, noRestartCame);
      return { until: draft.memory.acting?.retryAt ?? null };
    }
  }
}

export function nextOfArmed(draft: Draft, armed: Armed, now: number): Due {
  if (isGivenUp(armed)) return { until: null };
  if (armed.dueAt === null) {
    if (now < armed.deadlineAt) return { until: armed.deadlineAt };
    draft.note(10042, told(armed));
    draft.set({ armed: { ...armed, dueAt: now } });
    return { effect: { kind: 'rotate', requestedAt: now } };
  }
  if (armed.retryAt !== null && now < armed.retryAt) return { until: armed.retryAt };
  return { effect: { kind: 'rotate', requestedAt: armed.dueAt } };
}

export function sooner(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
