/**
 * A few lines of a file with a mark under the place that is meant (contract 7).
 *
 * Knows: tabs, wide and hostile characters, lines longer than the screen. Promises: the carets stand under the right
 * characters. Must never: print a control character of the file.
 */
import type { Place, SourceText } from '../../core/policy/text.ts';
import { clean, columnsOf, isPlain, widthOf } from './display.ts';
import type { Palette } from './paint.ts';

const tabWidth = 4;

interface Cell {
  readonly shown: string;
  readonly width: number;
  /** Offset in the line, in UTF-16 units. */
  readonly at: number;
}

/** A line as cells; a tab fills up to the next stop, an unsafe character shows as its escape. */
function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  let at = 0;
  let column = 0;
  for (const character of line) {
    const harmless = isPlain(character) ? character : clean(character);
    const shown = character === '\t' ? ' '.repeat(tabWidth - (column % tabWidth)) : harmless;
    const width = character === '\t' || harmless !== character ? shown.length : columnsOf(character);
    cells.push({ shown, width, at });
    column += width;
    at += character.length;
  }
  return cells;
}

const widthOfCells = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.width, 0);

const ellipsis: Omit<Cell, 'at'> = { shown: '…', width: 1 };

/**
 * The part of a long line to show: what is marked, as much as fits, and then what stands around it, a third of the room
 * before. Where the line goes on there is an ellipsis.
 */
function windowOf(cells: readonly Cell[], mark: { readonly from: number; readonly to: number }, room: number): Cell[] {
  if (widthOfCells(cells) <= room) return [...cells];
  const isMarked = (cell: Cell): boolean => cell.at >= mark.from && cell.at < mark.to;
  const found = cells.findIndex((cell) => cell.at >= mark.from);
  let first = found === -1 ? cells.length : found;
  let last = first;
  let left = room - 2;
  const take = (cell: Cell | undefined): cell is Cell => {
    if (cell === undefined || cell.width > left) return false;
    left -= cell.width;
    return true;
  };
  for (let cell = cells[last]; cell !== undefined && isMarked(cell) && take(cell); cell = cells[last]) last += 1;
  const afterwards = Math.max(0, left - Math.floor(room / 3));
  left -= afterwards;
  while (take(cells[first - 1])) first -= 1;
  left += afterwards;
  while (take(cells[last])) last += 1;
  while (take(cells[first - 1])) first -= 1;
  const kept = cells.slice(first, last);
  if (first > 0) kept.unshift({ ...ellipsis, at: Number.NEGATIVE_INFINITY });
  if (last < cells.length) kept.push({ ...ellipsis, at: Number.POSITIVE_INFINITY });
  return kept;
}

/** Lines without their ends: one line before the place, the line itself, the carets. */
export function codeFrame(source: SourceText, place: Place, options: { columns: number; palette: Palette }): string[] {
  if (source.text === '') return [];
  const { palette } = options;
  const gutter = String(place.line).length;
  const room = Math.max(20, options.columns - gutter - 6);
  const bar = palette.dim('│');
  const label = (text: string): string => palette.dim(`  ${text.padStart(gutter)}`);
  const lines: string[] = [];
  const focus = place.column - 1;
  const before = place.line > 1 ? source.line(place.line - 1) : '';
  if (before.trim() !== '') {
    const shown = windowOf(cellsOf(before.slice(0, 10_000)), { from: 0, to: 0 }, room).map((cell) => cell.shown);
    lines.push(`${label(String(place.line - 1))} ${bar} ${shown.join('')}`.trimEnd());
  }
  // Only the neighbourhood of the place is looked at: a hostile file may be one line of megabytes.
  const from = Math.max(0, focus - 2000);
  const line = source.line(place.line).slice(from, focus + 4000);
  const end = place.endLine === place.line ? Math.max(place.endColumn - 1, focus + 1) : Number.POSITIVE_INFINITY;
  const cells = windowOf(cellsOf(line), { from: focus - from, to: end - from }, room);
  const lead = widthOfCells(cells.filter((cell) => cell.at + from < focus));
  const isMarked = (cell: Cell): boolean => cell.at + from >= focus && cell.at + from < end && cell.at < line.length;
  const marked = widthOfCells(cells.filter(isMarked));
  lines.push(`${label(String(place.line))} ${bar} ${cells.map((cell) => cell.shown).join('')}`.trimEnd());
  lines.push(`${label('')} ${bar} ${' '.repeat(lead)}${palette.red('^'.repeat(Math.max(1, marked)))}`);
  return lines.map((text) => (widthOf(text) === 0 ? '' : text));
}
