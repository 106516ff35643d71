/**
 * A password so that it can be read aloud: each character by its name.
 *
 * Knows: the spelling alphabet of radio, names of digits and of the marks on a keyboard. Promises: one entry for each
 * character, no two characters alike, the case of every letter said. Must never: leave a character out, or guess one that
 * has no name here: that is told by its code point.
 */

const letters = [
  'Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike',
  'November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu',
]
  .join(' ')
  .split(' ');
const digits = 'zero one two three four five six seven eight nine'.split(' ');

const marks: ReadonlyMap<string, string> = new Map([
  [' ', 'space'],
  ['!', 'exclamation mark'],
  ['"', 'double quote'],
  ['#', 'hash'],
  ['$', 'dollar sign'],
  ['%', 'percent sign'],
  ['&', 'ampersand'],
  ["'", 'single quote'],
  ['(', 'opening round bracket'],
  [')', 'closing round bracket'],
  ['*', 'asterisk'],
  ['+', 'plus sign'],
  [',', 'comma'],
  ['-', 'hyphen'],
  ['.', 'full stop'],
  ['/', 'slash'],
  [':', 'colon'],
  [';', 'semicolon'],
  ['<', 'less-than sign'],
  ['=', 'equals sign'],
  ['>', 'greater-than sign'],
  ['?', 'question mark'],
  ['@', 'at sign'],
  ['[', 'opening square bracket'],
  ['\\', 'backslash'],
  [']', 'closing square bracket'],
  ['^', 'caret'],
  ['_', 'underscore'],
  ['`', 'backtick'],
  ['{', 'opening curly bracket'],
  ['|', 'vertical bar'],
  ['}', 'closing curly bracket'],
  ['~', 'tilde'],
]);

function nameOf(character: string): string {
  if (/^[A-Z]$/.test(character)) return `capital ${letters[character.charCodeAt(0) - 65]}`;
  if (/^[a-z]$/.test(character)) return `small ${letters[character.charCodeAt(0) - 97]}`;
  if (/^[0-9]$/.test(character)) return `digit ${digits[Number(character)]}`;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return marks.get(character) ?? `the character U+${code}`;
}

/** `capital Kilo`, `digit eight`, `hash`: one name for each character, in order. */
export const spoken = (text: string): string[] => Array.from(text, nameOf);
