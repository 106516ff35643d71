/**
 * Login sessions as systemd-logind keeps them, where it runs.
 *
 * Knows: what loginctl prints and takes. Promises: only sessions that logind gives to this very uid; a session in which
 * somebody else became the account stays theirs. Must never: end a session by the name of its user.
 */
import { access } from 'node:fs/promises';
import { sleep } from '../clock.ts';
import { type ProgramEnd, runProgram, systemProgram } from '../systemProgram.ts';

const pauseMs = 250;
const mostRounds = 40;

/** Runs loginctl with these words; a test gives another one. */
export type Loginctl = (args: readonly string[]) => Promise<ProgramEnd>;

/** This machine's; undefined where no systemd runs. */
export async function systemLoginctl(): Promise<Loginctl | undefined> {
  const isRunning = await access('/run/systemd/system').then(
    () => true,
    () => false,
  );
  const path = isRunning ? await systemProgram('loginctl') : undefined;
  return path === undefined ? undefined : (args) => runProgram({ path, args, timeoutMs: 20_000, maxBytes: 1_048_576 });
}

/** Ids of whatever logind calls a session of the user; none when it cannot be asked. */
async function listed(loginctl: Loginctl, uid: number): Promise<string[]> {
  const end = await loginctl(['list-sessions', '--no-legend', '--no-pager']);
  if (end.kind === 'failed' || end.status !== 0) return [];
  return end.stdout.split('\n').flatMap((line) => {
    const [, id, owner] = /^\s*([\w-]{1,32})\s+(\d{1,10})\s/.exec(line) ?? [];
    return id !== undefined && Number(owner) === uid ? [id] : [];
  });
}

/** From systemd 256 on the manager of a user's services is a session too: nobody signed in to it, and it ends by itself. */
async function isManager(loginctl: Loginctl, id: string): Promise<boolean> {
  const end = await loginctl(['show-session', id, '--property=Class', '--value']);
  return end.kind === 'ended' && end.stdout.startsWith('manager');
}

/** Ids of the user's login sessions; none when logind cannot be asked. */
export async function sessionsOf(loginctl: Loginctl, uid: number): Promise<string[]> {
  const found: string[] = [];
  for (const id of await listed(loginctl, uid)) if (!(await isManager(loginctl, id))) found.push(id);
  return found;
}

/** Bids them and everything in them end; their ids. They take their time: su alone waits two seconds for its shell. */
export async function terminateSessions(loginctl: Loginctl, uid: number): Promise<readonly string[]> {
  const ids = await sessionsOf(loginctl, uid);
  for (const id of ids) await loginctl(['terminate-session', id]);
  return ids;
}

/** How many of these are still there once they were given their time. */
export async function countLeft(
  loginctl: Loginctl,
  uid: number,
  ids: readonly string[],
  pause: () => Promise<unknown> = () => sleep(pauseMs),
): Promise<number> {
  if (ids.length === 0) return 0;
  for (let round = 0; ; round += 1) {
    const now = await listed(loginctl, uid);
    const left = ids.filter((id) => now.includes(id)).length;
    if (left === 0 || round >= mostRounds) return left;
    await pause();
  }
}
