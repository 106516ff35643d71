/**
 * The native shape (contract 4): flat for CSP, keyed by the registry key for the other roots, so that the content itself
 * says which root it is for.
 *
 * Promises: booleans are true and false. Must never: write a comment; what reads JSON elsewhere may not know them.
 */
import { rootRows } from '../../settings.ts';
import type { WriteJob } from './job.ts';

/** What a deletion is refused with, in shapes that only ever say what is set. */
export const noDeletions = 'this shape says what is set and cannot delete';

/** Hands every deletion back. */
export function refuseDeletions(job: WriteJob): void {
  for (const { name } of job.deletions) job.refuse(name ?? '(all)', noDeletions);
}

/** The text of a native policy file. */
export function writeNative(job: WriteJob): string {
  refuseDeletions(job);
  const flat = Object.fromEntries(
    job.items.map(({ name, row, value }) => [name, row.type === 'boolean' ? value === 1 : value]),
  );
  const whole = job.root === 'CSP' ? flat : { [rootRows[job.root].key]: flat };
  return `${JSON.stringify({ ...(job.schema !== undefined && { $schema: job.schema }), ...whole }, null, 2)}\n`;
}
