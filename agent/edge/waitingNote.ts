/**
 * The note of a daemon that waits at its start, for the commands that look for it.
 *
 * Knows: one file in the run folder, locked as long as the daemon waits. Promises: a note counts only while its writer
 * holds it, so a daemon that was killed is never told as waiting; what cannot be written down keeps nobody from waiting.
 * Must never: make a folder, or touch the lock of the data folder.
 */
import { constants, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LapsError } from '../core/errors.ts';
import { noteBytes, parseWaiting, type Waiting, type WaitingWord, waitingNote } from '../core/hosting/waiting.ts';
import { createFileLock, type HeldLock } from './instanceLock.ts';
import { isLockHeld } from './lockLook.ts';
import { readPlainText } from './plainFile.ts';

export interface WaitingNote {
  /** Writes it, or writes it anew. */
  tell(waiting: Waiting): Promise<void>;
  /** Takes it away; more than once does no harm. */
  end(): void;
}

const pathIn = (runFolder: string): string => join(runFolder, 'waiting');

/** A note in the run folder of a data folder; nothing is made before there is something to tell. */
export function createWaitingNote(runFolder: string): WaitingNote {
  const path = pathIn(runFolder);
  const lock = createFileLock({
    path,
    busy: () => new LapsError('ERR_LAPS_INSTANCE_RUNNING', { message: 'another daemon waits already' }),
  });
  let held: HeldLock | undefined;
  return {
    async tell(waiting) {
      try {
        held ??= await lock.acquire({ waitMs: 0 });
        // Always of one length: to write it anew needs no further room on a full disk.
        const note = Buffer.alloc(noteBytes, ' ');
        note.write(waitingNote(waiting));
        writeSync(held.fd, note, 0, note.length, 0);
      } catch {
        // No folder, no room, or another daemon's note: the wait itself is told by its event and to the service manager.
      }
    },
    end() {
      if (held === undefined) return;
      try {
        // Still held, so nobody else's note can stand there.
        unlinkSync(path);
      } catch {
        // Left behind it says nothing: nobody holds it.
      }
      held.release();
      held = undefined;
    },
  };
}

/** What the daemon that waits there says; undefined when none does, or where the system does not tell who holds a file. */
export async function readWaitingNote(runFolder: string): Promise<WaitingWord | undefined> {
  const path = pathIn(runFolder);
  if ((await isLockHeld(path)) !== true) return undefined;
  try {
    return parseWaiting(await readPlainText(path, constants.O_NOFOLLOW));
  } catch {
    // Taken away in between: it waits no longer.
    return undefined;
  }
}
