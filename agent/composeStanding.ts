/**
 * The wiring of how a data folder stands: its configuration, and what `laps status` tells of its files.
 *
 * Promises: a configuration that was lost is written anew from the rest of the data, and told; a report touches nothing.
 * Must never: decide what is mended (that is `repair`).
 */
import type { Standing } from './composeOwnTenant.ts';
import type { Served } from './composeServed.ts';
import { type Configuration, type ConfigurationKey, fromEnvironment } from './core/configuration.ts';
import { fullDisk } from './core/diskRoom.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import type { LapsEvent } from './core/events.ts';
import { systemClock } from './edge/clock.ts';
import type { ConfigurationStore } from './edge/configuration.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import { exists } from './edge/dataVersion.ts';
import type { Closed } from './edge/openFiles.ts';
import type { Env } from './edge/proxyEnv.ts';
import { joinPath } from './edge/system.ts';

const lostWords =
  'tenant, os and accounts are known from the rest of the data; whatever else was set (as policies, schedule or group) is at its default: laps config list';

async function isJoined(folder: DataFolder): Promise<boolean> {
  return exists(joinPath(folder.identity, 'identity.json'));
}

/** What became of a configuration that says nothing though the device is joined; `mended`: what was just put aside. */
async function lostHow(
  path: string,
  mended: readonly string[],
): Promise<{ readonly is: string; readonly was: string }> {
  if (await exists(path)) return { is: 'holds nothing', was: 'held nothing' };
  const aside = mended.find((what) => what.startsWith('the configuration ('));
  return { is: 'is missing', was: aside === undefined ? 'was missing' : 'was damaged' };
}

/** Told to the person now and kept in the log for later. */
async function tell(folder: DataFolder, note: (text: string) => void, text: string, event: LapsEvent): Promise<void> {
  note(text);
  const { createEventLog } = await import('./edge/eventLog.ts');
  const log = createEventLog({ folder: folder.logs });
  log.write(event);
  await log.flush();
  log.close();
}

/** What the environment configures. Throws ERR_LAPS_CONFIGURATION. */
export function configurationOf(env: Env): Configuration {
  const told = fromEnvironment(env);
  if (told.kind === 'set') return told.members;
  throw new LapsError('ERR_LAPS_CONFIGURATION', { message: told.problem, hint: told.hint });
}

/** The same where a wrong one counts as none. */
export function usableOf(env: Env): Configuration {
  const told = fromEnvironment(env);
  return told.kind === 'set' ? told.members : {};
}

export const leftReal =
  'from the next start on the accounts are simulated: the real account is managed from here no longer and keeps the password it has (laps recover --as-plain-text shows it); laps run --accounts linux takes it up again';

/**
 * The configuration as it holds: the file, over it the environment, over that what a service starts with. Real accounts
 * that are managed are left by a person's plain word alone, which the data folder remembers; `untold` where there is none.
 */
export function managedKind(
  managed: Configuration['accounts'],
  said: { readonly file: Configuration; readonly environment: Configuration; readonly served: Served | undefined },
): { readonly remembered: Configuration; readonly untold: LapsError | undefined } {
  const { file, environment, served } = said;
  const remembered = { ...file, ...environment, ...served?.members };
  const { accounts } = remembered;
  if (managed !== 'linux' || accounts === 'linux') return { remembered, untold: undefined };
  const real = { ...remembered, accounts: 'linux' } as const;
  if (accounts === undefined) return { remembered: real, untold: undefined };
  const source = served?.members.accounts === accounts ? served.sourceOf('LAPS_ACCOUNTS') : undefined;
  const where =
    source !== undefined
      ? `LAPS_ACCOUNTS in ${source.place}`
      : environment.accounts === accounts
        ? 'LAPS_ACCOUNTS in the environment'
        : 'the configuration file';
  const remedy =
    source?.remedy ?? (environment.accounts === accounts ? 'take it out' : 'laps config set accounts linux');
  return {
    remembered: real,
    untold: new LapsError('ERR_LAPS_CONFIGURATION', {
      message: `${where} says simulated accounts, and this data folder manages a real one of this machine, which is not left that way; nothing was touched`,
      hint: `to stay with it: ${remedy}; to leave it: laps config set accounts simulated`,
    }),
  };
}

