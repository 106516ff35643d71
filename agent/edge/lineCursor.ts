/**
 * Lines of a file that others append to, as they appear.
 *
 * Knows: how far it was read, and how another reader is told that. Promises: whole lines alone, each once; no link is
 * followed. Must never: hold more of a line than a line may have.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf, diskError, notAFile } from './diskError.ts';

const chunkBytes = 65_536;
/** A line longer than this is none of ours; it must not fill the memory. */
const maxLineBytes = 65_536;
const lineFeed = 0x0a;
const printedBytes = 512;

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw notAFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskError(error, path, 'read');
  }
}

/** Hands out whole lines of one open file as they appear. */
export class LineCursor {
  readonly #file: FileHandle;
  readonly #decoder = new TextDecoder();
  #position = 0;
  #rest = '';
  /** Behind the last line that has an end. */
  #lineEnd = 0;
  readonly inode: number;

  constructor(file: FileHandle, inode: number) {
    this.#file = file;
    this.inode = inode;
  }

  static async at(path: string): Promise<LineCursor | undefined> {
    const file = await openIfThere(path);
    return file === undefined ? undefined : new LineCursor(file, (await file.stat()).ino);
  }

  /** What has been written since the last call, undefined for a line that is too long; a last one without its end waits. */
  async *lines(): AsyncGenerator<string | undefined> {
    const chunk = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await this.#file.read(chunk, 0, chunkBytes, this.#position);
      if (bytesRead === 0) return;
      const lastEnd = chunk.subarray(0, bytesRead).lastIndexOf(lineFeed);
      if (lastEnd >= 0) this.#lineEnd = this.#position + lastEnd + 1;
      this.#position += bytesRead;
      const parts = (this.#rest + this.#decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n');
      const rest = parts.pop() ?? '';
      // Kept only so far as to be seen as too long later.
      this.#rest = rest.length > maxLineBytes ? rest.slice(0, maxLineBytes + 1) : rest;
      for (const line of parts) yield line.length > maxLineBytes ? undefined : line;
    }
  }

  /**
   * Where the reading stands, for another reader to go on from: the file, how far, and the print of its beginning, for a
   * number may be given to a new file.
   */
  async place(): Promise<string> {
    return `${this.inode}-${this.#lineEnd}-${await this.#print(this.#lineEnd)}`;
  }

  /** Goes on from a place in this file; false, and nothing done, for one of another. */
  async takeUp(place: string): Promise<boolean> {
    const [inode, offset] = place.split('-').map(Number);
    if (inode !== this.inode || offset === undefined || offset > (await this.#file.stat()).size) return false;
    if (place !== `${inode}-${offset}-${await this.#print(offset)}`) return false;
    this.#position = offset;
    this.#lineEnd = offset;
    return true;
  }

  /** Nothing is ever written over what stands before a place. */
  async #print(offset: number): Promise<string> {
    const bytes = new Uint8Array(Math.min(offset, printedBytes));
    await this.#file.read(bytes, 0, bytes.length, 0);
    return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  }

  /** Whether a last line has no end. */
  get isTorn(): boolean {
    return this.#rest !== '';
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
