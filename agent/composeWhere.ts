/**
 * The wiring of which data folder is meant (contract 1), for whoever opens it or only looks beside it.
 *
 * Must never: open it, or make it.
 */
import { servicePaths } from './core/hosting/place.ts';
import { type MeantFolder, resolveDataFolder } from './edge/dataFolder.ts';
import type { Env } from './edge/proxyEnv.ts';
import { thisSystem } from './edge/system.ts';

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
