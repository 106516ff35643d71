/**
 * The wiring of a look at the service that works in a data folder: what it is started with, and whether it is.
 *
 * Promises: looks only; a file that is closed to whoever looks counts as none. Must never: be asked by the service itself.
 */
import { type Configuration, fromEnvironment } from './core/configuration.ts';
import type { Trouble } from './core/diagnosis/facts.ts';
import { isLapsError } from './core/errors.ts';
import { variablesIn } from './core/hosting/environmentFile.ts';
import { serviceName, servicePaths, unitName } from './core/hosting/place.ts';
import { serviceTrouble, startService } from './core/hosting/standing.ts';
import { isServed } from './edge/installedData.ts';
import { isSystemdHere, plainTextAt, type Ran, systemctl } from './edge/serviceHost.ts';

export interface Served {
  /** The file of variables that its unit names, and what of them is configuration. */
  readonly path: string;
  readonly members: Configuration;
  /** What in it the service does not start with. */
  readonly trouble: Trouble | undefined;
}

/** Undefined where no service works in this data folder. */
export async function servedAt(
  root: string,
  paths: Pick<ReturnType<typeof servicePaths>, 'unit' | 'etc'> = servicePaths(),
): Promise<Served | undefined> {
  if (!(await isServed(paths, root))) return undefined;
  const path = `${paths.etc}/environment`;
  const text = await plainTextAt(path).catch((error: unknown) => {
    if (isLapsError(error) && error.code === 'ERR_LAPS_PERMISSION') return undefined;
    throw error;
  });
  const told = fromEnvironment(variablesIn(text ?? ''));
  if (told.kind === 'set') return { path, members: told.members, trouble: undefined };
  const message = `${path}: ${told.problem}; the service does not start`;
  return { path, members: {}, trouble: { code: 'ERR_LAPS_CONFIGURATION', message, hint: told.hint } };
}

/** What to do about a laps-agent at work in a data folder of the service; undefined where no service works in it. */
export async function busyHint(
  root: string,
  paths: Pick<ReturnType<typeof servicePaths>, 'unit'> = servicePaths(),
): Promise<string | undefined> {
  if (!(await isServed(paths, root))) return undefined;
  return `where that is the service: sudo systemctl stop ${serviceName}, the same command again, then ${startService}; a command ends by itself`;
}

/** That the service does not run though it should, in words. */
export async function serviceStopped(
  host: {
    readonly isSystemdHere: () => Promise<boolean>;
    readonly systemctl: (words: readonly string[]) => Promise<Ran>;
  } = { isSystemdHere, systemctl },
): Promise<string | undefined> {
  if (!(await host.isSystemdHere())) return undefined;
  const { stdout } = await host.systemctl(['show', unitName, '--property=ActiveState,UnitFileState,Result']);
  return serviceTrouble(stdout);
}
