/**
 * Whether a text is a schedule: cron's five words.
 *
 * Knows: what each word may say: numbers, names, ranges, lists, steps. Promises: whatever is accepted is taken by
 * the ticker as well and comes due some day; what is refused is told by its word, and never repeated. Must never: know when it is due.
 */

interface Word {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names that stand for numbers, from `least` on. */
  readonly names: readonly string[];
}

const words: readonly Word[] = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  {
    name: 'month',
    least: 1,
    most: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // Sunday is both 0 and 7.
  { name: 'weekday', least: 0, most: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];
/** Days of each month, the leap day among them. */
const daysOf = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function numberOf(word: Word, text: string): number | undefined {
  const named = word.names.indexOf(text.toLowerCase());
  if (named >= 0) return word.least + named;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= word.least && value <= word.most ? value : undefined;
}

/** The numbers one part of a list stands for; undefined when it is not understood. */
function valuesOf(word: Word, part: string): readonly number[] | undefined {
  const [range = '', step, ...more] = part.split('/');
  const [from = '', to, ...further] = range.split('-');
  if (more.length > 0 || further.length > 0) return undefined;
  const all = range === '*';
  const first = all ? word.least : numberOf(word, from);
  const last = all ? word.most : to === undefined ? first : numberOf(word, to);
  if (first === undefined || last === undefined || first > last) return undefined;
  let every = 1;
  if (step !== undefined) {
    // A step needs something to step through, and one that goes past the end steps through nothing.
    if (!/^\d{1,2}$/.test(step) || (!all && to === undefined)) return undefined;
    every = Number(step);
    if (every < 1 || every > word.most) return undefined;
  }
  const values: number[] = [];
  for (let value = first; value <= last; value += every) values.push(value);
  return values;
}

/** What is wrong with a schedule, in words that repeat nothing of it; undefined when it is one. */
export function cronProblem(text: string): string | undefined {
  const given = text.split(/ +/).filter((each) => each !== '');
  if (given.length !== words.length)
    return `it has ${given.length} word${given.length === 1 ? '' : 's'} instead of five`;
  const values: (readonly number[])[] = [];
  for (const [index, word] of words.entries()) {
    const parts = (given[index] ?? '').split(',').map((part) => valuesOf(word, part));
    const whole: number[] = [];
    for (const each of parts) {
      if (each === undefined) {
        const names = word.names.length === 0 ? '' : ` or ${word.names[0]} to ${word.names.at(-1)}`;
        return `its ${ordinals[index]} word, the ${word.name}, is not understood: it takes *, numbers from ${word.least} to ${word.most}${names}, ranges as 1-5, lists as 1,3 and steps as */2`;
      }
      whole.push(...each);
    }
    values.push(whole);
  }
  const [, , days = [], months = []] = values;
  if (!months.some((month) => days.some((day) => day <= (daysOf[month - 1] ?? 0))))
    return 'no such day is in any of its months, so it would never come due';
  return undefined;
}
