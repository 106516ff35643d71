/**
 * Paths as text, so that two spellings of one file are one: `s/x.json`, `./s/../s/x.json`, `/srv/s/x.json`.
 *
 * Knows: `.`, `..`, doubled and backward slashes, drives. Promises: a `/` between parts, whatever was written. Must never:
 * ask a disk; a link is a path of its own.
 */

/** A path from the root on; `folder` is what a relative one is relative to. */
export function absolutePath(folder: string, path: string): string {
  const slashed = path.replaceAll('\\', '/');
  const isWhole = slashed.startsWith('/') || /^[A-Za-z]:\//.test(slashed);
  const parts: string[] = [];
  for (const part of (isWhole ? slashed : `${folder.replaceAll('\\', '/')}/${slashed}`).split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  const whole = parts.join('/');
  return /^[A-Za-z]:(\/|$)/.test(whole) ? whole : `/${whole}`;
}

/** The folder of a path from the root on; of the root itself, the root. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** Whether `path` is `folder` or lies below it, both from the root on. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

/** `path` as seen from `folder` when it lies below it; else as it is. */
export const shownFrom = (folder: string, path: string): string =>
  path !== folder && isWithin(path, folder) ? path.slice(folder === '/' ? 1 : folder.length + 1) : path;