/** What the file says. One that is lost from a joined device is written anew. Throws ERR_LAPS_CONFIGURATION. */
export async function configured(deps: {
  readonly store: ConfigurationStore;
  readonly folder: DataFolder;
  /** Then nothing is written, and a wrong file counts as none: the report tells it. */
  readonly looking: boolean;
  /** What was found open to others, or theirs, and was closed. */
  readonly closed: Readonly<Record<Closed, readonly string[]>>;
  /** What was put aside for it to be opened. */
  readonly mended: readonly string[];
  readonly note: (text: string) => void;
  /** Members that the command is about to set: what is wrong with them now does not matter. */
  readonly without: readonly ConfigurationKey[];
}): Promise<Configuration> {
  const { store, folder, looking, closed, mended, note, without } = deps;
  const at = systemClock.now();
  if (closed.theirs.length > 0) {
    const Paths = closed.theirs.join(', ');
    await tell(folder, note, `was in another user's hands and is taken back now: ${Paths}`, {
      at,
      id: 50081,
      fields: { Paths },
    });
  }
  if (closed.open.length > 0) {
    const Paths = closed.open.join(', ');
    const gate = closed.open.includes(folder.root) ? `. ${(await import('./edge/dataFolderLook.ts')).rejoinHint}` : '';
    await tell(folder, note, `was open to other users and is closed now: ${Paths}${gate}`, {
      at,
      id: 50081,
      fields: { Paths },
    });
  }
  let file: Configuration = {};
  try {
    file = await store.read(without);
  } catch (error) {
    if (!looking || !isLapsError(error)) throw error;
  }
  if (Object.keys(file).length > 0 || !(await isJoined(folder))) return file;
  const { rebuiltConfiguration } = await import('./composeRebuild.ts');
  const rebuilt = await rebuiltConfiguration(folder);
  if (rebuilt === undefined) return file;
  if (looking) return rebuilt;
  const { was: Was } = await lostHow(store.path, mended);
  const kept = await store.change(rebuilt);
  await tell(folder, note, `the configuration ${Was} and is written anew: ${lostWords}`, {
    at,
    id: 50082,
    fields: { Path: store.path, Was },
  });
  return kept;
}

/** That the key of the mark is lost though a password was marked with it, in words; undefined when it is not. */
export async function markKeyProblem({ keys, state }: DataFolder): Promise<string | undefined> {
  const [{ createKeyRing, markKeyPath }, { createStateStore }] = await Promise.all([
    import('./edge/keyRing.ts'),
    import('./edge/stateStore.ts'),
  ]);
  try {
    if ((await createKeyRing({ folder: keys }).installationKey('mark')) !== undefined) return undefined;
    if ((await createStateStore({ folder: state }).peek()).kind !== 'state') return undefined;
  } catch (error) {
    // What cannot be read is told by whoever needs it.
    if (!isLapsError(error)) throw error;
    return undefined;
  }
  return `the key ${markKeyPath(keys)} is lost, so that nobody can tell whether something other than LAPS changed the password`;
}

/** That the disk under the data is short of room or inodes, in words; undefined while it is not. */
export async function fullUnder(folder: DataFolder): Promise<ReturnType<typeof fullDisk>> {
  const { lookAtDisk } = await import('./edge/diskLook.ts');
  return fullDisk(folder.root, await lookAtDisk([folder.root, folder.journal, folder.state, folder.logs]));
}

/** What is wrong with the files of a data folder, in words, each with what leads back; empty when nothing is. */
export async function standingTroubles(place: Standing): Promise<readonly string[]> {
  const [
    { lookAtDataFolder },
    { logProblem },
    { createConfiguration },
    { lostAuthority, misconfiguredTenant, tenantProblem },
  ] = await Promise.all([
    import('./edge/dataFolderLook.ts'),
    import('./edge/eventLogLook.ts'),
    import('./edge/configuration.ts'),
    import('./composeOwnTenant.ts'),
  ]);
  const { folder } = place;
  const full = await fullUnder(folder);
  const troubles = full === undefined ? [] : [`${full.message}; ${full.hint}`];
  troubles.push(...(await lookAtDataFolder({ path: folder.root, socketFolder: folder.run })).troubles);
  try {
    const store = createConfiguration({ folder: folder.state });
    if (Object.keys(await store.read()).length === 0 && (await isJoined(folder)))
      troubles.push(
        `the configuration ${(await lostHow(store.path, [])).is}; the next command writes it anew: ${lostWords}`,
      );
  } catch (error) {
    if (!isLapsError(error)) throw error;
    troubles.push(`${error.message}; ${error.hint}`);
  }
  if (place.untold !== undefined) troubles.push(`${place.untold.message}; ${place.untold.hint}`);
  if (place.remembered.accounts === 'linux') {
    const refusal = await (await import('./composeAccounts.ts')).foreignWay(folder.root);
    if (refusal !== undefined) troubles.push(`${refusal.message}; ${refusal.hint}`);
  }
  const mark = await markKeyProblem(folder);
  if (mark !== undefined) troubles.push(`${mark}; the next cycle makes a new key, and a new password`);
  const log = await logProblem(folder.logs);
  if (log !== undefined) troubles.push(log);
  const tenant = await tenantProblem(place);
  if (tenant !== undefined) troubles.push(tenant);
  const wrong = place.served?.trouble;
  if (wrong !== undefined) troubles.push(`${wrong.message}; ${wrong.hint}`);
  const other = await misconfiguredTenant(place);
  if (other !== undefined) troubles.push(`${other.message}; ${other.hint}`);
  const authority = await lostAuthority(place);
  if (authority !== undefined) troubles.push(`${authority.message}; ${authority.hint}`);
  return troubles;
}
