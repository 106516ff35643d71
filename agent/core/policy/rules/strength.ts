/**
 * How strong a password must be for the time it lives (LAPS036).
 *
 * Knows: one figure, the speed of an offline search. Promises: the figure and its source stand here and in the rule's
 * documentation. Must never: look at a password.
 *
 * Reasoning. Guessing at the sign-in is slow: with the lockout that Windows sets by default, ten tries in ten minutes,
 * a year gives half a million guesses, 19 bits. What counts is the offline search: who has read the account's NT hash
 * (from a disk, a backup, memory) can try passwords at hardware speed, because that hash is a single unsalted MD4. A
 * published hashcat 6.2.6 benchmark of one consumer graphics card of 2022 (RTX 4090) shows 288.5 thousand million NT
 * hashes a second; we take 3e11. A password deserves its age when one such card, working for the whole age, cannot have
 * tried every candidate. Ten cards add 3.3 bits; an author who fears them writes that in a baseline (minimumBits).
 */

/** NT hashes one graphics card tries in a second. */
export const guessesPerSecond = 3e11;
const secondsPerDay = 86_400;

/** Bits a password needs so that one card cannot try all candidates within its age: 54.5 + log2(days). */
export function neededBits(ageDays: number): number {
  return Math.log2(guessesPerSecond * secondsPerDay * Math.max(1, ageDays));
}

/** How long one card takes to try every candidate: `4 seconds`, `2 hours`, `58 days`. */
export function searchTimeText(bits: number): string {
  const seconds = 2 ** bits / guessesPerSecond;
  const units: ReadonlyArray<readonly [number, string]> = [
    [secondsPerDay, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  for (const [size, unit] of units)
    if (seconds >= size) {
      const number = Math.round(seconds / size);
      return `${number} ${unit}${number === 1 ? '' : 's'}`;
    }
  return 'less than a second';
}
