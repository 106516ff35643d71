/**
 * The data folder: where everything of one installation lies, and whether it may be trusted.
 *
 * Knows: the layout, in this one place; the version of the data. Promises: what it opens belongs to this user, is closed
 * to others and is no symbolic link; data of a newer program is refused, of an older one upgraded with a copy kept.
 * Must never: adopt a folder that holds something else, or loosen a mode.
 */
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { restartService } from '../core/hosting/staleProgram.ts';
import { shellWord } from '../core/shellWord.ts';
import { dataVersion, exists, knownVersion, readVersion, type Upgrade, upgrade, versionFile } from './dataVersion.ts';
import { codeOf, diskError, unsafePath } from './diskError.ts';
import { nodeFileSystem, syncFolder } from './durableFile.ts';
import { type Closed, closeToOthers, openToOthers } from './openFiles.ts';
import { socketPathFor } from './socketPath.ts';
import { absolutePath } from './system.ts';

/** Absolute paths of one installation. */
export interface DataFolder {
  readonly root: string;
  /** Device key, certificate and ids. */
  readonly identity: string;
  /** Keys that seal the journal; apart from it on purpose. */
  readonly keys: string;
  readonly journal: string;
  readonly journalFile: string;
  /** Facts and configuration. */
  readonly state: string;
  readonly accounts: string;
  readonly logs: string;
  readonly run: string;
  readonly socket: string;
  /** The embedded tenant's own. */
  readonly tenant: string;
  readonly lockFile: string;
}

const folders = ['identity', 'keys', 'journal', 'state', 'accounts', 'logs', 'run', 'tenant'] as const;
/** Those that every data folder has: all are made before anything lies in one. */
export const ours: readonly string[] = folders.filter((name) => name !== 'run');
/** Whatever stands right in a data folder, but for what upgrades and repairs have kept. */
export const topEntries: readonly string[] = [...folders, 'version', 'lock'];

export interface OpenRequest {
  readonly path: string;
  /** Make it when it is not there. Without, a missing folder is `undefined`. */
  readonly create: boolean;
  /** Where the socket goes instead of `run/`, for a service: `/run/laps-agent`. */
  readonly socketFolder?: string;
  /** Write the version anew where it was lost from data that is plainly ours (laps repair). */
  readonly mend?: boolean;
  /** Told of what was made, from the outside in, of what was found open to others and closed, and of what was mended. */
  readonly told?: {
    readonly made?: (path: string) => void;
    readonly closed?: (path: string, was: Closed) => void;
    readonly mended?: (what: string) => void;
  };
  /** Steps from each older version; the table is for tests to replace. */
  readonly version?: number;
  readonly upgrades?: ReadonlyMap<number, Upgrade>;
}

/** The layout below `root`; touches nothing. */
export function dataLayout(root: string, socketFolder?: string): DataFolder {
  const run = socketFolder ?? join(root, 'run');
  return {
    root,
    identity: join(root, 'identity'),
    keys: join(root, 'keys'),
    journal: join(root, 'journal'),
    journalFile: join(root, 'journal', 'journal'),
    state: join(root, 'state'),
    accounts: join(root, 'accounts'),
    logs: join(root, 'logs'),
    run,
    socket: socketPathFor(run, root),
    tenant: join(root, 'tenant'),
    lockFile: join(root, 'lock'),
  };
}

/** Where the socket and what belongs to it lie; `isInner`: within the data. */
export function socketFolders({
  root,
  run,
  socket,
}: DataFolder): { readonly path: string; readonly isInner: boolean }[] {
  return [...new Set([run, dirname(socket)])].map((path) => ({ path, isInner: path === join(root, 'run') }));
}

/** A service's own. */
export const systemData = { path: '/var/lib/laps-agent', socketFolder: '/run/laps-agent' } as const;

export interface MeantFolder {
  readonly path: string;
  readonly socketFolder?: string;
  /** For root, where nothing was named: the data folder of a service that is installed in another place than the usual. */
  readonly ofService?: string;
}

/**
 * Which folder is meant, contract 1: `--data`, LAPS_DATA, `./.laps` (in a clone, or when it is there), the user's, the
 * system's; for root the installed service's, while the system's holds nothing.
 */
