/**
 * The wiring of the way to a daemon that runs: by the socket of a data folder, or of this machine's service.
 *
 * Promises: no daemon is an answer, not an error. Must never: open what is closed to this user.
 */
import type { PlaceRequest } from './compose.ts';
import { sleep } from './edge/clock.ts';
import type { DataFolder } from './edge/dataFolder.ts';
import type { LocalReply, LocalRequest } from './edge/localSocket.ts';
import { absolutePath, isFolder, thisSystem } from './edge/system.ts';
import type { Stage } from './service/run.ts';

/** How a verb asks the daemon of a data folder. */
export interface LocalDoor {
  askDaemon(request: Omit<LocalRequest, 'socketPath'>): Promise<LocalReply>;
  /** Waits between two questions; false when called off. */
  pause(ms: number, signal: AbortSignal): Promise<boolean>;
  /** Asks a few times a second what the cycle under way is doing; returns how to stop. */
  pollStage(tell: (stage: Stage | null) => void): () => void;
}

/**
 * The socket of this machine's service, for a user who has no data folder here and may not open the service's; undefined
 * where another folder is meant, or no service has made its own.
 */
export async function serviceSocket(request: Pick<PlaceRequest, 'data' | 'env' | 'cwd'>): Promise<string | undefined> {
  const { dataLayout, systemData } = await import('./edge/dataFolder.ts');
  const named = request.data ?? (request.env['LAPS_DATA'] || undefined);
  if (named !== undefined && absolutePath(named, request.cwd) !== systemData.path) return undefined;
  if (thisSystem().uid === 0 || !isFolder(systemData.socketFolder)) return undefined;
  return dataLayout(systemData.path, systemData.socketFolder).socket;
}

export async function localDoor(place: { readonly folder: Pick<DataFolder, 'socket'> }): Promise<LocalDoor> {
  const { askDaemon } = await import('./edge/localSocket.ts');
  const socketPath = place.folder.socket;
  const stageIn = (body: unknown): Stage | null =>
    typeof body === 'object' && body !== null && 'stage' in body ? (body.stage as Stage | null) : null;
  return {
    askDaemon: (request) => askDaemon({ ...request, socketPath }),
    pause: sleep,
    pollStage(tell) {
      const ended = new AbortController();
      const poll = async (): Promise<void> => {
        while (await sleep(200, ended.signal)) {
          const reply = await askDaemon({ socketPath, method: 'GET', path: '/stage', timeoutMs: 2_000 });
          if (reply.kind === 'reply') tell(stageIn(reply.body));
        }
      };
      // Progress is decoration: the answer itself tells of any trouble.
      poll().catch(() => {});
      return () => ended.abort();
    },
  };
}
