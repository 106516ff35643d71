/**
 * The device identity on disk: 0600 in a 0700 folder, written durably.
 *
 * Promises: whole or not there; one copied from another machine is refused and left alone; a damaged one is told as
 * such, never overwritten silently; it is written 0600; of two that change it at once, the later goes by what the earlier
 * left. Must never: follow a symbolic link.
 */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import type { IdentityReader, IdentityReading } from '../core/ports.ts';
import { codeOf, diskError, linkedFile, unsafePath } from './diskError.ts';
import { createDurableFile, type FileSystem, nodeFileSystem, syncFolder } from './durableFile.ts';
import { parseIdentity, printIdentity, profileOfIdentity, type StoredIdentity } from './identityRecord.ts';

/** What the edge may learn beyond the port: the whole record, key included. */
export type FullIdentityReading =
  | Exclude<IdentityReading, { readonly kind: 'joined' }>
  | { readonly kind: 'joined'; readonly identity: StoredIdentity };

/** The identity of this device, for the daemon (read) and for the edges that speak for it. */
export interface DeviceIdentity extends IdentityReader {
  /** With key and certificate. Throws ERR_LAPS_DATA_NEWER, ERR_LAPS_DATA_UNSAFE and disk errors, as `read` does. */
  readFull(): Promise<FullIdentityReading>;
  /**
   * Puts what `by` makes of the identity in its place, undefined leaving it; nobody else writes or removes it meanwhile.
   * The reading as it was before; only one that is joined is changed.
   */
  change(by: (identity: StoredIdentity) => StoredIdentity | undefined): Promise<FullIdentityReading>;
  /** Replaces the identity. Durable when it returns. */
  write(identity: StoredIdentity): Promise<void>;
  /** Forgets it; nothing happens when there is none. Durable when it returns. */
  remove(): Promise<void>;
  /** Puts a damaged file aside (laps repair); its new name. */
  quarantine(): Promise<string>;
}

/** A file is written meanwhile, no more. */
const patienceMs = 10_000;

const rejoin =
  'run laps repair to put it aside, then laps join; the tenant keeps what was backed up under the old device';

/** @param folder made, 0700, when it is not there. @param machineId of this machine (machineId.ts). */
export function createDeviceIdentity(options: {
  readonly folder: string;
  readonly machineId: string;
  readonly fs?: FileSystem;
}): DeviceIdentity {
  const { folder, machineId, fs = nodeFileSystem } = options;
  const path = join(folder, 'identity.json');
  const file = createDurableFile({ path, label: 'identity', maxBytes: 262_144, fs });

  /**
   * Print of the file whose key and certificate were last found to belong together: a daemon reads it every minute, and
   * that proof is most of the work. The print alone is kept, for the file holds the key.
   */
  let proven: string | undefined;

  /** Refuses a link in the folder's place. A file that others may read is closed, and told, by whoever opens the folder. */
  async function check(): Promise<void> {
    for (const each of [folder, path]) {
      try {
        if ((await lstat(each)).isSymbolicLink()) throw each === path ? linkedFile(each) : unsafePath(each);
      } catch (error) {
        if (error instanceof LapsError) throw error;
        if (codeOf(error) !== 'ENOENT') throw diskError(error, each, 'looked at');
      }
    }
  }

  async function readFull(): Promise<FullIdentityReading> {
    await check();
    const found = await file.read();
    if (found.kind === 'absent') return { kind: 'none' };
    const damaged = (problem: string): FullIdentityReading => ({
      kind: 'damaged',
      problem: `the device identity is damaged: ${problem}`,
      hint: rejoin,
    });
    if (found.kind === 'strange') return damaged(found.problem);
    const print = createHash('sha256').update(found.bytes).digest('hex');
    const parsed = parseIdentity(Buffer.from(found.bytes).toString('utf8'), print === proven);
    proven = parsed.kind === 'identity' ? print : undefined;
    if (parsed.kind === 'damaged') return damaged(parsed.problem);
    if (parsed.kind === 'newer')
      throw new LapsError('ERR_LAPS_DATA_NEWER', {
        message: `the device identity was written by a newer laps-agent (version ${parsed.version})`,
        hint: 'use that version, or another data folder',
      });
    if (parsed.identity.machineId !== machineId)
      return {
        kind: 'refused',
        problem: 'the device identity was copied from another machine',
        hint: 'two machines with one identity would overwrite each other’s passwords: run laps leave on the other one, or laps join here with a data folder of its own',
      };
    return { kind: 'joined', identity: parsed.identity };
  }

  /**
   * Beside the instance lock, which a daemon holds as long as it runs: what is trusted is changed under it. Its file is
   * there only while it is held.
   */
  async function alone<T>(act: () => Promise<T>): Promise<T> {
    const { createFileLock, removeLockFile } = await import('./instanceLock.ts');
    const lockPath = join(folder, 'lock');
    const busy = (holder: number | undefined): LapsError =>
      new LapsError('ERR_LAPS_INSTANCE_RUNNING', {
        message: `another laps-agent${holder === undefined ? '' : ` (process ${holder})`} is changing the device identity`,
        hint: 'wait for it or end it, then run it again',
      });
    const held = await createFileLock({ path: lockPath, busy }).acquire({ waitMs: patienceMs });
    try {
      return await act();
    } finally {
      held.release();
      removeLockFile(lockPath);
    }
  }

  const isThere = async (): Promise<boolean> => {
    await check();
    return (await lstat(folder).catch(() => undefined)) !== undefined;
  };

  return {
    readFull,

    async change(by) {
      if (!(await isThere())) return { kind: 'none' };
      return alone(async () => {
        const reading = await readFull();
        const changed = reading.kind === 'joined' ? by(reading.identity) : undefined;
        if (changed !== undefined) await file.write(Buffer.from(printIdentity(changed)));
        return reading;
      });
    },

    async read() {
      const reading = await readFull();
      if (reading.kind !== 'joined') return reading;
      const { identity } = reading;
      const profile = profileOfIdentity(identity);
      return {
        kind: 'joined',
        device: {
          identity: { tenantId: identity.tenantId, deviceId: identity.deviceId, machineId: identity.machineId },
          displayName: identity.displayName,
          joinType: identity.joinType,
          os: identity.os,
          endpoint: profile.registrationOrigin,
          historyDepth: profile.historyDepth,
        },
      };
    },

    async write(identity) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        if ((await lstat(folder)).isSymbolicLink()) throw unsafePath(folder);
        // mkdir leaves an older folder's mode as it was.
        await chmod(folder, 0o700);
      } catch (error) {
        throw error instanceof LapsError ? error : diskError(error, folder, 'made');
      }
      await alone(() => file.write(Buffer.from(printIdentity(identity))));
    },

    async remove() {
      if (!(await isThere())) return;
      await alone(async () => {
        try {
          await unlink(path);
          await syncFolder(fs, folder);
        } catch (error) {
          if (codeOf(error) !== 'ENOENT') throw diskError(error, path, 'removed');
        }
      });
    },

    quarantine: () => alone(() => file.quarantine()),
  };
}
