/**
 * The wiring of the end of a service: taking back what an installation made, and nothing else.
 *
 * Promises: what was changed since is kept and named; the data goes only when that was asked for, under its lock; cut
 * short anywhere, it goes on when it is asked again, for the record of what was made goes last. Must never: remove a
 * folder that is not empty.
 */
import { identityOf, instanceLock, type Place } from './compose.ts';
import { must, placeAt } from './composeService.ts';
import { manifestOf } from './composeServiceFiles.ts';
import { needRoot, type ServiceHost, type Tell } from './composeServiceHost.ts';
import { type ConfigurationKey, isConfigurationKey } from './core/configuration.ts';
import { isLapsError, LapsError } from './core/errors.ts';
import { isUntouched, type Manifest } from './core/hosting/manifest.ts';
import { serviceName, unitName } from './core/hosting/place.ts';
import { isMadeHere } from './core/hosting/systemdUnit.ts';
import { shellWord } from './core/shellWord.ts';
import { keepOnlyClaims } from './edge/accounts/accountClaims.ts';
import { createConfiguration } from './edge/configuration.ts';
import type { Env } from './edge/proxyEnv.ts';
import * as host from './edge/serviceHost.ts';
import { absolutePath } from './edge/system.ts';

/** What the identity and the journal that are kept need: whose accounts and whose device they are about. */
const keptWithData: readonly ConfigurationKey[] = ['accounts', 'tenant', 'caFile', 'os'];

/** Of real accounts also whose policy named them: no other folder says from then on whose password is replaced. */
const keptOfReal: readonly ConfigurationKey[] = [...keptWithData, 'policies'];

/** Takes the members back that still are as the installation set them, but for what the data that is kept needs. */
async function unconfigure(place: Place, manifest: Manifest, tell: Tell): Promise<void> {
  const { file } = place.configuration;
  const isReal = place.managed === 'linux' || file.accounts === 'linux';
  const needed = isReal ? keptOfReal : keptWithData;
  const stay = needed.filter((name) => file[name] !== undefined && file[name] === manifest.configuration[name]);
  if (stay.length > 0)
    tell({
      did: 'kept',
      what: `${stay.map((name) => `${name} = ${String(file[name])}`).join(', ')}, in ${place.configuration.path}: the data that is kept needs it`,
    });
  const mine = Object.entries(manifest.configuration).filter(
    ([name, value]) => isConfigurationKey(name) && !needed.includes(name) && file[name] === value,
  );
  if (mine.length === 0) return;
  // The place is one that is only looked at, which remembers nothing.
  const store = createConfiguration({ folder: place.folder.state });
  await store.change(Object.fromEntries(mine.map(([name]) => [name, null])));
}

async function purge(machine: ServiceHost, place: Place, tell: Tell): Promise<void> {
  const { root } = place.folder;
  const embedded = (place.configuration.file.tenant ?? 'embedded') === 'embedded';
  const joined = !embedded && (await (await identityOf(place)).readFull()).kind === 'joined';
  const lock = await (await instanceLock(place)).acquire({ waitMs: machine.patienceMs });
  try {
    await host.removeTree(root);
  } finally {
    lock.release();
  }
  tell({ did: 'removed', what: `${root}, with identity and journal` });
  if (joined)
    tell({
      did: 'note',
      what: 'the tenant still lists the device and keeps its last password; an administrator deletes it there',
    });
}

/** What stands where the unit belongs: one that laps-agent made, edited since or not, or something of somebody else's. */
type UnitKind = 'absent' | 'ours' | 'foreign';

async function unitKind(path: string): Promise<UnitKind> {
  if ((await host.standing(path)).kind === 'absent') return 'absent';
  return isMadeHere((await host.plainTextAt(path)) ?? '') ? 'ours' : 'foreign';
}

const foreignWords = 'laps-agent did not make it, so it is neither stopped nor disabled, and yours';

/** Stops the service and takes it out of the boot. */
async function stop(machine: ServiceHost, unit: UnitKind, tell: Tell): Promise<void> {
  if (unit === 'foreign' || !(await machine.isSystemdHere())) return;
  if (unit === 'ours') await must(machine, ['disable', '--now', unitName], tell);
  else await machine.systemctl(['stop', unitName]);
  // Only a failed one can be reset; that another cannot is no news.
  await machine.systemctl(['reset-failed', unitName]);
}

/** `again`: the command that lets the account go. */
const claimWords = (isPurge: boolean, again: string): string =>
  isPurge
    ? 'it says which other data folder manages an account of this machine'
    : `it says which data folder manages an account of this machine, so that no other takes it meanwhile; ${again} lets it go`;

/** What remains to be typed about a unit that was stopped, disabled and kept. */
const unitLeft = (path: string): string =>
  `it was changed since; it is stopped and disabled, and yours to remove: sudo rm ${path} && sudo systemctl daemon-reload`;

/** Takes back what an installation made, all but the folder that holds its record. */
async function takeBack(
  manifest: Manifest,
  { etc, unit }: ServiceHost['paths'],
  kind: UnitKind,
  keep: (path: string, why: string) => void,
  tell: Tell,
): Promise<void> {
  // The deepest first: a folder can go once it is empty.
  for (const made of [...manifest.made].sort((a, b) => (a.path < b.path ? 1 : -1))) {
    if (made.path === etc) continue;
    const now = await host.standing(made.path);
    if (now.kind === 'absent') continue;
    if (isUntouched(now, made) && (await host.removeMade(made.path, made.kind)))
      tell({ did: 'removed', what: made.path });
    else if (made.path === unit) keep(unit, kind === 'foreign' ? foreignWords : unitLeft(unit));
    else keep(made.path, made.kind === 'folder' ? 'something of yours is in it' : 'it was changed since');
  }
}

