/**
 * The character sets of PasswordComplexity 1 to 5, exactly as Windows prints them (spec 3.1).
 *
 * Knows: the printed sets; where the documented removal list disagrees with them, the printed set stands (spec 13, row 7).
 * Promises: the sets of one complexity share no character. Must never: be derived from another set.
 */

export type CharacterComplexity = 1 | 2 | 3 | 4 | 5;

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';

const sets: Readonly<Record<CharacterComplexity, readonly string[]>> = {
  1: [upper],
  2: [upper, lower],
  3: [upper, lower, digits],
  4: [upper, lower, digits, ',.-+;!#&@{}[]$/()%'],
  5: ['ABCDEFGHJKLMNPRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '!#%+@:=?*'],
};

const alphabets: Readonly<Record<CharacterComplexity, string>> = {
  1: sets[1].join(''),
  2: sets[2].join(''),
  3: sets[3].join(''),
  4: sets[4].join(''),
  5: sets[5].join(''),
};

/** The sets a password must take at least one character from. */
export const setsOf = (complexity: CharacterComplexity): readonly string[] => sets[complexity];

/** Every character that may stand in a password, once. */
export const alphabetOf = (complexity: CharacterComplexity): string => alphabets[complexity];
