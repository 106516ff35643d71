/**
 * When a disk counts as full, and what is said of one that is: the same words for `laps status` and `laps doctor`.
 *
 * Must never: look at a disk.
 */

/** Less than this, and the next durable write may be the one that fails. */
export const leastFreeBytes = 1_048_576;

/** What is to be told of the disk under `folder`, or undefined while there is room, or where the system does not tell. */
export function fullDisk(
  folder: string,
  freeBytes: number | undefined,
): { readonly message: string; readonly hint: string } | undefined {
  if (freeBytes === undefined || freeBytes >= leastFreeBytes) return undefined;
  return {
    message: `the disk under ${folder} is full`,
    hint: 'free some of it; the next cycle goes on from where it was',
  };
}
