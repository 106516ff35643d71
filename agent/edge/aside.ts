/**
 * What a file is called once it was found damaged and put out of the way: `journal.damaged-1`, numbered on.
 *
 * Promises: no name that is taken, and none below one that is, so that the highest number is the latest. Must never:
 * rename anything itself.
 */

const ending = '.damaged-';

/** Such a name for `name`. */
export const asideName = (name: string, number: number): string => `${name}${ending}${number}`;

/** The next number for files that are put aside together, by what their folder holds. */
export function nextAside(names: readonly string[], taken: readonly string[]): number {
  const numbers = names.flatMap((name) => {
    const prefix = `${name}${ending}`;
    return taken.filter((entry) => entry.startsWith(prefix)).map((entry) => Number(entry.slice(prefix.length)));
  });
  return Math.max(0, ...numbers.filter(Number.isSafeInteger)) + 1;
}
