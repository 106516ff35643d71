/**
 * Columns that line up.
 *
 * Knows: display widths. Promises: no spaces at the end of a line; the last column is wrapped to the width given. Must
 * never: cut a cell.
 */
import { padTo, widthOf } from './display.ts';

/** Words of a text in lines of at most `width` columns; a longer word stands alone. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Rows in columns two spaces apart, in a width of `columns`; ends with a line end unless there are no rows. */
export function table(rows: ReadonlyArray<readonly string[]>, columns = 80): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: Math.max(0, count - 1) }, (_, index) =>
    Math.max(0, ...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const indent = widths.reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(20, columns - indent);
  const lines = rows.flatMap((row) => {
    const head = widths.map((width, index) => `${padTo(row[index] ?? '', width)}  `).join('');
    const tail = wrapText(row[count - 1] ?? '', room);
    return tail.map((part, index) => `${index === 0 ? head : ' '.repeat(indent)}${part}`.trimEnd());
  });
  return lines.map((line) => `${line}\n`).join('');
}
