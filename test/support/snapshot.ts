/** Everything of a folder that looking at it must leave alone: names, kinds, modes, sizes, times of change. */
import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

export function snapshotOf(folder: string): readonly string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    const { mode, size, mtimeMs, ctimeMs, ino } = lstatSync(path);
    found.push([relative(folder, path), mode.toString(8), size, mtimeMs, ctimeMs, ino].join(' '));
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name));
  };
  walk(folder);
  return found;
}
