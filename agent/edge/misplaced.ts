/**
 * Folders and links that stand where a file of the data belongs, and that no command can put right by itself.
 *
 * Knows: the small files that are opened or written anew by their name: the locks, what is noted of the accounts, what the
 * embedded tenant leaves for others, and its log. What holds data says itself that it is damaged. Promises: looks only;
 * whatever is told of stops every command. Must never: judge what is in them.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { shellWord } from '../core/shellWord.ts';
import type { DataFolder } from './dataFolder.ts';
import { linkedFile } from './diskError.ts';

/** The embedded tenant's own log, in the folder of logs. */
export const tenantLogName = 'tenant.log';

/** A file, and what must not stand in its place: what is only written anew by its name replaces a link. */
type Wanted = readonly [path: string, ...notTo: ReadonlyArray<'folder' | 'link'>];

/** What the embedded tenant writes at each start, and what its users hold locked. */
function filesOfTenant({ tenant, logs }: Pick<DataFolder, 'tenant' | 'logs'>): readonly Wanted[] {
  return [
    ...['ca.pem', 'credentials.json', 'admin.token'].map((name) => [join(tenant, name), 'folder'] as const),
    [join(tenant, 'in-use'), 'folder', 'link'],
    [join(logs, tenantLogName), 'folder'],
  ];
}

async function amiss([path, ...notTo]: Wanted): Promise<LapsError | undefined> {
  // What cannot be looked at is told by whoever needs it.
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isSymbolicLink() === true && notTo.includes('link')) return linkedFile(path);
  if (stat?.isDirectory() !== true || !notTo.includes('folder')) return undefined;
  return new LapsError('ERR_LAPS_DISK', {
    message: `${path} is a folder, and a file belongs there`,
    hint: `move the folder away (mv ${shellWord(path)} ${shellWord(`${path}.aside`)}): the file is made anew`,
  });
}

async function allAmiss(files: readonly Wanted[]): Promise<readonly LapsError[]> {
  const found = await Promise.all(files.map(amiss));
  return found.flatMap((each) => each ?? []);
}

/** What would keep the embedded tenant from its start. */
export function misplacedOfTenant(folder: Pick<DataFolder, 'tenant' | 'logs'>): Promise<readonly LapsError[]> {
  return allAmiss(filesOfTenant(folder));
}

/** Each begins with its path. */
export function misplacedIn(
  folder: Pick<DataFolder, 'lockFile' | 'accounts' | 'tenant' | 'logs'>,
): Promise<readonly LapsError[]> {
  const { lockFile, accounts } = folder;
  return allAmiss([
    [lockFile, 'folder', 'link'],
    [join(accounts, 'kind'), 'folder'],
    [join(accounts, 'linux.json'), 'link'],
    [join(accounts, 'lock'), 'folder', 'link'],
    ...filesOfTenant(folder),
  ]);
}
