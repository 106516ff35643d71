/**
 * What the disk says, in this program's words.
 *
 * Knows: errno codes. Promises: every failure of a file operation becomes one LapsError with a hint. Must never: pass a
 * foreign error's text on; path and errno are all that is told.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inodeWords, shortOf } from '../core/diskRoom.ts';
import { LapsError, type LapsErrorCode } from '../core/errors.ts';
import { shellWord } from '../core/shellWord.ts';

/** The errno code of a thrown thing (`ENOENT`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function syscallOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return '';
  return typeof error.syscall === 'string' ? error.syscall : '';
}

/** No errno: what stands where a plain file belongs is a pipe, a device or a socket (plainFile.ts). */
export const notPlain = 'NOT_PLAIN';

const other = {
  code: 'ERR_LAPS_DISK',
  because: 'it is no plain file, and one belongs there',
  hint: 'move it away (mv), then run the command again',
} as const;

interface Words {
  readonly code: LapsErrorCode;
  readonly because: string;
  readonly hint: string;
}

const known: Readonly<Record<string, Words>> = {
  ENOSPC: {
    code: 'ERR_LAPS_DISK',
    because: 'the disk is full',
    hint: 'free some space and try again; a daemon does by itself',
  },
  EDQUOT: { code: 'ERR_LAPS_DISK', because: 'the disk quota is used up', hint: 'free some space or raise the quota' },
  EIO: { code: 'ERR_LAPS_DISK', because: 'the disk failed', hint: 'check the disk and the kernel log' },
  EROFS: { code: 'ERR_LAPS_DISK', because: 'the file system is read-only', hint: 'mount it writable, or use --data' },
  EMFILE: {
    code: 'ERR_LAPS_DISK',
    because: 'too many files are open',
    hint: 'raise the limit of open files (ulimit -n)',
  },
  ENFILE: { code: 'ERR_LAPS_DISK', because: 'too many files are open', hint: 'raise the limit of open files' },
  EFBIG: {
    code: 'ERR_LAPS_DISK',
    because: 'it would be larger than a file of this process may be',
    hint: 'raise the limit of file sizes (ulimit -f)',
  },
  EISDIR: {
    code: 'ERR_LAPS_DISK',
    because: 'it is a folder, and a file belongs there',
    hint: 'move the folder away (mv), then run the command again',
  },
  // What opening a socket answers, or a pipe for writing that nobody reads.
  ENXIO: other,
  [notPlain]: other,
  EACCES: { code: 'ERR_LAPS_PERMISSION', because: 'permission is denied', hint: 'run as the owner of the data folder' },
  EPERM: { code: 'ERR_LAPS_PERMISSION', because: 'it is not permitted', hint: 'run as the owner of the data folder' },
};

/** Whether the disk of that file has room all the same: then it is inodes that it has run out of. */
export function isOutOfInodes(path: string): boolean {
  const folder = dirname(path);
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    return shortOf({ freeBytes: bavail * bsize, freeInodes: files > 0 ? ffree : undefined }) === 'inodes';
  } catch (error) {
    // A folder that could not be made either lies in one that is there; what else cannot be looked at is told as the
    // system told it.
    return codeOf(error) === 'ENOENT' && folder !== path && isOutOfInodes(folder);
  }
}

/** Outside any data folder, where another one is no way out. */
const isOfTheSystem = (path: string): boolean => /^\/(etc|run|usr)(\/|$)/.test(path);

/** The hint where the path is not the data folder's. */
function systemHint(errno: string | undefined): string {
  if (errno === 'EROFS') return 'mount it writable, then try again';
  if (errno === 'EACCES' || errno === 'EPERM') return 'run it as root; for root, see that no chattr +i shuts it';
  return 'see what stands there (ls -ld) and mend it, then try again';
}

/** A path that leads through a symbolic link where none may be, a folder as a rule. */
export function unsafePath(path: string): LapsError {
  return new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `${path} is a symbolic link`,
    hint: `a link could lead the program to a file of somebody else; remove it${isOfTheSystem(path) ? '' : ', or name the real folder with --data'}`,
  });
}

/** A file of the data that is a link: the data is in what it leads to, so whoever only removed it would lose that. */
export function linkedFile(path: string): LapsError {
  if (isOfTheSystem(path)) return unsafePath(path);
  const word = shellWord(path);
  return new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `${path} is a symbolic link`,
    hint: `links are not followed, for they could lead to a file of somebody else; if what it leads to is yours, put that in its place: cp -p --remove-destination "$(readlink -f ${word})" ${word}; only one that leads nowhere is to be removed`,
  });
}

/** A path where a file must be and something else is. */
export function notAFile(path: string): LapsError {
  return new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `${path} is not a file`,
    hint: 'laps repair puts it aside; or move it away',
  });
}

/** `doing` completes "could not be …": read, written, put aside. A LapsError passes through. */
export function diskError(error: unknown, path: string, doing: string): LapsError {
  if (error instanceof LapsError) return error;
  const errno = codeOf(error);
  // Opening with O_NOFOLLOW answers ELOOP for a link to anything, ENOTDIR for one where a folder was asked for.
  if (errno === 'ELOOP') return linkedFile(path);
  const told = errno === undefined ? undefined : known[errno];
  const words = errno === 'ENOSPC' && told !== undefined && isOutOfInodes(path) ? { ...told, ...inodeWords } : told;
  const isHinted = errno === 'ENOSPC' || errno === 'EDQUOT' || errno === 'EIO' || !isOfTheSystem(path);
  return new LapsError(words?.code ?? 'ERR_LAPS_DISK', {
    message: `${path} could not be ${doing}: ${words?.because ?? `the system answers ${errno ?? 'an unknown error'}`}`,
    hint: isHinted ? (words?.hint ?? 'check the data folder (laps status names it) and try again') : systemHint(errno),
    detail: `${errno ?? 'no errno'} ${syscallOf(error)}`.trim(),
  });
}
