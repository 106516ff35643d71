/**
 * What a running embedded tenant leaves beside its data: a note of where it is, and its log.
 *
 * Promises: both are for their owner only; the log starts over when it has grown too long; a line of it is in the file when
 * it was handed over, unless the disk refused, which is counted and told by the next line that gets through. Must never:
 * wait for what stands in the place of the log, throw for a line of it, or hold a secret.
 */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

/** Writes a small file for its owner only. */
export async function writePrivateText(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}

/** Removes a file; nothing happens when there is none. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** A log of this size is begun anew. */
const maxLogBytes = 10_485_760;

function append(path: string, text: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  // A pipe would be waited for, a device swallow the line: out of the way, as a log that has grown too long.
  const isOther = facts !== undefined && !facts.isFile() && !facts.isDirectory();
  if (isOther || (facts?.size ?? 0) > maxLogBytes) renameSync(path, `${path}.1`);
  appendFileSync(path, text, { mode: 0o600 });
}

/** How a line is added to the log at `path`: what it tells of has happened, and must not fail for the log's sake. */
export function createPrivateLog(path: string): (line: string) => void {
  let lost = 0;
  return (line) => {
    const told = lost === 0 ? '' : `${lost} ${lost === 1 ? 'line' : 'lines'} before this could not be written\n`;
    try {
      append(path, `${told}${line}\n`);
      lost = 0;
    } catch {
      lost += 1;
    }
  };
}
