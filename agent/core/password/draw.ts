/**
 * The loop that asks for candidates until one is good: drawn at the edge, judged here, a bounded number of times.
 *
 * Knows: the source's and the judges' abilities. Promises: what it returns satisfies the policy and every further judge;
 * it ends. Must never: keep a candidate that was turned down, or tell anything about one.
 */
import type { PasswordSource } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { satisfies } from './judge.ts';
import type { PasswordSpec } from './spec.ts';

/** How many candidates the machine's own password policy may turn down before event 10027 (spec O14 leaves it open). */
export const drawBound = 100;

/**
 * The first candidate that satisfies `spec` and that `accepts` (the machine's own policy) takes; undefined when none of
 * `bound` did, which is event 10027.
 */
export async function drawAcceptable(request: {
  readonly source: PasswordSource;
  readonly spec: PasswordSpec;
  readonly accepts: (candidate: Secret) => Promise<boolean>;
  readonly bound: number;
}): Promise<Secret | undefined> {
  for (let attempt = 0; attempt < request.bound; attempt += 1) {
    const candidate = await request.source.draw(request.spec);
    if (satisfies(request.spec, candidate.reveal()) && (await request.accepts(candidate))) return candidate;
  }
  return undefined;
}
