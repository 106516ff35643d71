/**
 * The table of faults as text.
 *
 * Must never: leave out a row that was skipped, or one that broke a promise.
 */
import type { Row } from './trial.ts';

export interface Skipped {
  readonly part: 4 | 5;
  readonly what: string;
  readonly why: string;
}

const head = ['part', 'fault', 'how it was brought about', 'events', 'exit', 'recoverable', 'healed after'];

function healedAfter({ cycles, person }: Row): string {
  const own = cycles === undefined ? 'NEVER' : cycles === 0 ? 'at once' : `${cycles} cycle${cycles === 1 ? '' : 's'}`;
  return person === undefined ? own : `${own}, once ${person}`;
}

function cellsOf(row: Row): string[] {
  return [
    String(row.part),
    row.what,
    row.how,
    row.events.join(' '),
    row.exits.join('; '),
    row.recoverable ? 'yes' : 'NO',
    healedAfter(row),
  ];
}

/** One line, for whoever watches. */
export function lineOf(row: Row): string {
  return cellsOf(row).join(' | ');
}

export function faultTable(rows: readonly Row[], skipped: readonly Skipped[]): string {
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const printed = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const left = skipped.map(({ part, what, why }) => `SKIPPED (part ${part}) ${what}: ${why}`);
  return `${[printed[0], rule, ...printed.slice(1), ...left].join('\n')}\n`;
}
