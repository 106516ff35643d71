/**
 * Which policy a verb is about, where a file holds several: the one that `--policy` names, or all that agree.
 *
 * Promises: policies that contradict each other are never taken for one; then the names are told. Must never: choose.
 */
import { LapsError } from '../core/errors.ts';
import type { PolicyDocument } from '../core/policy/document.ts';
import { contradictionIn, partNamed, partsOf, partText, partWords } from '../core/policy/parts.ts';
import { clean } from './render/display.ts';
import { listed } from './render/words.ts';

export interface Chosen {
  readonly document: PolicyDocument;
  /** One sentence on what was taken, where the file holds several. */
  readonly note?: string;
}

/** So many names are told. */
const most = 10;

function namesText(document: PolicyDocument): string {
  const words = partWords(document);
  const shown = words.slice(0, most).map(clean);
  return words.length > most ? `${shown.join(', ')}, and ${words.length - most} more` : listed(shown, 'or');
}

function named(document: PolicyDocument, word: string): Chosen {
  const found = partNamed(document, word);
  if (found?.part !== undefined)
    return { document: found, note: `${clean(partText(found.part))}, one of ${partsOf(document).length} policies` };
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `${clean(document.path)}: --policy ${clean(word)} names none of its policies, or more than one`,
    hint: `name one of them: --policy ${namesText(document)}`,
  });
}

/**
 * The policy of a file. A name is about another file when `elsewhere` says so and this one holds a single policy. Throws
 * ERR_LAPS_USAGE for a name that is none, ERR_LAPS_POLICY_INVALID where one must be named.
 */
export function chosenPolicy(document: PolicyDocument, word: string | undefined, elsewhere = false): Chosen {
  if (document.policies === undefined) {
    if (word === undefined || elsewhere) return { document };
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `${clean(document.path)} does not hold several policies`,
      hint: 'leave --policy out',
    });
  }
  if (word !== undefined) return named(document, word);
  const broken = document.problems.find(({ kind }) => kind !== 'mixedRoots');
  if (broken !== undefined) return { document };
  const between = document.problems[0] ?? contradictionIn(document);
  if (between !== undefined)
    throw new LapsError('ERR_LAPS_POLICY_INVALID', {
      message: `${clean(document.path)}:${between.place.line}:${between.place.column}: ${clean(between.message)}`,
      hint: `name the one that is meant: --policy ${namesText(document)}`,
    });
  const all = partsOf(document).flatMap(({ part }) => (part === undefined ? [] : [clean(partText(part))]));
  const shown =
    all.length > most ? `${all.slice(0, most).join(', ')} and ${all.length - most} more` : listed(all, 'and');
  return { document, note: `${shown} together, which do not contradict each other` };
}
