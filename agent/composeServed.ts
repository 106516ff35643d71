/**
 * The wiring of a look at the service that works in a data folder: what it is started with, and whether it is.
 *
 * Promises: looks only; a file that is closed to whoever looks counts as none. Must never: be asked by the service itself.
 */
import { type Configuration, fromEnvironment } from './core/configuration.ts';
import type { Trouble } from './core/diagnosis/facts.ts';
import { isLapsError } from './core/errors.ts';
import {
  environmentProperties,
  type UnitEnvironment,
  unitEnvironmentIn,
  variablesIn,
} from './core/hosting/environmentFile.ts';
import {
  hiddenAuthority,
  hiddenPolicies,
  type Refusal,
  serviceName,
  servicePaths,
  unitName,
} from './core/hosting/place.ts';
import { serviceTrouble, startService } from './core/hosting/standing.ts';
import { isServed } from './edge/installedData.ts';
import { isSystemdHere, plainTextAt, type Ran, systemctl } from './edge/serviceHost.ts';
import { realPath } from './edge/ways.ts';

export interface Served {
  /** What of the variables it starts with is configuration. */
  readonly members: Configuration;
  /** Where it has a variable from, for a person, and how that is changed. */
  readonly sourceOf: (variable: string) => { readonly place: string; readonly remedy: string };
  /** What in them the service does not start with. */
  readonly trouble: Trouble | undefined;
}

/** Systemd, as far as it is asked. */
interface SystemdHost {
  readonly isSystemdHere: () => Promise<boolean>;
  readonly systemctl: (words: readonly string[]) => Promise<Ran>;
}

async function unitEnvironment(host: SystemdHost, etc: string): Promise<UnitEnvironment> {
  const asItIsMade = { variables: {}, files: [`${etc}/environment`] };
  if (!(await host.isSystemdHere())) return asItIsMade;
  const { stdout } = await host.systemctl(['show', unitName, `--property=${environmentProperties}`]);
  return unitEnvironmentIn(stdout) ?? asItIsMade;
}

/** Undefined where no service works in this data folder. */
export async function servedAt(
  root: string,
  paths: Pick<ReturnType<typeof servicePaths>, 'unit' | 'etc'> = servicePaths(),
  host: SystemdHost = { isSystemdHere, systemctl },
): Promise<Served | undefined> {
  if (!(await isServed(paths, root))) return undefined;
  const { variables, files } = await unitEnvironment(host, paths.etc);
  const found = new Map(Object.entries(variables).map(([name, value]) => [name, { value, file: '' }]));
  for (const file of files) {
    const text = await plainTextAt(file).catch((error: unknown) => {
      if (isLapsError(error) && error.code === 'ERR_LAPS_PERMISSION') return undefined;
      throw error;
    });
    for (const [name, value] of Object.entries(variablesIn(text ?? ''))) found.set(name, { value, file });
  }
  const sourceOf = (name: string) => {
    const file = found.get(name)?.file ?? '';
    if (file !== '') return { place: file, remedy: 'take that line out' };
    const place = `Environment= of ${unitName} (systemctl cat ${serviceName} shows it)`;
    return { place, remedy: `take it out (sudo systemctl edit ${serviceName})` };
  };
  const told = fromEnvironment(Object.fromEntries([...found].map(([name, { value }]) => [name, value])));
  if (told.kind === 'set') return { members: told.members, sourceOf, trouble: undefined };
  const message = `${sourceOf(told.variable).place}: ${told.problem}; the service does not start`;
  return { members: {}, sourceOf, trouble: { code: 'ERR_LAPS_CONFIGURATION', message, hint: told.hint } };
}

/** What to do about a laps-agent at work in a data folder of the service; undefined where no service works in it. */
export async function busyHint(
  root: string,
  paths: Pick<ReturnType<typeof servicePaths>, 'unit'> = servicePaths(),
): Promise<string | undefined> {
  if (!(await isServed(paths, root))) return undefined;
  return `where that is the service: sudo systemctl stop ${serviceName}, the same command again, then ${startService}; a command ends by itself`;
}

/** Why the service that works in a data folder could not read policies there; undefined where none works in it. */
export async function policiesUnseen(
  root: string,
  policies: string,
  paths: Pick<ReturnType<typeof servicePaths>, 'unit'> = servicePaths(),
): Promise<Refusal | undefined> {
  const refusal = hiddenPolicies(policies) ?? hiddenPolicies(await realPath(policies));
  return refusal !== undefined && (await isServed(paths, root)) ? refusal : undefined;
}

/** The same of the file of an authority, which each start reads. */
export async function authorityUnseen(
  root: string,
  caFile: string,
  paths: Pick<ReturnType<typeof servicePaths>, 'unit'> = servicePaths(),
): Promise<Refusal | undefined> {
  const refusal = hiddenAuthority(caFile) ?? hiddenAuthority(await realPath(caFile));
  return refusal !== undefined && (await isServed(paths, root)) ? refusal : undefined;
}

/** That the service does not run though it should, in words. */
export async function serviceStopped(
  /** The tenant that a join is to be made to before it can run. */
  unjoined?: string,
  host: SystemdHost = { isSystemdHere, systemctl },
): Promise<string | undefined> {
  if (!(await host.isSystemdHere())) return undefined;
  const { stdout } = await host.systemctl(['show', unitName, '--property=ActiveState,UnitFileState,Result']);
  return serviceTrouble(stdout, unjoined);
}
