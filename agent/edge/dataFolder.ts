/**
 * The data folder: where everything of one installation lies, and whether it may be trusted.
 *
 * Knows: the layout, in this one place; the version of the data. Promises: what it opens belongs to this user, is closed
 * to others and is no symbolic link; data of a newer program is refused, of an older one upgraded with a copy kept.
 * Must never: adopt a folder that holds something else, or loosen a mode.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { codeOf, diskError, unsafePath } from './diskError.ts';
import { createDurableFile, isTempName, nodeFileSystem, syncFolder } from './durableFile.ts';
import { createInstanceLock } from './instanceLock.ts';
import { isRotationKeyName } from './keyRing.ts';
import { socketPathFor } from './socketPath.ts';

/** The version of the data this program writes. */
export const dataVersion = 1;

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

/** Turns data of version `from` into version `from + 1`, in place; must be repeatable, for it may be cut short. */
export type Upgrade = (root: string) => Promise<void>;

export interface OpenRequest {
  readonly path: string;
  /** Make it when it is not there. Without, a missing folder is `undefined`. */
  readonly create: boolean;
  /** Where the socket goes instead of `run/`, for a service: `/run/laps-agent`. */
  readonly socketFolder?: string;
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

/** A service's own. */
export const systemData = { path: '/var/lib/laps-agent', socketFolder: '/run/laps-agent' } as const;

/** Which folder is meant, contract 1: `--data`, LAPS_DATA, `./.laps` (in a clone, or when it is there), the user's, the system's. */
export async function resolveDataFolder(given: {
  readonly option: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly uid: number;
  /** Whether the program runs from a clone of its repository. */
  readonly isClone: boolean;
}): Promise<{ readonly path: string; readonly socketFolder?: string }> {
  const { option, env, cwd, home, uid, isClone } = given;
  const { LAPS_DATA: fromEnv, XDG_STATE_HOME: stateHome } = env;
  const named = option ?? (fromEnv === '' ? undefined : fromEnv);
  // However it is named, the service's own folder has its socket in the one place where commands look for it.
  if (named !== undefined && (resolve(cwd, named) !== systemData.path || uid !== 0))
    return { path: resolve(cwd, named) };
  if (named !== undefined) return systemData;
  const local = join(cwd, '.laps');
  if (isClone || (await exists(local))) return { path: local };
  if (uid === 0) return systemData;
  // A relative XDG path is to be ignored, its specification says.
  const base = stateHome?.startsWith('/') ? stateHome : join(home, '.local', 'state');
  return { path: join(base, 'laps-agent') };
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw diskError(error, path, 'looked at');
  }
}

function myUid(): number {
  // Windows has no uids; there the folder's place in the user's profile is the guard.
  return process.getuid?.() ?? 0;
}

/** Refuses a folder on the way that somebody else could turn into another: a link not made by root or this user. */
async function checkWay(path: string): Promise<void> {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    const stat = await fs.lstat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (stat?.isSymbolicLink() && stat.uid !== 0 && stat.uid !== myUid()) throw unsafePath(at);
  }
}

async function checkFolder(path: string): Promise<void> {
  const stat = await fs.lstat(path);
  if (stat.isSymbolicLink()) throw unsafePath(path);
  if (!stat.isDirectory()) {
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${path} is not a folder`,
      hint: 'name a folder with --data',
    });
  }
  if (stat.uid !== myUid()) {
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${path} belongs to another user (uid ${stat.uid})`,
      hint: `run as that user, for instance: sudo -u '#${stat.uid}' laps …; or use a folder of your own with --data`,
    });
  }
}

/** Closes a folder of ours to others; the open descriptor keeps the check and the change on one and the same. */
async function closeToOthers(path: string, barred: number): Promise<void> {
  const folder = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const mode = (await folder.stat()).mode & 0o777;
    if ((mode & barred) !== 0) await folder.chmod(mode & ~barred);
  } finally {
    await folder.close();
  }
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

