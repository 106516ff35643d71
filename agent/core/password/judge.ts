/**
 * Whether a candidate is what the policy asks for (spec 3.2, 3.3). Judges, never draws.
 *
 * Promises: exact length, at least one character of every set, none from outside; a passphrase is the exact number of
 * capitalised words. Must never: say which part of a candidate is wrong; that would be telling about a secret.
 */
import { setsOf } from './sets.ts';
import type { PasswordSpec } from './spec.ts';

/** @param words when given, every word of a passphrase must be one of these (lower-case). */
export function satisfies(spec: PasswordSpec, candidate: string, words?: ReadonlySet<string>): boolean {
  if (spec.kind === 'passphrase') {
    const parts = candidate.match(/[A-Z][a-z]*/g) ?? [];
    if (parts.length !== spec.words || parts.join('') !== candidate) return false;
    return words === undefined || parts.every((part) => words.has(part.toLowerCase()));
  }
  if (candidate.length !== spec.length) return false;
  const sets = setsOf(spec.complexity);
  const present = new Set<number>();
  for (const character of candidate) {
    const index = sets.findIndex((set) => set.includes(character));
    if (index === -1) return false;
    present.add(index);
  }
  return present.size === sets.length;
}
