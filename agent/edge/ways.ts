/**
 * Who may change what lies on the way to a path.
 *
 * Promises: every step is told as it is, links and what they lead to alike. Must never: judge (core/hosting/place.ts), or
 * change anything.
 */
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PathFacts } from '../core/hosting/place.ts';
import { codeOf, diskError } from './diskError.ts';
import { textAt } from './serviceHost.ts';

/** Where a path leads, links followed as far as there is anything; the rest as it is named. */
export async function realPath(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPath(above), basename(path));
  }
}

/** Everything on the way to these paths as they are named, and they themselves, as far as it is there. */
export async function waysTo(paths: readonly string[]): Promise<readonly PathFacts[]> {
  const ways = new Set<string>();
  for (const path of paths)
    for (let at = path; ; at = dirname(at)) {
      ways.add(at);
      if (at === dirname(at)) break;
    }
  let closed: ReadonlySet<number> | undefined;
  const facts: PathFacts[] = [];
  for (const path of [...ways].sort()) {
    try {
      const found = await fs.lstat(path);
      const mode = found.isSymbolicLink() ? 0 : found.mode & 0o7777;
      // The daemon asks often, and rarely is there a group that could write.
      const groupWrites = (mode & 0o020) !== 0;
      if (groupWrites) closed ??= await closedGroups();
      facts.push({ path, uid: found.uid, mode, groupHasOthers: groupWrites && closed?.has(found.gid) !== true });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw diskError(error, path, 'looked at');
    }
  }
  return facts;
}

/** Groups of this machine that nobody but root is in. One that is not listed here may have members elsewhere. */
async function closedGroups(): Promise<ReadonlySet<number>> {
  const linesOf = async (path: string): Promise<string[][]> =>
    ((await textAt(path)) ?? '').split('\n').map((line) => line.split(':'));
  const closed = new Set<number>();
  for (const [name = '', , gid = '', members = ''] of await linesOf('/etc/group'))
    if (name !== '' && /^\d{1,10}$/.test(gid) && members.split(',').every((each) => each === '' || each === 'root'))
      closed.add(Number(gid));
  for (const [, , uid = '', gid = ''] of await linesOf('/etc/passwd'))
    if (uid !== '' && uid !== '0') closed.delete(Number(gid));
  return closed;
}
