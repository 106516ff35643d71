/**
 * The few files a tenant leaves for others: its authority's certificate, the seed's credentials, the admin token, its key.
 *
 * Knows: how to write one so that it is whole or not there. Promises: mode 0600 in a folder of 0700, synced, renamed
 * into place. Must never: follow what somebody else put there: the temporary file is created exclusively.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder for its owner alone; the one it lies in must be there: a mistyped path makes nothing. */
export function privateFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  chmodSync(folder, 0o700);
}

/** @param sync what puts an open file on the disk. */
export function writePrivateFile(path: string, content: string | Buffer, sync = fsyncSync): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const bytes = Buffer.from(content);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      sync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Undefined when it is not there, or is a pipe or a device, which would be waited for; other troubles are thrown. */
export function readPrivateFile(path: string): Buffer | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = fstatSync(file);
      return facts.isFile() || facts.isDirectory() ? readFileSync(file) : undefined;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
