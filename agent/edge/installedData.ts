/**
 * Where the installed service of this machine has its data, for root's commands.
 *
 * Knows: the record that an installation leaves. Promises: a record that somebody other than root could have written is
 * not followed, nor one that cannot be read. Must never: change anything.
 */
import { parseManifest } from '../core/hosting/manifest.ts';
import { isForeign, type ServicePaths } from '../core/hosting/place.ts';
import { ours } from './dataFolder.ts';
import { exists, readVersion } from './dataVersion.ts';
import { textAt } from './serviceHost.ts';
import { waysTo } from './ways.ts';

export interface InstalledData {
  /** The service's data folder, another one than the usual. */
  readonly data: string;
  /** Whether the usual one holds something, so that it is what root's commands are about. */
  readonly isUsualInUse: boolean;
}

/** Undefined where no service is installed, and for one in the usual place. */
export async function installedData(
  paths: Pick<ServicePaths, 'manifest' | 'data'>,
): Promise<InstalledData | undefined> {
  const text = await textAt(paths.manifest);
  if (text === undefined || (await waysTo([paths.manifest])).some(isForeign)) return undefined;
  const data = parseManifest(text)?.data;
  if (data === undefined || data === paths.data) return undefined;
  const isUsualInUse = (await exists(paths.data)) && (await readVersion(paths.data, ours)).kind !== 'none';
  return { data, isUsualInUse };
}
