/**
 * A disk in memory that can fail, lie short, die and lose power.
 *
 * Knows: what is written, and apart from it what would survive a power cut (synced data, synced folder entries).
 * Promises: each call can be made to fail before or after its effect; after a power cut any legal mixture of synced and
 * unsynced can be asked for. Must never: touch the real disk.
 */
import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FileSystem, OpenFile } from '../../agent/edge/durableFile.ts';

interface Inode {
  now: Uint8Array;
  synced: Uint8Array;
  readonly link: boolean;
}

type Entries = Map<string, Inode>;

/** What a power cut leaves of things never synced. `torn` keeps half of a file's unsynced bytes. */
export interface CutOutcome {
  readonly entries: 'synced' | 'now';
  readonly data: 'synced' | 'now' | 'torn';
}

export const cutOutcomes: readonly CutOutcome[] = (['synced', 'now'] as const).flatMap((entries) =>
  (['synced', 'now', 'torn'] as const).map((data) => ({ entries, data })),
);

export interface Fault {
  /** Which call, counted from 1 over all calls; see `calls`. */
  readonly step: number;
  readonly when: 'before' | 'after';
  /** An errno, or `DIE`: this and every later call fails until `revive`. */
  readonly code: string;
}

function errno(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} as the test asked`), { code, syscall });
}

export class ModelDisk {
  readonly #now: Entries = new Map();
  readonly #synced: Entries = new Map();
  readonly #folders: ReadonlySet<string>;
  #fault: Fault | undefined;
  #dead = false;
  #step = 0;
  /** Bytes one write call takes at most. */
  maxWrite = Number.POSITIVE_INFINITY;
  /** Names of the calls so far. */
  readonly calls: string[] = [];

  constructor(folders: readonly string[]) {
    this.#folders = new Set(folders);
  }

  /** Arms one fault and counts steps from here. */
  arm(fault: Fault | undefined): void {
    this.#fault = fault;
    this.#step = 0;
    this.calls.length = 0;
  }

  revive(): void {
    this.#dead = false;
    this.#fault = undefined;
  }

  /** The power goes: every process dies, and of what was not synced `outcome` is left. */
  cutPower(outcome: CutOutcome): void {
    this.revive();
    const kept = outcome.entries === 'synced' ? new Map(this.#synced) : new Map(this.#now);
    for (const inode of new Set(kept.values())) {
      const half = inode.now.subarray(0, inode.now.length >> 1);
      const left = outcome.data === 'now' ? inode.now : outcome.data === 'torn' ? half : inode.synced;
      const isSynced = Buffer.compare(inode.now, inode.synced) === 0;
      inode.now = isSynced ? inode.synced : left;
      inode.synced = inode.now;
    }
    for (const entries of [this.#now, this.#synced]) {
      entries.clear();
      for (const [path, inode] of kept) entries.set(path, inode);
    }
  }

  /** Puts a file there, synced. */
  place(path: string, bytes: Uint8Array, link = false): void {
    const inode = { now: bytes, synced: bytes, link };
    this.#now.set(path, inode);
    this.#synced.set(path, inode);
  }

  content(path: string): Uint8Array | undefined {
    return this.#now.get(path)?.now;
  }

  paths(): string[] {
    return [...this.#now.keys()].sort();
  }

  async #call<T>(name: string, effect: () => T): Promise<T> {
    if (this.#dead) throw errno('EIO', name);
    this.#step += 1;
    this.calls.push(name);
    const fault = this.#fault?.step === this.#step ? this.#fault : undefined;
    const fail = (): never => {
      if (fault?.code === 'DIE') this.#dead = true;
      throw errno(fault?.code === 'DIE' ? 'EIO' : (fault?.code ?? 'EIO'), name);
    };
    if (fault?.when === 'before') fail();
    const result = effect();
    if (fault?.when === 'after') fail();
    return result;
  }

  #find(path: string, syscall: string): Inode {
    const inode = this.#now.get(path);
    if (inode === undefined) throw errno('ENOENT', syscall);
    return inode;
  }

  #openFolder(path: string): OpenFile {
    return {
      write: () => Promise.reject(errno('EISDIR', 'write')),
      read: () => Promise.reject(errno('EISDIR', 'read')),
      stat: () => this.#call('stat', () => ({ size: 0, isFile: () => false })),
      sync: () =>
        this.#call('syncFolder', () => {
          const within = (entry: string) => dirname(entry) === path;
          for (const entry of [...this.#synced.keys()].filter(within)) this.#synced.delete(entry);
          for (const [entry, inode] of this.#now) if (within(entry)) this.#synced.set(entry, inode);
        }),
      close: () => this.#call('closeFolder', () => {}),
    };
  }

  #openFile(inode: Inode): OpenFile {
    return {
      write: (bytes, offset, length, position) =>
        this.#call('write', () => {
          const taken = Math.min(length, this.maxWrite);
          const grown = new Uint8Array(Math.max(inode.now.length, position + taken));
          grown.set(inode.now);
          grown.set(bytes.subarray(offset, offset + taken), position);
          inode.now = grown;
          return { bytesWritten: taken };
        }),
      read: (bytes, offset, length, position) =>
        this.#call('read', () => {
          const part = inode.now.subarray(position, position + length);
          bytes.set(part, offset);
          return { bytesRead: part.length };
        }),
      stat: () => this.#call('stat', () => ({ size: inode.now.length, isFile: () => true })),
      sync: () =>
        this.#call('sync', () => {
          inode.synced = inode.now;
        }),
      close: () => this.#call('close', () => {}),
    };
  }

  readonly fs: FileSystem = {
    open: (path, flags) =>
      this.#call('open', () => {
        if (this.#folders.has(path)) return this.#openFolder(path);
        if ((flags & constants.O_CREAT) !== 0) {
          if (this.#now.has(path)) throw errno('EEXIST', 'open');
          if (!this.#folders.has(dirname(path))) throw errno('ENOENT', 'open');
          const empty = new Uint8Array(0);
          this.#now.set(path, { now: empty, synced: empty, link: false });
        }
        const inode = this.#find(path, 'open');
        if (inode.link) throw errno('ELOOP', 'open');
        return this.#openFile(inode);
      }),
    rename: (from, to) =>
      this.#call('rename', () => {
        const inode = this.#find(from, 'rename');
        this.#now.delete(from);
        this.#now.set(to, inode);
      }),
    link: (existing, added) =>
      this.#call('link', () => {
        if (this.#now.has(added)) throw errno('EEXIST', 'link');
        this.#now.set(added, this.#find(existing, 'link'));
      }),
    unlink: (path) =>
      this.#call('unlink', () => {
        this.#find(path, 'unlink');
        this.#now.delete(path);
      }),
    lstat: (path) =>
      this.#call('lstat', () => {
        const { link } = this.#find(path, 'lstat');
        return { isSymbolicLink: () => link };
      }),
    readdir: (path) =>
      this.#call('readdir', () => {
        if (!this.#folders.has(path)) throw errno('ENOENT', 'readdir');
        return this.paths()
          .filter((entry) => dirname(entry) === path)
          .map((entry) => basename(entry));
      }),
  };
}