export async function resolveDataFolder(given: {
  readonly option: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly uid: number;
  /** Whether the program runs from a clone of its repository. */
  readonly isClone: boolean;
  readonly installed: () => Promise<{ readonly data: string; readonly isUsualInUse: boolean } | undefined>;
}): Promise<MeantFolder> {
  const { option, env, cwd, home, uid, isClone, installed } = given;
  const { LAPS_DATA: fromEnv, XDG_STATE_HOME: stateHome } = env;
  const named = option ?? (fromEnv === '' ? undefined : fromEnv);
  // However it is named, the service's own folder has its socket in the one place where commands look for it.
  if (named !== undefined && (absolutePath(named, cwd) !== systemData.path || uid !== 0))
    return { path: absolutePath(named, cwd) };
  if (named !== undefined) return systemData;
  const local = join(cwd, '.laps');
  if (isClone || (await exists(local))) return { path: absolutePath('.laps', cwd) };
  if (uid === 0) {
    const service = await installed();
    if (service === undefined) return systemData;
    return { ...(service.isUsualInUse ? systemData : { path: service.data }), ofService: service.data };
  }
  // A relative XDG path is to be ignored, its specification says.
  const base = stateHome?.startsWith('/') ? stateHome : join(home, '.local', 'state');
  return { path: join(base, 'laps-agent') };
}

function myUid(): number {
  // Windows has no uids; there the folder's place in the user's profile is the guard.
  return process.getuid?.() ?? 0;
}

/** Refuses a folder on the way that somebody else could turn into another: a link not made by root or this user. */
export async function checkWay(path: string): Promise<void> {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    const stat = await fs.lstat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (stat?.isSymbolicLink() && stat.uid !== 0 && stat.uid !== myUid()) throw unsafePath(at);
  }
}

export async function checkFolder(path: string): Promise<void> {
  const stat = await fs.lstat(path);
  if (stat.isSymbolicLink()) throw unsafePath(path);
  if (!stat.isDirectory()) {
    throw notAFolder(path);
  }
  if (stat.uid !== myUid()) {
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${path} belongs to another user (uid ${stat.uid})`,
      hint: await foreignFolderHint(path, stat.uid),
    });
  }
}

/** Something else stands where a folder belongs. */
export function notAFolder(path: string): LapsError {
  const remove = `see what it is, then remove it: sudo rm ${path}; the next start makes the folder: ${restartService}`;
  return new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `${path} is not a folder`,
    hint: path === systemData.socketFolder ? remove : 'name a folder with --data',
  });
}

/**
 * What leads back to a folder in another user's hands. For root a usual place of the service is taken back, and so is one
 * with data of root's in it; data that is wholly another user's may be theirs by right.
 */
export async function foreignFolderHint(path: string, uid: number): Promise<string> {
  const run = `run as that user, for instance: sudo -u '#${uid}' laps …; or use a folder of your own with --data`;
  if (myUid() !== 0) return run;
  const back = `sudo chown -R 0 ${shellWord(path)}`;
  const isUsual = path === systemData.path || path === systemData.socketFolder;
  // Why it cannot be looked at does not matter here: the refusal stands, and only its hint is the plain one.
  const version = isUsual ? undefined : await fs.lstat(join(path, 'version')).catch(() => undefined);
  if (isUsual || version?.uid === 0) return `see what is in it, then take it back: ${back}`;
  const isOurs = version !== undefined && (await readVersion(path, ours)).kind !== 'foreign';
  return isOurs ? `if it was root's, see what is in it, then take it back: ${back}; if it is theirs, ${run}` : run;
}

/** The same of a folder for the socket that lies outside the data, as in the temporary folder. */
export async function checkSocketFolder(path: string): Promise<void> {
  const stat = await fs.lstat(path);
  // What is kept in /run is the system's, and says so itself.
  if (stat.uid === myUid() || stat.isSymbolicLink() || path === systemData.socketFolder) return checkFolder(path);
  throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `${path}, where the socket of this data folder belongs, was made by another user (uid ${stat.uid})`,
    hint: 'have that user or root remove it; or set XDG_RUNTIME_DIR, for the daemon and for every command, to a folder of your own; or use a data folder with a shorter path',
  });
}

/** A folder's name is durable only once its parent is synced; without that a power cut takes all that lies in it. */
async function syncParent(path: string): Promise<void> {
  try {
    await syncFolder(nodeFileSystem, dirname(path));
  } catch (error) {
    // A parent that may be passed through but not read (0711) cannot be opened; then the system's own pace must do.
    if (codeOf(error) !== 'EACCES') throw error;
  }
}

