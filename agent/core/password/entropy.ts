/**
 * How many bits of chance a password holds.
 *
 * Knows: spec 3.4's way of counting (length times log2 of the alphabet or of Windows' word list) and the exact one for
 * what is drawn here: it subtracts what the rule "one of each set" rules out, and takes the lists as they are here. Promises: exact counting in whole numbers. Must never: look at a password.
 */
import { wordLists } from './lists.ts';
import { alphabetOf, setsOf } from './sets.ts';
import type { PasswordSpec } from './spec.ts';

/** Bits as spec 3.4 counts them: those of a Windows device. */
export function entropyBits(spec: PasswordSpec): number {
  return spec.kind === 'passphrase'
    ? spec.words * Math.log2(wordLists[spec.complexity].windowsSize)
    : spec.length * Math.log2(alphabetOf(spec.complexity).length);
}

/** Strings over `sets` of exactly `length` characters that take at least one from each set: inclusion and exclusion. */
export function lawfulStrings(setSizes: readonly number[], length: number): bigint {
  let total = 0n;
  for (let left = 0; left < 2 ** setSizes.length; left += 1) {
    const kept = setSizes.filter((_, index) => (left & (1 << index)) === 0);
    const alphabet = BigInt(kept.reduce((sum, size) => sum + size, 0));
    const sign = (setSizes.length - kept.length) % 2 === 0 ? 1n : -1n;
    total += sign * alphabet ** BigInt(length);
  }
  return total;
}

function log2(value: bigint): number {
  const bits = value.toString(2).length;
  const shift = Math.max(0, bits - 53);
  return Math.log2(Number(value >> BigInt(shift))) + shift;
}

/** Bits of what is drawn here: log2 of the number of passwords there are, all equally likely. */
export function exactEntropyBits(spec: PasswordSpec): number {
  if (spec.kind === 'passphrase') return spec.words * Math.log2(wordLists[spec.complexity].size);
  const sizes = setsOf(spec.complexity).map((set) => set.length);
  return log2(lawfulStrings(sizes, spec.length));
}
