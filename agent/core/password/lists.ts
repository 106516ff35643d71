/**
 * The word lists of PasswordComplexity 6 to 8 (spec 3.3), and how their lines become words.
 *
 * Knows: which list belongs to which complexity and how many words it yields. Promises: a word is lower-case letters
 * only; a hyphen is dropped, and what is then a duplicate counts once. Must never: read a file.
 */

export type WordComplexity = 6 | 7 | 8;

export interface WordList {
  /** File in the folder of word lists. */
  readonly file: string;
  /** Words after {@link wordsOf}: what is drawn from here. A test holds the files to these numbers. */
  readonly size: number;
  /** Words of Windows' own list, which is an edited one: what entropy is counted by (spec 3.3). */
  readonly windowsSize: number;
}

export const wordLists: Readonly<Record<WordComplexity, WordList>> = {
  6: { file: 'eff-large.txt', size: 7775, windowsSize: 7776 },
  7: { file: 'eff-short-1.txt', size: 1295, windowsSize: 1276 },
  8: { file: 'eff-short-2.txt', size: 1296, windowsSize: 1276 },
};

/** The words of a list's text, one a line. Which words Windows' own edition leaves out was not at hand, so they stay whole. */
export function wordsOf(text: string): readonly string[] {
  const words = text
    .split(/\r?\n/)
    .map((line) => line.trim().toLowerCase().replaceAll('-', ''))
    .filter((word) => /^[a-z]+$/.test(word));
  return [...new Set(words)];
}

/** `abacus` to `Abacus`: the capital is what shows where a word begins. */
export const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
