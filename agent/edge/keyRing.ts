/**
 * The keys folder: 32 random bytes a file, nothing else (rotation.md 2).
 *
 * Knows: the installation's own keys (the journal's MAC, the accounts' mark) and one key per rotation. Promises: a key
 * is made once and durable before it is used; a key of the wrong length counts as missing; what is erased is overwritten
 * first. Must never: hand out a file name it did not make itself, or leave a key readable by others.
 *
 * Overwriting is an effort, not a proof: a journaling or copy-on-write file system and a flash disk keep old blocks.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { codeOf, diskError } from './diskError.ts';
import {
  createDurableFile,
  type FileSystem,
  isTempName,
  nodeFileSystem,
  syncFolder,
  writeFully,
} from './durableFile.ts';
import { faultPoint } from './faultPoint.ts';

/** Bytes of every key here: AES-256 and HMAC-SHA256 both want this many. */
export const keyBytes = 32;

const installationKeys = { journal: 'journal-mac.key', mark: 'account-mark.key' } as const;
/** What a key of this installation is for. */
export type InstallationKey = keyof typeof installationKeys;

const rotationKey = /^rotation-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.key$/;

/** Whether `name` is a file that belongs to one rotation only, so that a copy of the folder leaves it out. */
export function isRotationKeyName(name: string): boolean {
  return rotationKey.test(name);
}

/** Keys come as Buffers, to be wiped (`fill(0)`) by who asked for them. All throw ERR_LAPS_DISK or _PERMISSION. */
export interface KeyRing {
  /** Undefined when missing or not a key. */
  installationKey(which: InstallationKey): Promise<Buffer | undefined>;
  /** Makes it when missing or not a key. */
  ensureInstallationKey(which: InstallationKey): Promise<Buffer>;
  rotationKey(rotationId: string): Promise<Buffer | undefined>;
  /** Undefined when there is a key for this rotation already: it is never replaced, for something is sealed with it. */
  makeRotationKey(rotationId: string): Promise<Buffer | undefined>;
  /** Erases every rotation key but this one's, and half-written keys. */
  eraseRotationKeysBut(rotationId: string | null): Promise<void>;
}

function rotationKeyName(rotationId: string): string {
  const name = `rotation-${rotationId}.key`;
  // The id becomes part of a path.
  if (!rotationKey.test(name)) throw new RangeError('a rotation id is a lower-case GUID');
  return name;
}

/** The keys folder at `folder`, which must exist, mode 0700. */
export function createKeyRing(deps: { readonly folder: string; readonly fs?: FileSystem }): KeyRing {
  const { folder, fs = nodeFileSystem } = deps;
  const fileOf = (name: string) => createDurableFile({ path: join(folder, name), label: 'key', maxBytes: 1024, fs });

  async function load(name: string): Promise<Buffer | undefined> {
    const reading = await fileOf(name).read();
    return reading.kind === 'bytes' && reading.bytes.length === keyBytes ? Buffer.from(reading.bytes) : undefined;
  }

  async function erase(name: string): Promise<void> {
    const file = await fs
      .open(join(folder, name), constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      .catch((error: unknown) => {
        // A pipe that nobody reads: it holds nothing.
        if (codeOf(error) === 'ENXIO') return undefined;
        throw error;
      });
    if (file === undefined) return fs.unlink(join(folder, name));
    try {
      const { size } = await file.stat();
      await writeFully(file, randomBytes(Math.max(size, keyBytes)));
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.unlink(join(folder, name));
  }

  return {
    installationKey: (which) => load(installationKeys[which]),
    async ensureInstallationKey(which) {
      const name = installationKeys[which];
      const present = await load(name);
      if (present !== undefined) return present;
      const file = fileOf(name);
      if ((await file.read()).kind !== 'absent') await file.quarantine();
      const fresh = randomBytes(keyBytes);
      if (await file.create(fresh)) return fresh;
      fresh.fill(0);
      // Somebody else made it in between; theirs is the installation's.
      const theirs = await load(name);
      if (theirs === undefined) throw diskError(undefined, file.path, 'read');
      return theirs;
    },
    rotationKey: (rotationId) => load(rotationKeyName(rotationId)),
    async makeRotationKey(rotationId) {
      const fresh = randomBytes(keyBytes);
      if (await fileOf(rotationKeyName(rotationId)).create(fresh)) return fresh;
      fresh.fill(0);
      return undefined;
    },
    async eraseRotationKeysBut(rotationId) {
      const keep = rotationId === null ? undefined : rotationKeyName(rotationId);
      try {
        const entries = await fs.readdir(folder);
        const doomed = entries.filter((name) => (isRotationKeyName(name) && name !== keep) || isTempName(name));
        if (doomed.length === 0) return;
        faultPoint('seal.erase.before');
        for (const name of doomed) await erase(name);
        await syncFolder(fs, folder);
        faultPoint('seal.erase.after');
      } catch (error) {
        // A keys folder that is gone holds no key.
        if (codeOf(error) === 'ENOENT') return;
        throw diskError(error, folder, 'cleared of used keys');
      }
    },
  };
}

/** The same keys for a report: one that is missing is not made, so that nothing matches it. */
export function lookOnly(keys: KeyRing): KeyRing {
  return {
    ...keys,
    ensureInstallationKey: async (which) => (await keys.installationKey(which)) ?? randomBytes(keyBytes),
    makeRotationKey: async () => undefined,
    eraseRotationKeysBut: async () => undefined,
  };
}

/** The same keys, and a word when the key of the mark is made anew though a password was marked with it before. */
export function tellingLostMark(
  keys: KeyRing,
  deps: { readonly isMarked: () => Promise<boolean>; readonly onLost: () => void },
): KeyRing {
  return {
    ...keys,
    async ensureInstallationKey(which) {
      const isLost = which === 'mark' && (await keys.installationKey(which)) === undefined && (await deps.isMarked());
      const key = await keys.ensureInstallationKey(which);
      if (isLost) deps.onLost();
      return key;
    },
  };
}

/** The path of the key of the mark, below the keys folder. */
export function markKeyPath(folder: string): string {
  return join(folder, installationKeys.mark);
}
