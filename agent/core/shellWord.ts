/**
 * Words of a command line that a person is to copy, often with sudo before it.
 *
 * Promises: a path comes out as one word, whatever characters it has. Must never: be used for what a program runs itself.
 */

/** A path as a word of a command line, to be copied: quoted where a shell would take it apart. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // Double quotes are what every shell takes, as long as nothing in them means more to it, or the path is of Windows.
  return /^[^"$`\\!]*$/.test(word) || /^[A-Za-z]:\\|^\\\\/.test(word)
    ? `"${word}"`
    : `'${word.replaceAll("'", "'\\''")}'`;
}
