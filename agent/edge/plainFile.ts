/**
 * Reading a file by its name, whatever stands there.
 *
 * Knows: opening a pipe waits for a writer that may never come, in a way that no signal and no timeout ends. Promises: no
 * wait; what is no plain file is an error that `diskError` has words for. Must never: write, or judge what it reads.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { notPlain } from './diskError.ts';

const reading = constants.O_RDONLY | constants.O_NONBLOCK;

function refuseOther(facts: Stats): void {
  if (facts.isFile()) return;
  throw Object.assign(new Error('not a plain file'), { code: facts.isDirectory() ? 'EISDIR' : notPlain });
}

/** Opens it for reading. `flags`: O_NOFOLLOW where no link may lead to it. */
export async function openPlain(path: string, flags = 0): Promise<FileHandle> {
  const file = await open(path, reading | flags);
  try {
    refuseOther(await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

export async function readPlain(path: string, flags = 0): Promise<Buffer> {
  const file = await openPlain(path, flags);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export async function readPlainText(path: string, flags = 0): Promise<string> {
  return (await readPlain(path, flags)).toString('utf8');
}

/** At once, for who cannot wait. */
export function readPlainNow(path: string): Buffer {
  const file = openSync(path, reading);
  try {
    refuseOther(fstatSync(file));
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
