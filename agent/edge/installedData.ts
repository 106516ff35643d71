/**
 * Where the installed service of this machine has its data, for root's commands.
 *
 * Knows: the record that an installation leaves. Promises: a record that somebody other than root could have written is
 * not followed, nor one that cannot be read. Must never: change anything.
 */
import { isLapsError } from '../core/errors.ts';
import { parseManifest } from '../core/hosting/manifest.ts';
import { isForeign, type ServicePaths } from '../core/hosting/place.ts';
import { dataOfUnit, isMadeHere } from '../core/hosting/systemdUnit.ts';
import { ours } from './dataFolder.ts';
import { exists, readVersion } from './dataVersion.ts';
import { plainTextAt, textAt } from './serviceHost.ts';
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

/** Whether the service of this machine works in this data folder: then that is what is to be started. */
export async function isServed(paths: Pick<ServicePaths, 'unit'>, data: string): Promise<boolean> {
  const unit = await plainTextAt(paths.unit).catch((error: unknown) => {
    // Whoever may not look at it does not start it either.
    if (isLapsError(error)) return undefined;
    throw error;
  });
  return unit !== undefined && isMadeHere(unit) && dataOfUnit(unit) === data;
}
