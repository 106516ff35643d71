/**
 * Login sessions as systemd-logind keeps them, where it runs.
 *
 * Knows: what loginctl prints and takes. Promises: only sessions that logind gives to this very uid; a session in which
 * somebody else became the account stays theirs. Must never: end a session by the name of its user.
 */
import { access } from 'node:fs/promises';
import { type ProgramEnd, runProgram, systemProgram } from '../systemProgram.ts';

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

/** Ids of the user's sessions; none when logind cannot be asked. */
export async function sessionsOf(loginctl: Loginctl, uid: number): Promise<string[]> {
  const end = await loginctl(['list-sessions', '--no-legend', '--no-pager']);
  if (end.kind === 'failed' || end.status !== 0) return [];
  return end.stdout.split('\n').flatMap((line) => {
    const [, id, owner] = /^\s*([\w-]{1,32})\s+(\d{1,10})\s/.exec(line) ?? [];
    return id !== undefined && Number(owner) === uid ? [id] : [];
  });
}

/** Ends them and everything in them; how many are gone. */
export async function endSessions(loginctl: Loginctl, uid: number): Promise<{ count: number; left: number }> {
  const before = await sessionsOf(loginctl, uid);
  for (const id of before) await loginctl(['terminate-session', id]);
  const left = before.length === 0 ? [] : await sessionsOf(loginctl, uid);
  const still = before.filter((id) => left.includes(id)).length;
  return { count: before.length - still, left: still };
}
