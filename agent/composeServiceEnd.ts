/**
 * The wiring of the end of a service: taking back what an installation made, and nothing else.
 *
 * Promises: what was changed since is kept and named; the data goes only when that was asked for, under its lock. Must
 * never: remove a folder that is not empty.
 */
import { identityOf, instanceLock, type Place } from './compose.ts';
import { manifestOf, must, needRoot, placeAt, type ServiceHost, type Tell } from './composeService.ts';
import { isConfigurationKey } from './core/configuration.ts';
import { isUntouched, type Manifest } from './core/hosting/manifest.ts';
import { unitName } from './core/hosting/place.ts';
import type { Env } from './edge/proxyEnv.ts';
import * as host from './edge/serviceHost.ts';

/** Takes the members back that still are as the installation set them. */
async function unconfigure(place: Place, manifest: Manifest): Promise<void> {
  const { file } = place.configuration;
  const mine = Object.entries(manifest.configuration).filter(
    ([name, value]) => isConfigurationKey(name) && file[name] === value,
  );
  if (mine.length > 0) await place.remember(Object.fromEntries(mine.map(([name]) => [name, null])));
}

async function purge(place: Place, tell: Tell): Promise<void> {
  const { root } = place.folder;
  const embedded = (place.configuration.file.tenant ?? 'embedded') === 'embedded';
  const joined = !embedded && (await (await identityOf(place)).readFull()).kind === 'joined';
  const lock = await (await instanceLock(place)).acquire({ waitMs: 5_000 });
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

/** Takes back exactly what an installation made; nothing when there is none. */
export async function uninstallService(
  machine: ServiceHost,
  wish: { readonly purge: boolean; readonly env: Env; readonly cwd: string },
  tell: Tell,
): Promise<{ readonly wasInstalled: boolean; readonly kept: readonly string[] }> {
  const { paths } = machine;
  needRoot(machine, 'uninstall');
  const manifest = await manifestOf(paths);
  const place = await placeAt(manifest?.data ?? paths.data, wish, false);
  const kept: string[] = [];
  if (manifest === undefined) tell({ did: 'note', what: 'no service is installed' });
  else {
    if (await machine.isSystemdHere()) {
      const isThere = (await host.standing(paths.unit)).kind !== 'absent';
      if (isThere) await must(machine, ['disable', '--now', unitName], tell);
      else await machine.systemctl(['stop', unitName]);
      // Only a failed one can be reset; that another cannot is no news.
      await machine.systemctl(['reset-failed', unitName]);
    }
    // The deepest first: a folder can go once it is empty.
    for (const made of [...manifest.made].sort((a, b) => (a.path < b.path ? 1 : -1))) {
      if (made.path === paths.etc) continue;
      const now = await host.standing(made.path);
      if (now.kind === 'absent') continue;
      if (isUntouched(now, made) && (await host.removeMade(made.path, made.kind)))
        tell({ did: 'removed', what: made.path });
      else {
        kept.push(made.path);
        tell({
          did: 'kept',
          what: `${made.path}: ${made.kind === 'folder' ? 'something of yours is in it' : 'it was changed since'}`,
        });
      }
    }
    if (place !== undefined) await unconfigure(place, manifest);
    await host.removeMade(paths.manifest, 'file');
    if (manifest.made.some(({ path }) => path === paths.etc)) {
      if (await host.removeMade(paths.etc, 'folder')) tell({ did: 'removed', what: paths.etc });
      else {
        kept.push(paths.etc);
        tell({ did: 'kept', what: `${paths.etc}: something of yours is in it` });
      }
    }
    if (await machine.isSystemdHere()) await must(machine, ['daemon-reload'], tell);
    await host.removeTree(paths.run);
    if ((await host.standing(paths.dropIns)).kind !== 'absent') {
      kept.push(paths.dropIns);
      tell({ did: 'kept', what: `${paths.dropIns}: your changes to the unit` });
    }
  }
  if (place === undefined) return { wasInstalled: manifest !== undefined, kept };
  if (wish.purge) await purge(place, tell);
  else tell({ did: 'kept', what: `${place.folder.root}: identity, journal and events; --purge removes them` });
  return { wasInstalled: manifest !== undefined, kept };
}
