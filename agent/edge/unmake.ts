/**
 * Taking back a data folder that was made for a command that then came to nothing.
 *
 * Promises: only what was made is removed, and a folder around it only when nothing else is in it. Must never: be called
 * for a folder that had data before.
 */
import * as fs from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { topEntries } from './dataFolder.ts';
import { codeOf, diskError } from './diskError.ts';

/** `made`: paths from the outside in, as `openDataFolder` told them. */
export async function unmake(made: readonly string[]): Promise<void> {
  const root = made.find((path) => basename(path) === 'version');
  // Without a version of its own making it was somebody's data before.
  if (root === undefined) return;
  const inside = dirname(root);
  for (const path of [...made].reverse()) {
    const isOurs = dirname(path) === inside && topEntries.includes(basename(path));
    try {
      if (isOurs) await fs.rm(path, { recursive: true, force: true });
      else {
        if (path === inside) await fs.rm(`${inside}/lock`, { force: true });
        await fs.rmdir(path);
      }
    } catch (error) {
      if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'ENOENT') continue;
      throw diskError(error, path, 'removed');
    }
  }
  await fs.rm(`${inside}/lock`, { force: true });
}