async function ensureFolder(path: string, barred = 0o077): Promise<void> {
  try {
    await fs.mkdir(path, { mode: 0o700 });
    await syncParent(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await checkFolder(path);
  await closeToOthers(path, barred);
}

function versionFile(root: string) {
  return createDurableFile({ path: join(root, 'version'), label: 'version', maxBytes: 64 });
}

function versionLost(root: string, how: string): LapsError {
  return new LapsError('ERR_LAPS_DATA_DAMAGED', {
    message: `the version of the data in ${root} ${how}`,
    hint: `if no other version of laps-agent was used here, write ${dataVersion} into ${join(root, 'version')}`,
  });
}

/** Undefined when there is none yet, which only an empty folder may be without. */
async function readVersion(root: string): Promise<number | undefined> {
  const reading = await versionFile(root).read();
  if (reading.kind === 'bytes') {
    const text = new TextDecoder().decode(reading.bytes);
    if (/^[1-9]\d{0,8}\n$/.test(text)) return Number(text);
  }
  if (reading.kind === 'absent') {
    // What a killed first start may have left: the lock, and half-written files.
    const others = (await fs.readdir(root)).filter((name) => name !== 'lock' && !isTempName(name));
    if (others.length === 0) return undefined;
    // The version is written before the first of these is made: it was there, and is lost.
    if (folders.every((name) => name === 'run' || others.includes(name))) throw versionLost(root, 'is missing');
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${root} holds something, but no laps-agent data`,
      hint: 'name an empty or a new folder with --data',
    });
  }
  throw versionLost(root, 'cannot be read');
}

/** What a copy leaves out: sockets, logs, the lock, and keys that must be erased when their rotation is done. */
function worthCopying(source: string, root: string, copy: string): boolean {
  const name = source.slice(source.lastIndexOf('/') + 1);
  if (source === copy || isRotationKeyName(name) || isTempName(name)) return false;
  const outside = [join(root, 'run'), join(root, 'logs'), join(root, 'lock')];
  return !outside.includes(source) && !source.startsWith(join(root, 'before-version-'));
}

async function upgrade(root: string, from: number, to: number, upgrades: ReadonlyMap<number, Upgrade>): Promise<void> {
  const lock = await createInstanceLock({ path: join(root, 'lock') }).acquire({ waitMs: 0 });
  try {
    const copy = join(root, `before-version-${from + 1}`);
    if (!(await exists(copy))) {
      // Into another name first: a copy cut short by a kill must not be taken for the whole.
      const staging = `${copy}.partial`;
      await fs.rm(staging, { recursive: true, force: true });
      await fs.mkdir(staging, { mode: 0o700 });
      for (const name of await fs.readdir(root)) {
        const source = join(root, name);
        const keep = (each: string) => worthCopying(each, root, staging);
        if (keep(source)) await fs.cp(source, join(staging, name), { recursive: true, filter: keep });
      }
      await fs.rename(staging, copy);
    }
    for (let version = from; version < to; version += 1) {
      const step = upgrades.get(version);
      if (step === undefined) {
        throw new LapsError('ERR_LAPS_DATA_DAMAGED', {
          message: `the data in ${root} is of version ${version}, which no laps-agent ever wrote`,
          hint: `if no other version was used here, write ${to} into ${join(root, 'version')}`,
        });
      }
      await step(root);
      await versionFile(root).write(Buffer.from(`${version + 1}\n`));
    }
  } finally {
    lock.release();
  }
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
      await fs.mkdir(dirname(root), { recursive: true, mode: 0o700 });
      await ensureFolder(root);
    }

    const found = await readVersion(root);
    if (found === undefined && !create) return undefined;
    // Only now is it known to be ours to change.
    await ensureFolder(root);
    if (found === undefined) {
      await versionFile(root).sweep();
      // False when another first start was faster: the same content either way.
      await versionFile(root).create(Buffer.from(`${version}\n`));
    } else if (found > version) {
      throw new LapsError('ERR_LAPS_DATA_NEWER', {
        message: `the data in ${root} is of version ${found}, this program knows ${version}`,
        hint: 'run the newer laps-agent that wrote it, or use another folder with --data',
      });
    } else if (found < version) {
      await upgrade(root, found, version, upgrades);
    }
    const layout = dataLayout(root, request.socketFolder);
    for (const name of folders) if (name !== 'run') await ensureFolder(join(root, name));
    // A service's own socket folder may let a group pass, if the administrator opened it so.
    await ensureFolder(layout.run, request.socketFolder === undefined ? 0o077 : 0o027);
    if (dirname(layout.socket) !== layout.run) await ensureFolder(dirname(layout.socket));
    return layout;
  } catch (error) {
    throw diskError(error, root, 'opened');
  }
}
