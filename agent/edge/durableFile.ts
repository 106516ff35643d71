/**
 * The one durable writer (rotation.md 2).
 *
 * Knows: what it takes for bytes to survive a power cut. Promises: when `write` returns, the whole new content is on the
 * disk under its name; when it throws, the file holds either the old content or the new, whole. Must never: write in
 * place, follow a symbolic link, leave a file readable by others, or tell success on a short write.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asideName, nextAside } from './aside.ts';
import { codeOf, diskError, linkedFile } from './diskError.ts';
import { type DurableLabel, type DurableStep, faultPoint } from './faultPoint.ts';

/** An open file, as much of it as the writer needs. */
export interface OpenFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The part of node:fs/promises that is used, so that a test can fail each call before or after its effect. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, added: string): Promise<void>;
  unlink(path: string): Promise<void>;
  lstat(path: string): Promise<{ isSymbolicLink(): boolean }>;
  readdir(path: string): Promise<string[]>;
}

/** The disk of this machine. */
export const nodeFileSystem: FileSystem = nodeFs;

/** What one read of a durable file finds. */
export type FileReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Not a plain file, or larger than this program ever writes it: nothing that could be parsed. */
  | { readonly kind: 'strange'; readonly problem: string };

export interface DurableFile {
  readonly path: string;
  /** Throws ERR_LAPS_DISK, ERR_LAPS_PERMISSION, ERR_LAPS_DATA_UNSAFE (a symbolic link). */
  read(): Promise<FileReading>;
  /** Replaces the content. Durable when it returns. Throws as `read` does. */
  write(bytes: Uint8Array): Promise<void>;
  /** As `write`, but false and nothing changed when the file is there already, even against another process. */
  create(bytes: Uint8Array): Promise<boolean>;
  /** Makes durable what a writer that was killed between rename and sync may have left visible only. */
  sync(): Promise<void>;
  /** Renames a damaged file out of the way, durably; returns its new name (not path). */
  quarantine(): Promise<string>;
  /** Proves that the folder takes writes, by making and removing a file of `size` bytes. Throws as `write` does. */
  probe(size: number): Promise<void>;
  /** Removes what a killed writer left half-written. */
  sweep(): Promise<void>;
}

const tempSuffix = '.tmp';

/** Whether `name` is a leftover of a durable write to `file` (any file when left out). */
export function isTempName(name: string, file?: string): boolean {
  const match = /^\.(.+)\.[0-9a-f]{16}\.tmp$/.exec(name);
  return match !== null && (file === undefined || match[1] === file);
}

/** Makes folder entries (names come and gone) durable. */
export async function syncFolder(fs: FileSystem, path: string): Promise<void> {
  const folder = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes all of `bytes`, however little each call takes. */
export async function writeFully(file: OpenFile, bytes: Uint8Array, afterFirst: () => void = () => {}): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, done);
    // A disk that takes nothing and reports nothing would be asked for ever.
    if (bytesWritten <= 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO', syscall: 'write' });
    if (done === 0) afterFirst();
    done += bytesWritten;
  }
}

async function readFully(file: OpenFile, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, size - done, done);
    if (bytesRead <= 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** A file written durably. `maxBytes` bounds what is read back; `label` names its fault points. */
export function createDurableFile(deps: {
  readonly path: string;
  readonly label: DurableLabel;
  readonly maxBytes: number;
  readonly fs?: FileSystem;
}): DurableFile {
  const { path, label, maxBytes, fs = nodeFileSystem } = deps;
  const folder = dirname(path);
  const name = basename(path);
  const at = (step: DurableStep): void => faultPoint(`${label}.${step}`);
  const failure = (error: unknown, doing: string) => diskError(error, path, doing);

  async function refuseLink(): Promise<void> {
    try {
      if ((await fs.lstat(path)).isSymbolicLink()) throw linkedFile(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  async function readRaw(): Promise<FileReading> {
    let file: OpenFile;
    try {
      // O_NONBLOCK: a named pipe put in the file's place must not hang the reader.
      file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { kind: 'absent' };
      throw error;
    }
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { kind: 'strange', problem: 'it is not a file' };
      if (stat.size > maxBytes) return { kind: 'strange', problem: `it is larger than ${maxBytes} bytes` };
      return { kind: 'bytes', bytes: await readFully(file, stat.size) };
    } finally {
      await file.close();
    }
  }

  /** Everything up to a synced temporary file; it is gone again if that fails. */
  async function stage(bytes: Uint8Array): Promise<string> {
    const temp = join(folder, `.${name}.${randomBytes(8).toString('hex')}${tempSuffix}`);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = await fs.open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      at('write.created');
      try {
        await writeFully(file, bytes, () => at('write.partial'));
        at('write.filled');
        await file.sync();
        at('write.synced');
      } finally {
        await file.close();
      }
    } catch (error) {
      await discard(temp);
      throw error;
    }
    return temp;
  }

  /** Best effort: the failure that led here is the one to tell, and `sweep` comes by at the next start. */
  async function discard(temp: string): Promise<void> {
    await fs.unlink(temp).catch(() => {});
  }

  /** Syncs the name and reads back through a fresh descriptor: the last word on whether it was written. */
  async function settle(bytes: Uint8Array): Promise<void> {
    await syncFolder(fs, folder);
    const reading = await readRaw();
    if (reading.kind !== 'bytes' || !sameBytes(reading.bytes, bytes)) {
      throw Object.assign(new Error('read back differs'), { code: 'EIO', syscall: 'read back' });
    }
    at('write.after');
  }

  return {
    path,
    async read() {
      try {
        return await readRaw();
      } catch (error) {
        throw failure(error, 'read');
      }
    },
    async write(bytes) {
      try {
        at('write.before');
        await refuseLink();
        const temp = await stage(bytes);
        try {
          await fs.rename(temp, path);
        } catch (error) {
          await discard(temp);
          throw error;
        }
        at('write.renamed');
        await settle(bytes);
      } catch (error) {
        throw failure(error, 'written');
      }
    },
    async create(bytes) {
      try {
        at('write.before');
        const temp = await stage(bytes);
        try {
          // A hard link, unlike rename, never replaces: of two creators exactly one wins.
          await fs.link(temp, path);
          at('write.renamed');
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        } finally {
          await discard(temp);
        }
        await settle(bytes);
        return true;
      } catch (error) {
        throw failure(error, 'written');
      }
    },
    async sync() {
      try {
        const file = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        try {
          await file.sync();
        } finally {
          await file.close();
        }
        await syncFolder(fs, folder);
      } catch (error) {
        throw failure(error, 'synced');
      }
    },
    async quarantine() {
      try {
        const aside = asideName(name, nextAside([name], await fs.readdir(folder)));
        await fs.rename(path, join(folder, aside));
        await syncFolder(fs, folder);
        return aside;
      } catch (error) {
        throw failure(error, 'put aside');
      }
    },
    async probe(size) {
      try {
        await refuseLink();
        await fs.unlink(await stage(new Uint8Array(size)));
      } catch (error) {
        throw failure(error, 'written');
      }
    },
    async sweep() {
      try {
        const left = (await fs.readdir(folder)).filter((entry) => isTempName(entry, name));
        for (const entry of left) await fs.unlink(join(folder, entry));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw failure(error, 'swept');
      }
    },
  };
}
