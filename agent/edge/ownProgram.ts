/**
 * Whether this process still runs what lies on the disk.
 *
 * Knows: a built program carries a digest of all its parts in its files' names, so that another build has no file of this
 * name. Must never: count a program run from its sources as replaced; those are edited in place.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ownFile = fileURLToPath(import.meta.url);

export function isProgramReplaced(file: string = ownFile): boolean {
  return !existsSync(file);
}
