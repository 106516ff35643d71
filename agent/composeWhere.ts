/**
 * The wiring of which data folder is meant (contract 1), for whoever opens it or only looks beside it.
 *
 * Must never: open it, or make it.
 */
import { LapsError } from './core/errors.ts';
import { type ServicePaths, servicePaths } from './core/hosting/place.ts';
import { shellWord } from './core/shellWord.ts';
import { type MeantFolder, resolveDataFolder } from './edge/dataFolder.ts';
import type { Env } from './edge/proxyEnv.ts';
import { isFolder, type System, systemPolicies, thisSystem } from './edge/system.ts';

export async function meantFolder(given: {
  readonly data: string | undefined;
  readonly env: Env;
  readonly cwd: string;
}): Promise<MeantFolder> {
  const { data, env, cwd } = given;
  const { home, uid, isClone } = thisSystem();
  // Few ask: it is root's commands alone, where nothing was named.
  const installed = async () => (await import('./edge/installedData.ts')).installedData(servicePaths());
  return resolveDataFolder({ option: data, env, cwd, home, uid, isClone, installed });
}

/** The policy folder where none is named or remembered. A sample's word is nobody's: no real account is managed by it. */
export function usualPolicies(
  isReal: boolean,
  isSystemData: boolean,
  { isClone, shippedPolicies }: Pick<System, 'isClone' | 'shippedPolicies'>,
): string {
  // In a clone policies/ is the folder that its owner writes in (contract 1).
  if (isReal && !isClone) return systemPolicies;
  return isSystemData && isFolder(systemPolicies) ? systemPolicies : shippedPolicies;
}

/**
 * Refuses a data folder that holds nothing though the service or a real account is counted on to be there: whoever began
 * anew in it would leave them without a word. `told`: a person says what is to be managed there from now on, which
 * suffices where no service is installed. Throws ERR_LAPS_DATA_MISSING.
 */
export async function refuseEmptied(
  data: string,
  told: boolean,
  paths: Pick<ServicePaths, 'manifest' | 'accounts'> = servicePaths(),
): Promise<void> {
  if (thisSystem().uid !== 0) return;
  const missed = await (await import('./edge/installedData.ts')).missedIn(paths, data);
  if (missed === undefined || (told && missed.kind === 'accounts')) return;
  const back = `mount the disk it lies on, or put the folder back in its place (where that is empty: sudo rmdir ${shellWord(data)} first)`;
  if (missed.kind === 'service')
    throw new LapsError('ERR_LAPS_DATA_MISSING', {
      message: `the service was installed with its data in ${data}, and there is nothing in it: no identity, no journal; nothing was touched`,
      hint: `${back}; where it was moved, or is to be elsewhere: sudo laps service uninstall, then sudo laps service install --data with its new place; to begin anew there: sudo laps service install`,
    });
  const whose = missed.uids.map((uid) => `uid ${uid}`).join(', ');
  throw new LapsError('ERR_LAPS_DATA_MISSING', {
    message: `a real account of this machine (${whose}) was managed from ${data}, and there is nothing in it: no identity, no journal; nothing was touched`,
    hint: `${back}; where it was moved, name its new place with --data; to begin anew there, say with which accounts: laps run --accounts linux, or --accounts simulated`,
  });
}

/**
 * Refuses to begin in the usual place, where nothing says with which accounts, while another data folder has real ones:
 * whoever forgot to name it would have simulated accounts, and nobody would manage the real ones. Throws
 * ERR_LAPS_DATA_MISSING.
 */
export async function refuseElsewhere(
  data: string,
  paths: Pick<ServicePaths, 'data' | 'accounts'> = servicePaths(),
): Promise<void> {
  if (thisSystem().uid !== 0) return;
  const other = await (await import('./edge/installedData.ts')).managedElsewhere(paths, data);
  if (other === undefined) return;
  const whose = other.uids.map((uid) => `uid ${uid}`).join(', ');
  throw new LapsError('ERR_LAPS_DATA_MISSING', {
    message: `there is no laps-agent data in ${data}, and a real account of this machine (${whose}) is managed from ${other.data}; nothing was touched`,
    hint: `to go on there, say the same with --data ${shellWord(other.data)}; to begin anew in ${data}, say with which accounts: laps run or laps service install with --accounts linux, or --accounts simulated; before another command: laps config set accounts, with the same word`,
  });
}

/**
 * Both, before a data folder is begun, or said to be there for that. `told` as for the first; `byVariable`: the environment
 * says which accounts, which suffices where it is only another folder that is meant.
 */
export async function refuseAnew(data: string, told: boolean, byVariable = false): Promise<void> {
  await refuseEmptied(data, told);
  if (!told && !byVariable) await refuseElsewhere(data);
}
