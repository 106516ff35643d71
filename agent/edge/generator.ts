/**
 * The chance in a password: characters by generate-password, words by node:crypto.
 *
 * Knows: the library's traps (design 9): never `strict`, which compiles the symbols as a regular expression and throws
 * or overflows on ours; a fresh options object per call, since it writes defaults into it. It draws bytes from
 * node:crypto and rejects those past the largest multiple of the alphabet, so it has no modulo bias; it keeps up to 256
 * of these bytes in a buffer of its own, which cannot be wiped. Promises: uniform over the lawful passwords: drawn over
 * the union of the sets and redrawn until every set is present, never repaired in place. Must never: log, keep or
 * return a candidate that was turned down.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { generate } from 'generate-password';
import { LapsError } from '../core/errors.ts';
import { satisfies } from '../core/password/judge.ts';
import { capitalised, wordLists, wordsOf } from '../core/password/lists.ts';
import { alphabetOf } from '../core/password/sets.ts';
import type { PasswordSpec } from '../core/password/spec.ts';
import type { PasswordSource } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import { packageRoot } from './packageRoot.ts';
import { readPlainText } from './plainFile.ts';

type CharacterSpec = Extract<PasswordSpec, { kind: 'password' }>;
type WordSpec = Extract<PasswordSpec, { kind: 'passphrase' }>;

/** At length 8 about half of all draws hold every set, so this bound is never met unless the library is broken. */
export const redrawBound = 5000;

/** Passing the whole alphabet as the symbols makes the library's pool exactly that, in one piece. */
function drawOnce(spec: CharacterSpec): string {
  return generate({
    length: spec.length,
    symbols: alphabetOf(spec.complexity),
    numbers: false,
    lowercase: false,
    uppercase: false,
    exclude: '',
    excludeSimilarCharacters: false,
    strict: false,
  });
}

/** One lawful password as plain text; for the source below and for the tests of its distribution. */
export function drawCharacters(spec: CharacterSpec): string {
  for (let attempt = 0; attempt < redrawBound; attempt += 1) {
    const candidate = drawOnce(spec);
    if (satisfies(spec, candidate)) return candidate;
  }
  throw new LapsError('ERR_LAPS_NO_ACCEPTABLE_PASSWORD', {
    message: `no password with every required kind of character came out of ${redrawBound} draws`,
    hint: 'this points to a broken source of chance; nothing was changed',
  });
}

function drawWords(spec: WordSpec, words: readonly string[]): string {
  return Array.from({ length: spec.words }, () => capitalised(words[randomInt(words.length)] ?? '')).join('');
}

/** The password source of the agent. Word lists are read when the first passphrase is drawn. */
export function createPasswordSource(
  options: { readonly wordFolder: string } = { wordFolder: join(packageRoot(), 'agent', 'edge', 'words') },
): PasswordSource {
  const lists = new Map<string, readonly string[]>();
  const listOf = async (spec: WordSpec): Promise<readonly string[]> => {
    const { file, size } = wordLists[spec.complexity];
    const known = lists.get(file);
    if (known !== undefined) return known;
    const path = join(options.wordFolder, file);
    const text = await readPlainText(path).catch((cause: unknown) => {
      throw damaged(path, cause);
    });
    const words = wordsOf(text);
    // A shortened list would quietly weaken every passphrase.
    if (words.length !== size) throw damaged(path, undefined);
    lists.set(file, words);
    return words;
  };
  return {
    async draw(spec) {
      if (spec.kind === 'password') return new Secret(drawCharacters(spec));
      return new Secret(drawWords(spec, await listOf(spec)));
    },
  };
}

function damaged(path: string, cause: unknown): LapsError {
  return new LapsError('ERR_LAPS_INTERNAL', {
    message: 'a word list of this package is missing or damaged, so no passphrase can be drawn',
    hint: 'install the package again',
    detail: path,
    ...(cause !== undefined && { cause }),
  });
}
