/**
 * Whether a path is a pipe that somebody made in a folder.
 *
 * Knows: a shell's own pipes (`laps validate <(generate)`) have no name in any folder. Promises: those are read as ever;
 * one with a name, which nobody may ever write to, is told and not waited for. Must never: open what it looks at.
 */
import { realpath, stat } from 'node:fs/promises';

export async function isNamedPipe(path: string | Buffer): Promise<boolean> {
  if (!(await stat(path)).isFIFO()) return false;
  // The way through /proc/self/fd ends at no name.
  return realpath(path).then(
    () => true,
    () => false,
  );
}
