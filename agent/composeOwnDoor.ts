/**
 * The wiring of a daemon's own door: the local interface behind the socket of its data folder.
 *
 * Promises: only whom the configuration lets in comes in; the socket is looked after. Must never: be opened without the
 * instance lock.
 */
import type { Place } from './compose.ts';
import { LapsError } from './core/errors.ts';
import type { EventLog } from './core/ports.ts';
import type { KeptSocket } from './edge/keptSocket.ts';

const lostWords = (message: string, hint: string): string =>
  `no command reaches this daemon, for its socket is lost: ${message}; ${hint}; it is tried again every minute, and a restart makes it anew as well`;

/** Serves the local door. Unlinking and binding happen under the instance lock only. */
export async function openDoor(
  place: Place,
  log: Pick<EventLog, 'write'>,
  deps: Parameters<typeof import('./service/localApi.ts').createLocalApi>[0],
): Promise<KeptSocket> {
  const [{ startHttpServer }, { createLocalApi }, { gidOf, guardSocket }, { keepSocket }, { ensureSocketFolders }] =
    await Promise.all([
      import('./edge/httpServer.ts'),
      import('./service/localApi.ts'),
      import('./edge/socketPath.ts'),
      import('./edge/keptSocket.ts'),
      import('./edge/dataFolder.ts'),
    ]);
  const path = place.folder.socket;
  const { group } = place.remembered;
  const gid = group === undefined ? undefined : await gidOf(group);
  if (group !== undefined && gid === undefined)
    throw new LapsError('ERR_LAPS_NO_SUCH_GROUP', {
      message: `there is no group ${group} on this machine to let in`,
      hint: `make it (sudo groupadd --system ${group}), or name another: laps config set group NAME; laps config unset group lets nobody in`,
    });
  if (group !== undefined && path.startsWith(`${place.folder.root}/`))
    throw new LapsError('ERR_LAPS_CONFIGURATION', {
      message: `group ${group} cannot be let in: the socket is inside the data folder, which is closed to others`,
      hint: 'laps config set group NAME names another, laps config unset group lets nobody in; a group is for the service',
    });
  const handler = createLocalApi(deps);
  return keepSocket({
    path,
    folder: () => ensureSocketFolders(place.folder),
    async bind() {
      const server = await startHttpServer({ listen: { kind: 'socket', path }, handler, maxBodyBytes: 4096 });
      try {
        if (!(await guardSocket(path, gid)))
          place.note(
            `group ${group} is not let in, for this daemon may not give its socket to it; where it is the service: sudo laps service install writes a unit that may, and starts it again`,
          );
      } catch (error) {
        await server.close();
        throw error;
      }
      return server;
    },
    busy: deps.queue.busy,
    onBack: () => log.write({ at: deps.now(), id: 50105, fields: { Path: path } }),
    onLost: ({ message, hint }) =>
      log.write({ at: deps.now(), id: 50104, fields: { Problem: lostWords(message, hint ?? '') } }),
  });
}
