/**
 * When a disk counts as full, and what is said of one that is: the same words for `laps status`, `laps doctor` and a
 * write that failed.
 *
 * Knows: a disk runs out of room, or of inodes, one of which each file takes. Must never: look at a disk.
 */

/** Less than this, and the next durable write may be the one that fails. */
export const leastFreeBytes = 1_048_576;
/** A cycle makes a handful of new files before the old ones go. */
export const leastFreeInodes = 16;

/** Undefined where the system does not tell, or counts none. */
export interface DiskRoom {
  readonly freeBytes: number | undefined;
  readonly freeInodes: number | undefined;
}

/** What a disk is short of; undefined for nothing. */
export function shortOf({ freeBytes, freeInodes }: DiskRoom): 'room' | 'inodes' | undefined {
  if (freeBytes !== undefined && freeBytes < leastFreeBytes) return 'room';
  return freeInodes !== undefined && freeInodes < leastFreeInodes ? 'inodes' : undefined;
}

/** Of a write that failed for want of one. */
export const inodeWords = {
  because: 'the disk has room, but no inode left for new files',
  hint: 'remove files that nobody needs, however small they are (df -i counts the inodes); the next cycle tries again',
} as const;

/** What is to be told of the disk under `folder`, or undefined while there is room, or where the system does not tell. */
export function fullDisk(
  folder: string,
  room: DiskRoom,
): { readonly message: string; readonly hint: string } | undefined {
  const short = shortOf(room);
  if (short === undefined) return undefined;
  if (short === 'inodes')
    return {
      message: `the disk under ${folder} has room, but hardly an inode left for new files`,
      hint: inodeWords.hint,
    };
  return {
    message: `the disk under ${folder} is full`,
    hint: 'free some of it; the next cycle goes on from where it was',
  };
}
