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
import { claimedBy, notedClaims } from './accounts/accountClaims.ts';
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

/** Whether nothing was begun there. What is no folder is refused by whoever opens it. */
async function isEmpty(data: string): Promise<boolean> {
  return !(await exists(data)) || (isFolder(data) && (await readVersion(data, ours)).kind === 'none');
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
  if (!(await isEmpty(data))) return undefined;
  const text = (await waysTo([paths.manifest])).some(isForeign) ? undefined : await textAt(paths.manifest);
  const installed = text === undefined ? undefined : parseManifest(text)?.data;
  if (installed === data || (installed !== undefined && (await realPath(installed)) === (await realPath(data))))
    return { kind: 'service' };
  const uids = await claimedBy({ folder: paths.accounts, data });
  return uids.length === 0 ? undefined : { kind: 'accounts', uids };
}

/**
 * The other data folder that real accounts were managed from last, where the usual one is meant and holds nothing: whoever
 * says no more means that one. Undefined where there is none, and where it is gone.
 */
export async function managedElsewhere(
  paths: Pick<ServicePaths, 'data' | 'accounts'>,
  data: string,
): Promise<{ readonly data: string; readonly uids: readonly number[] } | undefined> {
  // A folder of one's own, that was named, begins with simulated accounts whatever else is managed here.
  if (data !== paths.data || !(await isEmpty(data))) return undefined;
  const claims = await notedClaims(paths.accounts);
  const first = claims.find((each) => each.data !== data && isFolder(each.data));
  if (first === undefined) return undefined;
  return { data: first.data, uids: claims.filter((each) => each.data === first.data).map(({ uid }) => uid) };
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
