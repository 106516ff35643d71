/**
 * The version of the data in a folder: reading it, mending it, bringing older data up to it.
 *
 * Knows: the version file, and which folders all data of ours has. Promises: an upgrade keeps a copy and can be cut short
 * anywhere; a version that was lost is told as that, not as somebody else's folder. Must never: write a version over
 * what is not plainly ours.
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { codeOf, diskError } from './diskError.ts';
import { createDurableFile, isTempName } from './durableFile.ts';
import { createInstanceLock } from './instanceLock.ts';
import { isRotationKeyName } from './keyRing.ts';

/** The version of the data this program writes. */
export const dataVersion = 1;

/** Turns data of version `from` into version `from + 1`, in place; must be repeatable, for it may be cut short. */
export type Upgrade = (root: string) => Promise<void>;

/** Whether something is there, a link that leads nowhere included. */
export async function exists(path: string): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw diskError(error, path, 'looked at');
  }
}

export function versionFile(root: string) {
  return createDurableFile({ path: join(root, 'version'), label: 'version', maxBytes: 64 });
}

/** What the version file says. `none`: an empty folder, or a first start that was killed; `foreign`: somebody else's. */
export type VersionReading =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'lost'; readonly problem: string };

/** Reads the version, and changes nothing. `ours` are the folders that all data of ours has. */
export async function readVersion(root: string, ours: readonly string[]): Promise<VersionReading> {
  const reading = await versionFile(root).read();
  if (reading.kind === 'bytes') {
    const text = new TextDecoder().decode(reading.bytes);
    if (/^[1-9]\d{0,8}\n$/.test(text)) return { kind: 'version', version: Number(text) };
  }
  const present = new Set(await fs.readdir(root));
  const isOurs = ours.every((name) => present.has(name));
  if (reading.kind !== 'absent') return isOurs ? { kind: 'lost', problem: 'cannot be read' } : { kind: 'foreign' };
  if (isOurs) return { kind: 'lost', problem: 'is missing' };
  // What a killed first start may have left: the lock, and half-written files.
  const others = [...present].filter((name) => name !== 'lock' && !isTempName(name));
  return { kind: others.length === 0 ? 'none' : 'foreign' };
}

/**
 * The version as it can be worked with; undefined when there is none yet. With `mend` one that was lost is written anew.
 * Throws ERR_LAPS_DATA_UNSAFE, ERR_LAPS_DATA_DAMAGED.
 */
export async function knownVersion(
  root: string,
  request: { readonly ours: readonly string[]; readonly mend: boolean; readonly mended: (what: string) => void },
): Promise<number | undefined> {
  const reading = await readVersion(root, request.ours);
  if (reading.kind === 'version') return reading.version;
  if (reading.kind === 'none') return undefined;
  if (reading.kind === 'foreign')
    throw new LapsError('ERR_LAPS_DATA_UNSAFE', {
      message: `${root} holds something, but no laps-agent data`,
      hint: 'name an empty or a new folder with --data',
    });
  if (!request.mend)
    throw new LapsError('ERR_LAPS_DATA_DAMAGED', {
      message: `the version of the data in ${root} ${reading.problem}`,
      hint: 'laps repair writes it anew; nothing else is wrong with the data for that',
    });
  // Only one version was ever written; with a second one, this will have to find out which it is.
  const file = versionFile(root);
  if ((await file.read()).kind !== 'absent') await file.quarantine();
  await file.write(Buffer.from(`${dataVersion}\n`));
  request.mended('the version of the data, which was lost');
  return dataVersion;
}

/** What a copy leaves out: sockets, logs, the lock, and keys that must be erased when their rotation is done. */
function worthCopying(source: string, root: string, copy: string): boolean {
  const name = source.slice(source.lastIndexOf('/') + 1);
  if (source === copy || isRotationKeyName(name) || isTempName(name)) return false;
  const outside = [join(root, 'run'), join(root, 'logs'), join(root, 'lock')];
  return !outside.includes(source) && !source.startsWith(join(root, 'before-version-'));
}

/** Brings the data up to `to`, step by step, with a copy kept. Throws ERR_LAPS_INSTANCE_RUNNING when somebody is at work. */
export async function upgrade(
  root: string,
  from: number,
  to: number,
  upgrades: ReadonlyMap<number, Upgrade>,
): Promise<void> {
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
