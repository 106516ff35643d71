/**
 * Restarting the machine, through its own command.
 *
 * Knows: shutdown, with the minute that Windows gives (spec 5.2). Promises: whoever is signed in is told by it; a failure
 * is a value with the HRESULT that event 10049 carries. Must never: restart by any other way, or hand on anything of this
 * program's environment (a proxy's password, the socket of the service manager).
 */
import { spawn } from 'node:child_process';
import type { RestartOutcome } from '../../core/ports.ts';
import { sleep } from '../clock.ts';
import { systemProgram } from '../systemProgram.ts';

/** ERROR_FILE_NOT_FOUND, ERROR_GEN_FAILURE. */
const hresults = { noCommand: 0x80070002, refused: 0x8007001f } as const;
/** Systemd's shutdown schedules and returns; an older one stays and counts the minute itself. */
const usualPatienceMs = 5_000;
const reason = 'laps-agent restarts this machine because the password of its managed account was used';

/** `find` and `patienceMs` are the system's unless a test says otherwise. */
export async function orderRestart(
  deps: { readonly find?: () => Promise<string | undefined>; readonly patienceMs?: number } = {},
): Promise<RestartOutcome> {
  const { find = () => systemProgram('shutdown'), patienceMs = usualPatienceMs } = deps;
  const path = await find();
  if (path === undefined) return { kind: 'failed', hresult: hresults.noCommand };
  // Of its own session: it has to outlive this program, which the restart ends first.
  const ended = new Promise<number | null>((resolve) => {
    try {
      const child = spawn(path, ['-r', '+1', reason], {
        detached: true,
        stdio: 'ignore',
        cwd: '/',
        env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      });
      child.unref();
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    } catch {
      // Node throws for some of what it cannot start.
      resolve(null);
    }
  });
  const status = await Promise.race([ended, sleep(patienceMs)]);
  // True: the time went by, and it counts its minute; at least it has not refused.
  return status === 0 || status === true ? { kind: 'ordered' } : { kind: 'failed', hresult: hresults.refused };
}
