/**
 * Restarting the machine, through its own command.
 *
 * Knows: shutdown, with the minute that Windows gives (spec 5.2). Promises: whoever is signed in is told by it; a failure
 * is a value with the HRESULT that event 10049 carries. Must never: restart by any other way.
 */
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import type { RestartOutcome } from '../../core/ports.ts';
import { sleep } from '../clock.ts';
import { systemProgram } from '../systemProgram.ts';

/** ERROR_FILE_NOT_FOUND, ERROR_GEN_FAILURE. */
const hresults = { noCommand: 0x80070002, refused: 0x8007001f } as const;
/** Systemd's shutdown schedules and returns; an older one stays and counts the minute itself. */
const patienceMs = 5_000;
const reason = 'laps-agent restarts this machine because the password of its managed account was used';

export async function orderRestart(): Promise<RestartOutcome> {
  const path = await systemProgram('shutdown');
  if (path === undefined) return { kind: 'failed', hresult: hresults.noCommand };
  const returns = await access('/run/systemd/system').then(
    () => true,
    () => false,
  );
  // Of its own session: it has to outlive this program, which the restart ends first.
  const ended = new Promise<number | null>((resolve) => {
    try {
      const child = spawn(path, ['-r', '+1', reason], { detached: true, stdio: 'ignore', cwd: '/' });
      child.unref();
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    } catch {
      // Node throws for some of what it cannot start.
      resolve(null);
    }
  });
  const status = await Promise.race([ended, sleep(patienceMs)]);
  // True: the time went by. It counts its minute; where it should have returned, it is at least not refused.
  if (status === 0 || (status === true && !returns)) return { kind: 'ordered' };
  return status === true ? { kind: 'ordered' } : { kind: 'failed', hresult: hresults.refused };
}
