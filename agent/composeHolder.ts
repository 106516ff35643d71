/**
 * The wiring of a look at whoever holds a data folder and answers nobody.
 *
 * Promises: looks only; the lock itself is not tried. Must never: take a command that is at work for a trouble.
 */
import { type LockHolder, silentHolder } from './core/hosting/silentHolder.ts';
import type { DataFolder } from './edge/dataFolder.ts';

/** Who holds the data folder though nobody answers at its socket, in words; undefined where nobody does, or that cannot be told. */
export async function holderWords(place: {
  readonly folder: Pick<DataFolder, 'lockFile'>;
  readonly served: unknown;
}): Promise<(LockHolder & { readonly message: string; readonly hint: string }) | undefined> {
  const [{ isLockHeld }, { noteOf }] = await Promise.all([
    import('./edge/lockLook.ts'),
    import('./edge/instanceLock.ts'),
  ]);
  const { lockFile } = place.folder;
  if ((await isLockHeld(lockFile)) !== true) return undefined;
  const holder = noteOf(lockFile);
  return { ...holder, ...silentHolder(holder, place.served !== undefined) };
}

/** The same where it is a daemon: a command ends by itself, and is no trouble. */
export async function silentDaemon(place: Parameters<typeof holderWords>[0]): ReturnType<typeof holderWords> {
  const holder = await holderWords(place);
  return holder?.isDaemon === true ? holder : undefined;
}