/** The same of a folder within the data: another data folder is no way out of what stands in its place. */
export async function checkInner(path: string): Promise<void> {
  const stat = await fs.lstat(path);
  if (!stat.isSymbolicLink() && stat.isDirectory()) {
    if (stat.uid === myUid()) return;
    // Around it is the data folder, which is this user's alone: whoever has this one could not come to it.
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${path} belongs to another user (uid ${stat.uid})`,
      hint: `see what is in it, then take it back: sudo chown -R ${myUid()} ${shellWord(path)}`,
    });
  }
  const what = stat.isSymbolicLink() ? 'a symbolic link, and links are not followed' : 'not a folder';
  throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
    message: `${path} is ${what}`,
    hint: `put the folder itself in its place; or, where that is lost, move it away (mv ${shellWord(path)} ${shellWord(`${path}.aside`)}) and run: laps repair`,
  });
}

async function ensureFolder(
  path: string,
  told: OpenRequest['told'],
  barred?: number,
  check = checkFolder,
): Promise<void> {
  let made = true;
  try {
    await fs.mkdir(path, { mode: 0o700 });
    told?.made?.(path);
    await syncParent(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    made = false;
  }
  await check(path);
  const was = await closeToOthers(path, barred);
  if (was !== undefined && !made) told?.closed?.(path, was);
}

/** Closes what lies below the data; what it was, where there was anything to close. */
async function closeInner(path: string): Promise<Closed | undefined> {
  try {
    return await closeToOthers(path);
  } catch (error) {
    const isBarred = codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
    const stat = isBarred && myUid() === 0 ? await fs.lstat(path) : undefined;
    // A service has not every power of root's: what is somebody else's is left to the next command, which takes it back,
    // and to whoever needs it. Behind the gate nobody comes to it, and passwords are to be rotated meanwhile.
    if (stat !== undefined && stat.uid !== 0) return undefined;
    throw error;
  }
}

/** Makes the folders that lead to `path`, each told. */
async function makeWay(path: string, told: OpenRequest['told']): Promise<void> {
  if (await exists(path)) return;
  await makeWay(dirname(path), told);
  try {
    await fs.mkdir(path, { mode: 0o700 });
    told?.made?.(path);
  } catch (error) {
    // Somebody else made it in between.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Makes the folders of the socket where they are gone, and closes them; throws where somebody else has one. */
export async function ensureSocketFolders(layout: DataFolder, told?: OpenRequest['told']): Promise<void> {
  // A service's own socket folder may let a group pass, if the administrator opened it so.
  for (const { path, isInner } of socketFolders(layout))
    await ensureFolder(
      path,
      told,
      path === layout.run && !isInner ? 0o027 : undefined,
      isInner ? checkInner : checkSocketFolder,
    );
}

/**
 * Opens, and with `create` makes, a data folder. Throws ERR_LAPS_DATA_UNSAFE, ERR_LAPS_DATA_NEWER, ERR_LAPS_DATA_DAMAGED,
 * ERR_LAPS_DISK, ERR_LAPS_PERMISSION; ERR_LAPS_INSTANCE_RUNNING when an upgrade is due and somebody is at work.
 */
export async function openDataFolder(request: OpenRequest): Promise<DataFolder | undefined> {
  const { path, create, version = dataVersion, upgrades = new Map<number, Upgrade>() } = request;
  const root = resolve(path);
  try {
    await checkWay(root);
    if (await exists(root)) await checkFolder(root);
    else if (!create) return undefined;
    else {
      await makeWay(dirname(root), request.told);
      await ensureFolder(root, request.told);
    }

    const found = await knownVersion(root, {
      ours,
      mend: request.mend === true,
      mended: (what) => request.told?.mended?.(what),
    });
    if (found === undefined && !create) return undefined;
    // Only now is it known to be ours to change. A folder that was empty held nothing anybody could have read.
    await ensureFolder(root, found === undefined ? undefined : request.told);
    if (found === undefined) {
      await versionFile(root).sweep();
      // False when another first start was faster: the same content either way.
      if (await versionFile(root).create(Buffer.from(`${version}\n`))) request.told?.made?.(join(root, 'version'));
    } else if (found > version) {
      throw new LapsError('ERR_LAPS_DATA_NEWER', {
        message: `the data in ${root} is of version ${found}, this program knows ${version}`,
        hint: 'run the newer laps-agent that wrote it, or use another folder with --data',
      });
    } else if (found < version) {
      await upgrade(root, found, version, upgrades);
    }
    const layout = dataLayout(root, request.socketFolder);
    for (const name of ours) await ensureFolder(join(root, name), request.told, undefined, checkInner);
    await ensureSocketFolders(layout, request.told);
    // The folder is the gate; a file that was put here open would be bare once the gate is.
    for (const path of await openToOthers(root)) {
      const was = await closeInner(path);
      if (was !== undefined) request.told?.closed?.(path, was);
    }
    return layout;
  } catch (error) {
    throw diskError(error, root, 'opened');
  }
}