/** The data of the service, or why it cannot be looked into: the rest of an installation is taken back all the same. */
async function dataToEnd(
  data: string,
  wish: { readonly env: Env; readonly cwd: string },
  isInstalled: boolean,
): Promise<{ readonly place: Place | undefined; readonly barred?: LapsError }> {
  try {
    return { place: await placeAt(data, wish, { create: false, look: true }) };
  } catch (error) {
    const isOthers = isLapsError(error) && ['ERR_LAPS_DATA_UNSAFE', 'ERR_LAPS_DATA_NEWER'].includes(error.code);
    if (!isOthers || !isInstalled) throw error;
    return { place: undefined, barred: error };
  }
}

/** The folder of the record: it goes once it is empty; whatever is left in it is named. */
async function endOfEtc(
  { etc, accounts }: ServiceHost['paths'],
  goes: boolean,
  named: readonly string[],
  says: {
    readonly keep: (path: string, why: string) => void;
    readonly tell: Tell;
    readonly claims: { readonly path: string; readonly why: string };
  },
): Promise<void> {
  const { keep, tell, claims } = says;
  if ((await host.standing(etc)).kind !== 'folder') return;
  if (goes && (await host.removeMade(etc, 'folder'))) {
    tell({ did: 'removed', what: etc });
    return;
  }
  if ((await host.standing(accounts)).kind === 'folder') keep(claims.path, claims.why);
  const left = (await host.entriesBelow(etc)).filter((path) => !path.startsWith(accounts) && !named.includes(path));
  for (const path of left) keep(path, 'this installation did not make it, so it is yours to keep or to remove');
}

/** Takes back exactly what an installation made; nothing when there is none. */
export async function uninstallService(
  machine: ServiceHost,
  wish: {
    readonly purge: boolean;
    /** Names what an earlier end has kept, when there is no record any more. */
    readonly data?: string | undefined;
    readonly env: Env;
    readonly cwd: string;
  },
  tell: Tell,
): Promise<{ readonly wasInstalled: boolean; readonly kept: readonly string[] }> {
  const { paths } = machine;
  needRoot(machine, 'uninstall');
  const manifest = await manifestOf(paths);
  const data = wish.data === undefined ? (manifest?.data ?? paths.data) : absolutePath(wish.data, wish.cwd);
  if (manifest !== undefined && manifest.data !== data)
    throw new LapsError('ERR_LAPS_SERVICE', {
      message: `the service is installed with its data in ${manifest.data}, not in ${data}; nothing was touched`,
      hint: 'leave --data out',
    });
  // Looked at only: neither is anything made for it, nor can a wrong configuration keep it here.
  const { place, barred } = await dataToEnd(data, wish, manifest !== undefined);
  const again = `sudo laps service uninstall --purge${data === paths.data ? '' : ` --data ${shellWord(data)}`}`;
  const kept: string[] = [];
  const keep = (path: string, why: string): void => {
    kept.push(path);
    tell({ did: 'kept', what: `${path}: ${why}` });
  };
  const unit = await unitKind(paths.unit);
  if (manifest !== undefined) {
    await stop(machine, unit, tell);
    await takeBack(manifest, paths, unit, keep, tell);
    if (place !== undefined && !wish.purge) await unconfigure(place, manifest, tell);
  } else if (unit === 'absent') tell({ did: 'note', what: 'no service is installed' });
  else if (unit === 'foreign') keep(paths.unit, foreignWords);
  else
    keep(
      paths.unit,
      `laps-agent made it and has no record of it any more, as after an end that kept it for your changes; it is yours to remove: sudo systemctl disable --now ${serviceName} && sudo rm ${paths.unit} && sudo systemctl daemon-reload`,
    );
  // The accounts that this data folder has are free for others.
  if (wish.purge && barred === undefined) await keepOnlyClaims({ folder: paths.accounts, data }, []);
  if (barred !== undefined) keep(data, `${barred.message}; so it is neither looked into nor removed`);
  else if (place !== undefined && wish.purge) await purge(machine, place, tell);
  else if (place !== undefined)
    tell({
      did: 'kept',
      what: `${data}: identity, journal and events; ${again} removes them`,
    });
  else if (wish.purge && (await host.standing(data)).kind === 'folder') {
    // As systemd makes the folder of a service before it starts.
    if (await host.removeMade(data, 'folder')) tell({ did: 'removed', what: data });
    else keep(data, 'it holds something, but no laps-agent data');
  }
  if (manifest !== undefined || wish.purge) {
    if (manifest !== undefined) await host.removeMade(paths.manifest, 'file');
    const isMine = manifest?.made.some(({ path }) => path === paths.etc) === true;
    await endOfEtc(paths, isMine || wish.purge, kept, {
      keep,
      tell,
      claims: {
        path: isMine ? paths.etc : paths.accounts,
        why: claimWords(wish.purge && barred === undefined, again),
      },
    });
  }
  if (manifest !== undefined && (await machine.isSystemdHere())) await must(machine, ['daemon-reload'], tell);
  if (manifest !== undefined || wish.purge) await host.removeRun(paths.run);
  if ((await host.standing(paths.dropIns)).kind !== 'absent') keep(paths.dropIns, 'your changes to the unit');
  return { wasInstalled: manifest !== undefined, kept };
}
