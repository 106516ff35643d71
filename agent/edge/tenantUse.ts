/**
 * Who uses the embedded tenant of a data folder: every command that does keeps one file locked in common with the others,
 * and the tenant ends under a lock of its own on it, which it can have only when nobody uses it.
 *
 * Promises: a tenant that was found does not end beneath whoever found it; who comes while one is ending waits for that
 * end; a dead process uses nothing. Must never: say where the tenant is, or whether there is one.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock } from './clock.ts';
import { diskError } from './diskError.ts';
import { lockDescriptor } from './instanceLock.ts';

const fileName = 'in-use';
const retryMs = 25;
/** The longest pause of a tenant that waits for its users, in ms: a daemon may be one of them for months. */
const longestPauseMs = 1_000;
/** How long a tenant may take to end, in ms; it closes its data and its listeners. */
const endingMs = 10_000;

/** Opens the file and hands on what `take` makes of it; closed again where that fails. */
async function opened<T>(folder: string, take: (fd: number) => Promise<T>): Promise<T> {
  const path = join(folder, fileName);
  let fd: number | undefined;
  try {
    // Never written to: where it is there already, a full disk is no obstacle.
    fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    return await take(fd);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw diskError(error, path, 'locked');
  }
}

export interface TenantUse {
  /** Nobody else uses the tenant; nobody can begin to until this is released. */
  isLast(): boolean;
  /** More than once does no harm. */
  release(): void;
}

/** Takes part in the use of the tenant of this folder. Throws ERR_LAPS_DISK, ERR_LAPS_PERMISSION, ERR_LAPS_DATA_UNSAFE. */
export function useTenant(folder: string): Promise<TenantUse> {
  return opened(folder, async (fd) => {
    const until = systemClock.monotonicMs() + endingMs;
    // One that does not come to its end is met by whoever opens its data: that says what holds it.
    while (!lockDescriptor(fd, { shared: true }) && systemClock.monotonicMs() < until) await sleep(retryMs);
    let isOpen = true;
    return {
      isLast: () => lockDescriptor(fd, { shared: false }),
      release() {
        if (isOpen) closeSync(fd);
        isOpen = false;
      },
    };
  });
}

/** Resolves when nobody uses the tenant any more, and keeps it so until it is released. For the tenant alone. */
export function unused(folder: string): Promise<{ release(): void }> {
  return opened(folder, async (fd) => {
    for (let pauseMs = retryMs; !lockDescriptor(fd, { shared: false }); pauseMs = Math.min(2 * pauseMs, longestPauseMs))
      await sleep(pauseMs);
    return { release: () => closeSync(fd) };
  });
}

/**
 * Does `act` unless a command uses the tenant, and says whether it did; none can begin to before `act` is done. A tenant
 * that is ending is not used.
 */
export function unlessUsed(folder: string, act: () => Promise<void>): Promise<boolean> {
  return opened(folder, async (fd) => {
    // Where it cannot even be had in common, the tenant itself has it: only one that is ending does.
    const isFree = !lockDescriptor(fd, { shared: true }) || lockDescriptor(fd, { shared: false });
    if (isFree) await act();
    closeSync(fd);
    return isFree;
  });
}
