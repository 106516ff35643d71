/**
 * What was appended to a record file since it was last read, through its rotations.
 *
 * Knows: rotation by renaming (`.1`, `-20261126`), by copying and cutting off, and files that begin anew. Promises: the
 * place is found again by its inode and the bytes before it, wherever the rotation has put them; a symbolic link is no
 * record; one reading takes a bounded number of bytes and the next goes on. Must never: look into what is compressed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A place in a file: kept as text by whoever reads on from it. */
export interface Place {
  readonly ino: string;
  /** Bytes. */
  readonly offset: number;
  /** Of the bytes just before the offset. */
  readonly print: string;
}

/** Takes what fits of `bytes` and says how many they were: whole lines, whole records. */
export type Take = (bytes: Buffer) => number;

const printedBytes = 256;
const chunkBytes = 1_048_576;
/** Bytes of one reading; more is left to the next. */
const mostBytes = 64 * chunkBytes;

interface Candidate {
  readonly path: string;
  readonly ino: string;
  readonly size: number;
  readonly changedAt: number;
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
  let file: FileHandle;
  try {
    // O_NONBLOCK: a named pipe in the file's place must not hang the daemon.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    return (await file.stat()).isFile() ? await use(file) : undefined;
  } finally {
    await file.close();
  }
}

/** The file and what rotation made of its predecessors, the oldest first. */
async function candidatesOf(path: string): Promise<Candidate[]> {
  const [folder, name] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch((): string[] => []);
  const rotated = /^(?:\.\d{1,4}|-\d{8,14}(?:-\d{1,3})?)$/;
  const own = names.filter((each) => each === name || (each.startsWith(name) && rotated.test(each.slice(name.length))));
  const found: Candidate[] = [];
  for (const each of own) {
    const candidate = await withFile(join(folder, each), async (file): Promise<Candidate> => {
      const { ino, size, mtimeMs } = await file.stat({ bigint: true });
      return { path: join(folder, each), ino: String(ino), size: Number(size), changedAt: Number(mtimeMs) };
    });
    if (candidate !== undefined) found.push(candidate);
  }
  const present = (each: Candidate) => (each.path === path ? 1 : 0);
  return found.sort((a, b) => present(a) - present(b) || a.changedAt - b.changedAt);
}

async function printBefore(file: FileHandle, offset: number): Promise<string> {
  const length = Math.min(offset, printedBytes);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, offset - length);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** Where to go on: an index into the candidates; undefined when the place is nowhere to be found. */
async function indexOf(place: Place, candidates: readonly Candidate[]): Promise<number | undefined> {
  const fits = async ({ path, size }: Candidate): Promise<boolean> =>
    size >= place.offset &&
    (await withFile(path, async (file) => (await printBefore(file, place.offset)) === place.print)) === true;
  // Where nothing was read yet there is nothing to know it by but the inode.
  for (const isSame of [true, false])
    for (const [index, candidate] of [...candidates.entries()].reverse())
      if ((candidate.ino === place.ino) === isSame && (isSame || place.offset > 0) && (await fits(candidate)))
        return index;
  return undefined;
}

/** Hands the file's bytes from `offset` on to `take`; where it stopped, and how many bytes it took. */
async function readFrom(candidate: Candidate, offset: number, budget: number, take: Take): Promise<Place | undefined> {
  return withFile(candidate.path, async (file) => {
    let at = offset;
    let left = Buffer.alloc(0);
    while (at - offset < budget) {
      const chunk = Buffer.alloc(chunkBytes);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, at + left.length);
      const bytes = Buffer.concat([left, chunk.subarray(0, bytesRead)]);
      const taken = take(bytes);
      at += taken;
      left = bytes.subarray(taken);
      if (bytesRead < chunkBytes) break;
    }
    return { ino: candidate.ino, offset: at, print: await printBefore(file, at) };
  });
}

export interface Appended {
  readonly place: Place;
  /** Whether it went on from the place asked for; otherwise everything there is was read. */
  readonly wentOn: boolean;
}

/**
 * Hands everything after `place` to `take`, file by file; with none, or one that is nowhere to be found, all there is of
 * files changed since `since`, epoch ms. Undefined when there is no such file.
 */
export async function readAppended(request: {
  readonly path: string;
  readonly place: Place | undefined;
  readonly since: number;
  readonly take: Take;
}): Promise<Appended | undefined> {
  const { path, place, since, take } = request;
  const candidates = await candidatesOf(path);
  if (candidates.at(-1)?.path !== path) return undefined;
  const index = place === undefined ? undefined : await indexOf(place, candidates);
  const wentOn = index !== undefined;
  const files = wentOn
    ? candidates.slice(index)
    : candidates.filter((each) => each.path === path || each.changedAt >= since);
  let reached: Place | undefined;
  let budget = mostBytes;
  for (const [position, candidate] of files.entries()) {
    const offset = position === 0 && wentOn ? (place?.offset ?? 0) : 0;
    const next = await readFrom(candidate, offset, budget, take);
    if (next === undefined) continue;
    reached = next;
    budget -= next.offset - offset;
    if (budget <= 0) break;
  }
  return reached === undefined ? undefined : { place: reached, wentOn };
}
