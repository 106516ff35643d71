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
import { claimedBy } from './accounts/accountClaims.ts';
import { ours } from './dataFolder.ts';
import { exists, readVersion } from './dataVersion.ts';
import { plainTextAt, textAt } from './serviceHost.ts';
import { isFolder } from './system.ts';
import { realPath, waysTo } from './ways.ts';

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

/** Who counted on a data folder that holds nothing now. */
export type Missed =
  | { readonly kind: 'service' }
  /** The real accounts, by uid, that were managed from there. */
  | { readonly kind: 'accounts'; readonly uids: readonly number[] };

/**
 * Who counts on this data folder though there is nothing in it: it was moved, its disk is not there, or it was emptied.
 * Undefined where it holds something, and where nobody does.
 */
export async function missedIn(
  paths: Pick<ServicePaths, 'manifest' | 'accounts'>,
  data: string,
): Promise<Missed | undefined> {
  // What is no folder is refused by whoever opens it.
  if ((await exists(data)) && (!isFolder(data) || (await readVersion(data, ours)).kind !== 'none')) return undefined;
  const text = (await waysTo([paths.manifest])).some(isForeign) ? undefined : await textAt(paths.manifest);
  const installed = text === undefined ? undefined : parseManifest(text)?.data;
  if (installed === data || (installed !== undefined && (await realPath(installed)) === (await realPath(data))))
    return { kind: 'service' };
  const uids = await claimedBy({ folder: paths.accounts, data });
  return uids.length === 0 ? undefined : { kind: 'accounts', uids };
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
