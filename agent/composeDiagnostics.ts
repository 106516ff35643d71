/**
 * The wiring of `laps diagnostics`: what goes into the bundle beside the documents that other verbs print, and where it
 * is written.
 *
 * Promises: looks only; each part is read by itself, and its trouble is its own. Must never: hand a file of the data
 * folder on as it is.
 */
import { openDevice, type Place, type PlaceRequest } from './compose.ts';
import { serviceStatus } from './composeServiceStatus.ts';
import { meantFolder } from './composeWhere.ts';
import { isLapsError, LapsError, type LapsErrorCode } from './core/errors.ts';
import { defaultOs, parseOs } from './core/policy/os.ts';
import type { BundleFile } from './core/support/bundle.ts';
import { policyFacts } from './core/support/policyRoots.ts';
import { journalFacts, stateFacts } from './core/support/rotationFacts.ts';
import { listDataFolder } from './edge/dataFolderList.ts';
import { dataVersion, versionFile } from './edge/dataVersion.ts';
import { diskError } from './edge/diskError.ts';
import { machineFacts } from './edge/machineFacts.ts';
import { checkFreeName, writeOutputFile } from './edge/outputFile.ts';
import type { Env } from './edge/proxyEnv.ts';
import { absolutePath, joinPath, shownPath, thisSystem } from './edge/system.ts';
import { zipOf } from './edge/zipArchive.ts';

/** Versions, of everything that has one. */
export async function versionFacts(place: Place | undefined, env: Env) {
  const { version, isClone } = thisSystem();
  const reading = place === undefined ? undefined : await versionFile(place.folder.root).read();
  return {
    laps: version,
    runsFrom: isClone ? 'a clone' : 'a package',
    data: {
      known: dataVersion,
      // Another program's text could stand there: a version is a number.
      found: reading?.kind === 'bytes' ? (/^\d{1,9}/.exec(new TextDecoder().decode(reading.bytes))?.[0] ?? null) : null,
    },
    ...machineFacts(env),
  };
}

/** The service of this machine; where there can be none, why. */
export async function serviceFacts() {
  const { thisHost } = await import('./composeServiceHost.ts');
  try {
    return await serviceStatus(thisHost());
  } catch (error) {
    if (!isLapsError(error) || error.code !== 'ERR_LAPS_SERVICE') throw error;
    return { installed: false, why: error.message };
  }
}

export async function policiesOf(place: Place) {
  const { ports } = await openDevice(place);
  // An identity that cannot be read is told by the status; the policies are there all the same.
  let os = defaultOs;
  try {
    const identity = await ports.identity.read();
    if (identity.kind === 'joined') os = parseOs(identity.device.os) ?? defaultOs;
  } catch (error) {
    if (!isLapsError(error)) throw error;
  }
  return policyFacts(await ports.policies.read(), os);
}

export async function rotationOf(place: Place) {
  const { peek } = await openDevice(place);
  const [journal, state] = [await peek.journal(), await peek.state()];
  return { journal: journalFacts(journal), state: stateFacts(state) };
}

/** The files of the data folder that is meant, whether or not it can be opened. */
export async function folderFacts(request: Pick<PlaceRequest, 'data' | 'env' | 'cwd'>) {
  const { path } = await meantFolder(request);
  try {
    return { folder: shownPath(path, request.cwd), ...(await listDataFolder(path)) };
  } catch (error) {
    throw diskError(error, path, 'listed');
  }
}

const hints: ReadonlyMap<LapsErrorCode, string> = new Map([
  ['ERR_LAPS_FILE_EXISTS', 'run it again: the next one is called by its own second; nothing is overwritten'],
  ['ERR_LAPS_PERMISSION', 'name a folder that you may write in, with --output'],
  ['ERR_LAPS_DISK', 'make room there, or name a folder on another disk with --output'],
]);

/** Nobody named this file, only its folder: the same error with what to do about that. */
function hinted(error: unknown): unknown {
  if (!isLapsError(error)) return error;
  const hint = hints.get(error.code) ?? error.hint;
  return new LapsError(error.code, { message: error.message, cause: error, ...(hint === undefined ? {} : { hint }) });
}

/** Where the bundle would be written. Throws where it cannot be, before anything is gathered. */
export async function bundlePath(request: {
  readonly output: string | undefined;
  readonly name: string;
  readonly cwd: string;
}): Promise<string> {
  const { output, name, cwd } = request;
  const path = output === undefined ? name : joinPath(output, name);
  try {
    await checkFreeName(absolutePath(path, cwd));
  } catch (error) {
    throw hinted(error);
  }
  return path;
}

/** Writes it whole, for its owner alone; the number of bytes. Throws as `writeOutputFile` does. */
export async function writeBundle(request: {
  readonly path: string;
  readonly cwd: string;
  readonly files: readonly BundleFile[];
  readonly at: number;
  readonly interrupted: AbortSignal;
}): Promise<number> {
  const { path, cwd, files, at, interrupted } = request;
  const bytes = zipOf(files, at);
  try {
    await writeOutputFile({ path, cwd, bytes, replace: false, mode: 0o600, signal: interrupted });
  } catch (error) {
    throw hinted(error);
  }
  return bytes.length;
}
