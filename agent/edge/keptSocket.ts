/**
 * The socket that a daemon listens on, kept where it was bound.
 *
 * Knows: whoever empties the folder of a socket takes the way to a daemon that goes on without it. Promises: a look binds
 * it anew where its path leads elsewhere; what keeps it from that is told once, until it is bound again. Must never: be
 * used without the instance lock, remove what is no socket, or wake a machine by itself.
 */
import { lstatSync } from 'node:fs';
import type { LapsError } from '../core/errors.ts';
import { diskError } from './diskError.ts';
import type { RunningHttpServer } from './httpServer.ts';
import { removeSocket } from './socketPath.ts';

export interface KeptSocket {
  /** Looks whether it is still there, and binds it anew where it is not. Never rejects. */
  look(): Promise<void>;
  /** Ends listening and removes it. */
  close(): Promise<void>;
}

/** Which socket lies at `path`; undefined where none does. */
function socketAt(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat?.isSocket() ? `${stat.dev}:${stat.ino}` : undefined;
  } catch {
    // A folder on the way that is a file, or shut: it is not to be reached there.
    return undefined;
  }
}

/** Binds it. Rejects with what kept it from that; later failures go to `onLost`. */
export async function keepSocket(deps: {
  readonly path: string;
  /** Makes the folder of the socket where it is gone, closed as at a start. */
  readonly folder: () => Promise<void>;
  /** Listens at the path, which is free, and closes it to others. */
  readonly bind: () => Promise<RunningHttpServer>;
  /** Somebody is being answered over the old one: the next look will do. */
  readonly busy: () => boolean;
  readonly onBack: () => void;
  readonly onLost: (error: LapsError) => void;
}): Promise<KeptSocket> {
  const { path, folder, bind, busy, onBack, onLost } = deps;
  let server: RunningHttpServer | undefined;
  let bound: string | undefined;
  let told: string | undefined;
  let looking: Promise<void> | undefined;
  let isClosed = false;

  async function open(): Promise<void> {
    await removeSocket(path);
    server = await bind();
    bound = socketAt(path);
  }

  async function again(): Promise<void> {
    try {
      await folder();
      // What is no socket is refused before the old server ends: that would unlink whatever has its name.
      await removeSocket(path);
      await server?.close();
      server = undefined;
      if (isClosed) return;
      await open();
      told = undefined;
      onBack();
    } catch (error) {
      const problem = diskError(error, path, 'bound');
      if (problem.message !== told) onLost(problem);
      told = problem.message;
    }
  }

  await open();
  return {
    look() {
      const isThere = bound !== undefined && server !== undefined && socketAt(path) === bound;
      if (isThere || isClosed || busy()) return looking ?? Promise.resolve();
      looking ??= again().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    async close() {
      isClosed = true;
      await looking;
      await server?.close();
      await removeSocket(path);
    },
  };
}
