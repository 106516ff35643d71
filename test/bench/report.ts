/**
 * What was measured, as a table: pairs, medians, ratios, and whether the aim was met.
 *
 * Knows: numbers and columns. Promises: the ratio is the median of the pairs' own ratios, so that a machine that slows
 * down half-way slows both sides. Must never: leave a missed aim out.
 */

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Ours, with its unit. */
  readonly measured: string;
  /** The floor, measured in the same run; what it is stands in `note`. */
  readonly floor: string;
  readonly ratio: number | undefined;
  readonly aim: string;
  /** Undefined where the issue states no aim. */
  readonly met: boolean | undefined;
  readonly note: string;
}

/** The middle value; the upper of two. Throws on an empty list. */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[values.length >> 1];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** Measurements of ours and of the floor, taken in turn. */
export interface Pairs {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

/** A B A B …, the side that begins changing from pair to pair so that neither always follows the other. */
export async function inTurn(
  count: number,
  ours: () => Promise<number> | number,
  floor: () => Promise<number> | number,
): Promise<Pairs> {
  const pairs = { ours: [] as number[], floor: [] as number[] };
  for (let at = 0; at < count; at++) {
    if (at % 2 === 0) pairs.floor.push(await floor());
    pairs.ours.push(await ours());
    if (at % 2 === 1) pairs.floor.push(await floor());
  }
  return pairs;
}

/** Median of the ratios pair by pair. */
export function ratioOf({ ours, floor }: Pairs): number {
  return median(ours.map((value, at) => value / (floor[at] ?? Number.NaN)));
}

/** A row about pairs in one unit, judged by their ratio. */
export function rowOfPairs(
  pairs: Pairs,
  told: { readonly what: string; readonly unit: string; readonly most: number; readonly note: string },
): Row {
  const ratio = ratioOf(pairs);
  return {
    what: told.what,
    measured: `${median(pairs.ours).toFixed(1)} ${told.unit}`,
    floor: `${median(pairs.floor).toFixed(1)} ${told.unit}`,
    ratio,
    aim: `<= ${told.most}x`,
    met: ratio <= told.most,
    note: `${told.note}; ${pairs.ours.length} pairs`,
  };
}

function cells(row: Row): readonly string[] {
  const verdict = row.met === undefined ? '' : row.met ? 'met' : 'NOT MET';
  return [row.what, row.measured, row.floor, row.ratio === undefined ? '' : row.ratio.toFixed(2), row.aim, verdict];
}

/** The whole table as text; the notes follow below it, numbered. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [['', 'measured', 'floor', 'ratio', 'aim', ''], ...rows.map(cells)];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const printed = lines.map((line, at) => {
    const text = line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return `${at === 0 ? '   ' : `${at}`.padStart(2).padEnd(3)} ${text}`.trimEnd();
  });
  const notes = rows.map((row, at) => `${`${at + 1}`.padStart(2)}  ${row.note}`);
  return `${[...printed, '', ...notes].join('\n')}\n`;
}
