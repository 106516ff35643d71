/**
 * A few lines of a file with a mark under the place that is meant (contract 7).
 *
 * Knows: tabs, wide and hostile characters, lines longer than the screen. Promises: the carets stand under the right
 * characters. Must never: print a control character of the file.
 */
import type { Place, SourceText } from '../../core/policy/text.ts';
import { clean, columnsOf, widthOf } from './display.ts';
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
    const harmless = clean(character);
    const shown = character === '\t' ? ' '.repeat(tabWidth - (column % tabWidth)) : harmless;
    const width = character === '\t' || harmless !== character ? shown.length : columnsOf(character);
    cells.push({ shown, width, at });
    column += width;
    at += character.length;
  }
  return cells;
}

const widthOfCells = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.width, 0);

/** The part of a long line to show: as many cells as fit, beginning shortly before `focus`. */
function windowOf(cells: readonly Cell[], focus: number, room: number): Cell[] {
  if (widthOfCells(cells) <= room) return [...cells];
  const index = Math.max(
    0,
    cells.findIndex((cell) => cell.at >= focus),
  );
  const kept: Cell[] = [];
  let width = 0;
  for (const cell of cells.slice(Math.max(0, index - Math.floor(room / 3)))) {
    if (width + cell.width > room) break;
    kept.push(cell);
    width += cell.width;
  }
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
    const shown = windowOf(cellsOf(before.slice(0, 10_000)), 0, room).map((cell) => cell.shown);
    lines.push(`${label(String(place.line - 1))} ${bar} ${shown.join('')}`.trimEnd());
  }
  // Only the neighbourhood of the place is looked at: a hostile file may be one line of megabytes.
  const from = Math.max(0, focus - 2000);
  const line = source.line(place.line).slice(from, focus + 4000);
  const cells = windowOf(cellsOf(line), focus - from, room);
  const end = place.endLine === place.line ? Math.max(place.endColumn - 1, focus + 1) : Number.POSITIVE_INFINITY;
  const lead = widthOfCells(cells.filter((cell) => cell.at + from < focus));
  const marked = widthOfCells(cells.filter((cell) => cell.at + from >= focus && cell.at + from < end));
  lines.push(`${label(String(place.line))} ${bar} ${cells.map((cell) => cell.shown).join('')}`.trimEnd());
  lines.push(`${label('')} ${bar} ${' '.repeat(lead)}${palette.red('^'.repeat(Math.max(1, marked)))}`);
  return lines.map((text) => (widthOf(text) === 0 ? '' : text));
}
