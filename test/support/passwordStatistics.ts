/**
 * What uniform passwords under the class rule look like, exactly, and how far a source is from it.
 *
 * Knows: given that every set is present, a character of a small set is likelier than one of a large set; by symmetry
 * the chance is the same at every position. Promises: chi-square tests of independent draws only: one per position, and
 * one of how many characters of each set a password holds. Adding positions up would not be one, since the class rule
 * ties them together; counting sets is what tells a generator that places one of each from a uniform one.
 */
import { lawfulStrings } from '../../agent/core/password/entropy.ts';
import { alphabetOf, type CharacterComplexity, setsOf } from '../../agent/core/password/sets.ts';
import { chiSquareChance } from './chiSquare.ts';

/** Number of strings of `length` over all sets in which every set but possibly `index` is present. */
function lawfulWithout(sizes: readonly number[], index: number, length: number): bigint {
  let total = 0n;
  for (let left = 0; left < 2 ** sizes.length; left += 1) {
    if ((left & (1 << index)) !== 0) continue;
    const kept = sizes.filter((_, each) => (left & (1 << each)) === 0);
    const alphabet = BigInt(kept.reduce((sum, size) => sum + size, 0));
    total += ((sizes.length - kept.length) % 2 === 0 ? 1n : -1n) * alphabet ** BigInt(length);
  }
  return total;
}

/** The exact chance of each character of the alphabet at any one position. */
export function characterChances(complexity: CharacterComplexity, length: number): number[] {
  const sizes = setsOf(complexity).map((set) => set.length);
  const all = lawfulStrings(sizes, length);
  return setsOf(complexity).flatMap((set, index) => {
    const scaled = (lawfulWithout(sizes, index, length - 1) * 10n ** 18n) / all;
    return Array.from(set, () => Number(scaled) / 1e18);
  });
}

/** The exact chance of every way to share `length` characters out among the sets, keyed `3,2,2,1`. */
export function compositionChances(complexity: CharacterComplexity, length: number): Map<string, number> {
  const sizes = setsOf(complexity).map((set) => BigInt(set.length));
  const all = lawfulStrings(
    sizes.map((size) => Number(size)),
    length,
  );
  const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
  const chances = new Map<string, number>();
  const share = (parts: readonly number[], rest: number): void => {
    if (parts.length === sizes.length - 1) {
      const whole = [...parts, rest];
      const ways = whole.reduce(
        (total, part, index) => {
          return (total * (sizes[index] ?? 0n) ** BigInt(part)) / factorial(part);
        },
        factorial(length) * 10n ** 40n,
      );
      chances.set(whole.join(), Number(ways / 10n ** 22n / all) / 1e18);
      return;
    }
    for (let part = 1; part <= rest - (sizes.length - 1 - parts.length); part += 1)
      share([...parts, part], rest - part);
  };
  share([], length);
  return chances;
}

/** Compositions too rare for the test's approximation are counted together. */
function compositionChance(
  found: ReadonlyMap<string, number>,
  exact: ReadonlyMap<string, number>,
  count: number,
): number {
  const counts: number[] = [];
  const expected: number[] = [];
  let rareCount = 0;
  let rareExpected = 0;
  for (const [key, chance] of exact) {
    const seen = found.get(key) ?? 0;
    if (chance * count >= 10) {
      counts.push(seen);
      expected.push(chance * count);
    } else {
      rareCount += seen;
      rareExpected += chance * count;
    }
  }
  if (rareExpected > 0) {
    counts.push(rareCount);
    expected.push(rareExpected);
  }
  return counts.length < 2 ? 1 : chiSquareChance(counts, expected);
}

export interface Measured {
  /** Of the positions and the composition the least likely; the chance that the least of so many would be so low. */
  readonly chance: number;
  /** Passwords whose length was wrong. */
  readonly wrongLength: number;
  /** Characters from outside the alphabet. */
  readonly foreign: number;
}

/** Draws `count` passwords and compares each position with the exact chances. */
export function measure(options: {
  readonly complexity: CharacterComplexity;
  readonly length: number;
  readonly count: number;
  readonly draw: () => string;
}): Measured {
  const { complexity, length, count, draw } = options;
  const alphabet = alphabetOf(complexity);
  const indexOf = new Map(Array.from(alphabet, (character, index) => [character.charCodeAt(0), index]));
  const counts = Array.from({ length }, () => new Array<number>(alphabet.length).fill(0));
  const sets = setsOf(complexity);
  const setOf = sets.flatMap((set, index) => Array.from(set, () => index));
  const compositions = new Map<string, number>();
  let wrongLength = 0;
  let foreign = 0;
  for (let n = 0; n < count; n += 1) {
    const password = draw();
    if (password.length !== length) wrongLength += 1;
    const composition = sets.map(() => 0);
    for (let at = 0; at < length; at += 1) {
      const index = indexOf.get(password.charCodeAt(at));
      const row = counts[at];
      if (index === undefined || row === undefined) foreign += 1;
      else {
        row[index] = (row[index] ?? 0) + 1;
        const set = setOf[index] ?? 0;
        composition[set] = (composition[set] ?? 0) + 1;
      }
    }
    const key = composition.join();
    compositions.set(key, (compositions.get(key) ?? 0) + 1);
  }
  const expected = characterChances(complexity, length).map((chance) => chance * count);
  const chances = counts.map((row) => chiSquareChance(row, expected));
  chances.push(compositionChance(compositions, compositionChances(complexity, length), count));
  return { chance: -Math.expm1(chances.length * Math.log1p(-Math.min(...chances))), wrongLength, foreign };
}
