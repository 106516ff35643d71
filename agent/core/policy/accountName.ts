/**
 * What a local account of Windows may be called.
 *
 * Knows: the rules of the account database (SAM), and what LAPS leaves of a prefix (spec 6.3). Promises: answers only.
 * Must never: say what a device does with a name that breaks them; hindrance.ts does.
 */

/** SAM allows no longer name, in characters; legacy and modern LAPS alike look it up there. */
export const longestName = 20;
/** What is left of a prefix once its random suffix is added (spec 6.3, 13 row 1: six digits). */
export const longestPrefix = 14;

const forbidden = '"/\\[]:;|=,+*?<>@';

/** A name is looked through so far; what is longer is too long, and that is told by itself. */
const lookedAt = 1024;

const isHalf = (character: string): boolean => /^\p{Surrogate}$/u.test(character);
const isUnprintable = (character: string): boolean => character < ' ' || isHalf(character);

/** Characters of a name that no local account may have, each once; half a character (a lone surrogate) is one. */
export function forbiddenIn(name: string): readonly string[] {
  const found = new Set<string>();
  for (const character of name.slice(0, lookedAt))
    if (forbidden.includes(character) || isUnprintable(character)) found.add(character);
  return [...found];
}

/** A character of a name for a message. */
export function characterText(character: string): string {
  if (character < ' ') return 'a control character';
  return isHalf(character) ? 'half a character (a lone surrogate)' : character;
}

/** Whether spaces stand around a name. Dots and spaces alone are no name at all, which is another mistake. */
export const isPadded = (name: string): boolean => name.trim() !== name && !/^[.\s]*$/.test(name);

/** What the built-in Administrator is called in the languages of Windows that translate it. */
const builtInNames: ReadonlySet<string> = new Set([
  'administrator',
  'administrateur',
  'administrador',
  'administratör',
  'järjestelmänvalvoja',
  'rendszergazda',
  'администратор',
]);

/** Whether the built-in Administrator has this name on some Windows: on which, depends on its language. */
export const isBuiltInName = (name: string): boolean => builtInNames.has(name.trim().toLowerCase());
