/**
 * Folders that stand where a file of the data belongs, and that no command can put right by itself.
 *
 * Knows: the small files that are opened or written anew by their name: the locks, what the embedded tenant leaves for
 * others, and its log. What holds data says itself that it is damaged. Promises: looks only. Must never: judge what is in them.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFolder } from './dataFolder.ts';

/** What leads back. */
export const misplacedHint = 'move the folder away (mv): the file is made anew';

/** What the embedded tenant writes at each start, and what its users hold locked. */
const ofTenant = ['ca.pem', 'credentials.json', 'admin.token', 'in-use'] as const;

/** The embedded tenant's own log, in the folder of logs. */
export const tenantLogName = 'tenant.log';

/** Each in words that begin with its path. */
export async function misplacedIn({
  lockFile,
  tenant,
  logs,
}: Pick<DataFolder, 'lockFile' | 'tenant' | 'logs'>): Promise<string[]> {
  const found: string[] = [];
  for (const path of [lockFile, ...ofTenant.map((name) => join(tenant, name)), join(logs, tenantLogName)]) {
    // What cannot be looked at is told by whoever needs it.
    const stat = await lstat(path).catch(() => undefined);
    if (stat?.isDirectory() === true) found.push(`${path} is a folder, and a file belongs there`);
  }
  return found;
}
