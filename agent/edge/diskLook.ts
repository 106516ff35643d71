/**
 * Looks whether a folder can be written, without writing.
 *
 * Promises: no file is made or changed. Must never: take "may write" for "will have room": the free space is told beside it.
 */
import { access, constants, statfs } from 'node:fs/promises';
import type { DiskRoom } from '../core/diskRoom.ts';
import { codeOf } from './diskError.ts';

/** The room is for this user. */
export interface DiskLook extends DiskRoom {
  /** Why nothing can be written, in words. */
  readonly problem: string | undefined;
}

const words: Readonly<Record<string, string>> = {
  EACCES: 'it belongs to another user, or its permissions forbid it',
  EPERM: 'its permissions forbid it',
  EROFS: 'the file system is read-only',
  ENOENT: 'a folder that belongs there is missing',
};

/** @param folders all of them must be writable. */
export async function lookAtDisk(folders: readonly string[]): Promise<DiskLook> {
  let problem: string | undefined;
  let freeBytes: number | undefined;
  let freeInodes: number | undefined;
  for (const folder of folders) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      const { bfree, bavail, bsize, files, ffree } = await statfs(folder);
      // What a file system keeps back is kept for root.
      const blocks = process.getuid?.() === 0 ? bfree : bavail;
      freeBytes = Math.min(freeBytes ?? Number.POSITIVE_INFINITY, blocks * bsize);
      // Some file systems (btrfs) count none, and never run out of them.
      if (files > 0) freeInodes = Math.min(freeInodes ?? Number.POSITIVE_INFINITY, ffree);
    } catch (error) {
      const code = codeOf(error) ?? '';
      problem ??= words[code] ?? `the system says ${code}`;
    }
  }
  return { problem, freeBytes, freeInodes };
}
